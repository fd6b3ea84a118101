/**
 * One utterance on its way through the causal vocoder: what its graphs carried, and the mel and source they still need.
 *
 * A run reads the state and writes the spare; `commit` exchanges them. So a run that failed leaves the utterance as it was.
 */
import assert from 'node:assert/strict'
import type { Range } from '../../core/vocoder-windows.ts'
import type { DeviceArray } from '../runtime/runtime.ts'
import type { Excitation } from './harmonic-source.ts'
import { append, dropBefore, NOTHING, type Stretch } from './stretch.ts'
import { checkInput, type VocoderInput, type VocoderStream } from './vocoder-net.ts'

/** Look-ahead and overlap of a causal vocoder. */
export interface CausalGeometry {
  readonly mels: number
  readonly frameSamples: number
  /** Mel frames behind a frame that its F0, and its samples, depend on. */
  readonly f0LookRight: number
  readonly lookRight: number
  /** Frames by which samples lag behind the mel while more may come. */
  readonly lag: number
  /** Samples at the end of a run that the next one makes again. Also source samples that it sees to either side. */
  readonly hop: number
  readonly margin: number
}

/** State of both graphs. */
export interface CausalState {
  readonly f0: readonly DeviceArray[]
  readonly generator: readonly DeviceArray[]
}

/** What one run will do to a stream. */
export interface CausalPlan {
  readonly ended: boolean
  /** All mel that is known and still needed. */
  readonly known: Stretch
  /** Frames that get their F0, and frames that get their samples; none where no run is needed yet. */
  readonly f0: Range
  readonly frames: Range
}

export class CausalStream implements VocoderStream {
  readonly geometry: CausalGeometry
  #ended = false
  #busy = false
  #mel = NOTHING
  #source = NOTHING
  #f0Frames = 0
  #frames = 0
  #excitation: Excitation
  #state: CausalState
  #spare: CausalState

  /** `empty` makes a state of zeros. */
  constructor(geometry: CausalGeometry, excitation: Excitation, empty: () => CausalState) {
    this.geometry = geometry
    this.#excitation = excitation
    this.#state = empty()
    this.#spare = empty()
  }

  get frames(): number {
    return this.#mel.from + this.#mel.values.length / this.geometry.mels
  }

  get samples(): number {
    const { frameSamples, hop } = this.geometry
    if (this.#ended) return this.#frames * frameSamples
    return Math.max(0, this.#frames * frameSamples - hop)
  }

  get ended(): boolean {
    return this.#ended
  }

  /** No samples were made yet. */
  get untouched(): boolean {
    return this.#frames === 0
  }

  get excitation(): Excitation {
    return this.#excitation
  }

  get state(): CausalState {
    return this.#state
  }

  get spare(): CausalState {
    return this.#spare
  }

  /** What taking in more mel means. Throws INVALID_REQUEST after the end or for a partial frame. */
  plan({ mel, ended }: VocoderInput): CausalPlan {
    const { mels, f0LookRight, lag } = this.geometry
    checkInput(this, mels, mel)
    const known = append(this.#mel, mel, mels)
    const frames = known.from + known.values.length / mels
    const to = ended ? frames : Math.max(this.#frames, frames - lag)
    // F0 waits for the run that needs it.
    const f0To = to === this.#frames ? this.#f0Frames : ended ? frames : frames - f0LookRight
    return {
      ended,
      known,
      f0: { from: this.#f0Frames, to: f0To },
      frames: { from: this.#frames, to },
    }
  }

  /** The source so far with `fresh` behind it. */
  sourceWith(fresh: Float32Array): Stretch {
    return append(this.#source, fresh, 1)
  }

  begin(): void {
    assert(!this.#busy, 'one run of a vocoder stream at a time')
    this.#busy = true
  }

  abort(): void {
    this.#busy = false
  }

  /** The plan counts: what was written is the state, and what nothing depends on any more is dropped. */
  commit({ ended, known, f0, frames }: CausalPlan, excitation: Excitation, source: Stretch): void {
    assert(this.#busy, 'this plan is not under work')
    const { mels, frameSamples, margin } = this.geometry
    this.#busy = false
    this.#ended = ended
    this.#mel = known
    if (frames.to === frames.from) return
    this.#f0Frames = f0.to
    this.#frames = frames.to
    this.#excitation = excitation
    this.#mel = dropBefore(known, frames.to, mels)
    this.#source = dropBefore(source, Math.max(0, frames.to * frameSamples - margin), 1)
    const state = this.#spare
    this.#spare = this.#state
    this.#state = state
  }
}
