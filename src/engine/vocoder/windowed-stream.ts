/**
 * One utterance on its way through a vocoder of centred convolutions: the mel frames, source samples and stage
 * positions that later samples still depend on.
 *
 * A run works on copies or on the spare of two buffers; `commit` makes its results count. So a run that failed
 * leaves the utterance as it was.
 */
import assert from 'node:assert/strict'
import {
  NOTHING_YET,
  type Progress,
  progressAt,
  type StageGeometry,
  type VocoderGeometry,
} from '../../core/vocoder-geometry.ts'
import {
  framesNeededFrom,
  type Range,
  sourceNeededFrom,
  type VocoderWindows,
  vocoderWindows,
} from '../../core/vocoder-windows.ts'
import type { DeviceArray } from '../runtime/runtime.ts'
import type { Excitation } from './harmonic-source.ts'
import { append, dropBefore, NOTHING, type Stretch } from './stretch.ts'
import { checkInput, type VocoderInput, type VocoderStream } from './vocoder-net.ts'

/** What one run will do to a stream. */
export interface WindowedPlan {
  readonly after: Progress
  readonly ended: boolean
  /** Undefined where no run is needed yet. */
  readonly windows: VocoderWindows | undefined
  /** All mel that is known and still needed. */
  readonly known: Stretch
}

export class WindowedStream implements VocoderStream {
  readonly geometry: VocoderGeometry
  readonly mels: number
  #progress: Progress
  #ended = false
  #busy = false
  #mel = NOTHING
  #source = NOTHING
  #harmonics: Excitation
  #histories: readonly DeviceArray[]
  #spares: readonly DeviceArray[]

  /** `makeHistories` makes a buffer for each stage, zeroed. */
  constructor(
    geometry: VocoderGeometry,
    mels: number,
    harmonics: Excitation,
    makeHistories: (stages: readonly StageGeometry[]) => readonly DeviceArray[],
  ) {
    this.geometry = geometry
    this.mels = mels
    this.#harmonics = harmonics
    this.#progress = NOTHING_YET(geometry)
    this.#histories = makeHistories(geometry.stages)
    this.#spares = makeHistories(geometry.stages)
  }

  /** Mel frames taken in. */
  get frames(): number {
    return this.#mel.from + this.#mel.values.length / this.mels
  }

  /** Samples given out. */
  get samples(): number {
    return this.#progress.samples
  }

  /** How far the kept state has come. */
  get progress(): Progress {
    return this.#progress
  }

  get ended(): boolean {
    return this.#ended
  }

  get harmonics(): Excitation {
    return this.#harmonics
  }

  /** Newest positions of each stage, and where the run under way writes the next ones. */
  get histories(): readonly DeviceArray[] {
    return this.#histories
  }

  get spares(): readonly DeviceArray[] {
    return this.#spares
  }

  /** What taking in more mel means. Throws INVALID_REQUEST after the end or for a partial frame. */
  plan({ mel, ended }: VocoderInput): WindowedPlan {
    checkInput(this, this.mels, mel)
    const known = append(this.#mel, mel, this.mels)
    const frames = known.from + known.values.length / this.mels
    const after = progressAt(this.geometry, frames, ended)
    const idle = after.samples === this.#progress.samples
    return {
      after,
      ended,
      windows: idle ? undefined : vocoderWindows(this.geometry, this.#progress, after, ended),
      known,
    }
  }

  /** Mel frames of a window of `plan`. A view. */
  melWindow({ known }: WindowedPlan, { from, to }: Range): Float32Array {
    const first = (from - known.from) * this.mels
    return known.values.subarray(first, first + (to - from) * this.mels)
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

  /** The run counts: `spares` become the histories, and what nothing depends on any more is dropped. */
  commit({ after, known, windows, ended }: WindowedPlan, harmonics: Excitation, source: Stretch): void {
    this.#busy = false
    this.#ended = ended
    this.#mel = known
    if (windows === undefined) return
    this.#progress = after
    this.#harmonics = harmonics
    this.#mel = dropBefore(known, framesNeededFrom(this.geometry, after), this.mels)
    this.#source = dropBefore(source, sourceNeededFrom(this.geometry, after), 1)
    const histories = this.#spares
    this.#spares = this.#histories
    this.#histories = histories
  }
}
