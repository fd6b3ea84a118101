/**
 * One utterance on its way through a vocoder of centred convolutions: the mel frames, source samples and stage
 * positions that later samples still depend on.
 *
 * A run works on copies or on the spare of two buffers; `commit` makes its results count. So a run that failed or was
 * ended leaves the utterance as it was.
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
import type { Excitation } from './harmonic-source.ts'
import type { StateData } from './run-tensors.ts'
import { append, dropBefore, NOTHING, type Stretch } from './stretch.ts'
import { checkInput, type VocoderInput, type VocoderStream } from './vocoder-net.ts'

/** What one run will do to a stream. */
export interface WindowedPlan {
  readonly after: Progress
  readonly ended: boolean
  /** Undefined where no run is needed yet. */
  readonly windows: VocoderWindows | undefined
  /** Mel that is known, and what the run sees: the same, or with guessed frames behind it. */
  readonly known: Stretch
  readonly seen: Stretch
}

export class WindowedStream implements VocoderStream {
  readonly geometry: VocoderGeometry
  readonly mels: number
  #progress: Progress
  #given = 0
  #ended = false
  #busy = false
  #mel = NOTHING
  #source = NOTHING
  #harmonics: Excitation
  #histories: readonly StateData[]
  #spares: readonly StateData[]

  /** `makeHistory` makes a stage's buffer, zeroed. */
  constructor(
    geometry: VocoderGeometry,
    mels: number,
    harmonics: Excitation,
    makeHistory: (stage: StageGeometry, index: number) => StateData,
  ) {
    this.geometry = geometry
    this.mels = mels
    this.#harmonics = harmonics
    this.#progress = NOTHING_YET(geometry)
    this.#histories = geometry.stages.map(makeHistory)
    this.#spares = geometry.stages.map(makeHistory)
  }

  /** Mel frames taken in. */
  get frames(): number {
    return this.#mel.from + this.#mel.values.length / this.mels
  }

  /** Samples given out. */
  get samples(): number {
    return this.#given
  }

  /** How far the kept state has come; behind `samples` only after a guess. */
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
  get histories(): readonly StateData[] {
    return this.#histories
  }

  get spares(): readonly StateData[] {
    return this.#spares
  }

  /** What taking in more mel means. Throws INVALID_REQUEST after the end or for a partial frame. */
  plan({ mel, ended, guess = 0 }: VocoderInput): WindowedPlan {
    checkInput(this, this.mels, mel)
    const known = append(this.#mel, mel, this.mels)
    const frames = known.from + known.values.length / this.mels
    const guesses = ended || frames === 0 || this.#given > 0 ? 0 : guess
    const after = progressAt(this.geometry, frames + guesses, ended)
    const idle = after.samples === this.#progress.samples
    return {
      after,
      ended,
      windows: idle ? undefined : vocoderWindows(this.geometry, this.#progress, after, ended),
      known,
      seen: guesses === 0 ? known : append(known, lastFrames(known, guesses, this.mels), this.mels),
    }
  }

  /** Mel frames of a window of `plan`. A view. */
  melWindow({ seen }: WindowedPlan, { from, to }: Range): Float32Array {
    const first = (from - seen.from) * this.mels
    return seen.values.subarray(first, first + (to - from) * this.mels)
  }

  /** The source so far with `fresh` behind it. */
  sourceWith(fresh: Float32Array): Stretch {
    return append(this.#source, fresh, 1)
  }

  begin(): void {
    assert(!this.#busy, 'one run of a vocoder stream at a time')
    this.#busy = true
  }

  abandon(): void {
    this.#busy = false
  }

  /**
   * The run counts: `spares` become the histories, and what nothing depends on any more is dropped. Of the run's
   * samples so many at the front were given out before.
   */
  commit(plan: WindowedPlan, harmonics: Excitation, source: Stretch): number {
    const { after, known, seen, windows, ended } = plan
    const alreadyGiven = Math.min(this.#given, after.samples) - this.#progress.samples
    this.#busy = false
    this.#ended = ended
    this.#given = Math.max(this.#given, after.samples)
    this.#mel = known
    if (windows === undefined || seen !== known) return alreadyGiven
    this.#progress = after
    this.#harmonics = harmonics
    this.#mel = dropBefore(known, framesNeededFrom(this.geometry, after), this.mels)
    this.#source = dropBefore(source, sourceNeededFrom(this.geometry, after), 1)
    const histories = this.#spares
    this.#spares = this.#histories
    this.#histories = histories
    return alreadyGiven
  }
}

/** The last frame, `count` times. */
function lastFrames({ values }: Stretch, count: number, width: number): Float32Array {
  const last = values.subarray(values.length - width)
  return Float32Array.from({ length: count * width }, (_, i) => last[i % width]!)
}
