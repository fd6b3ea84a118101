/**
 * One utterance on its way through the vocoder: what has to be kept from one run to the next.
 *
 * Knows: which mel frames, source samples and stage positions later samples still depend on. Does not know: graphs.
 *
 * A run works on copies or on the spare of two buffers; `commit` makes its results count. So a run that failed or was
 * ended leaves the utterance as it was.
 */
import assert from 'node:assert/strict'
import { TtsError } from '../../core/errors.ts'
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

export type HistoryData = Float32Array | Uint16Array

/** A stretch of a signal: `values` begin at position `from` (frames of `width` values each). */
interface Stretch {
  readonly from: number
  readonly values: Float32Array
}

/** New mel for a stream. */
export interface VocoderInput {
  /** New frames `[frames, mels]`; may be none when the utterance ends. */
  readonly mel: Float32Array
  /** No more will come. */
  readonly ended: boolean
  /**
   * For an early first chunk: so many frames are guessed to follow (the last one again), and that many fewer held back.
   * What is given out by then differs a little from what it will have been, so this is not exact. Only an utterance's
   * first samples are guessed; later inputs compute what follows exactly. Default 0.
   */
  readonly guess?: number
}

/** What one run will do to a stream. */
export interface VocoderPlan {
  readonly after: Progress
  readonly ended: boolean
  /** Undefined where no run is needed yet. */
  readonly windows: VocoderWindows | undefined
  /** Mel that is known, and what the run sees: the same, or with guessed frames behind it. */
  readonly known: Stretch
  readonly seen: Stretch
}

export class VocoderStream {
  readonly geometry: VocoderGeometry
  readonly mels: number
  #progress: Progress
  #given = 0
  #ended = false
  #busy = false
  #mel: Stretch = { from: 0, values: new Float32Array(0) }
  #source: Stretch = { from: 0, values: new Float32Array(0) }
  #harmonics: Excitation
  #histories: readonly HistoryData[]
  #spares: readonly HistoryData[]

  /** `makeHistory` makes a stage's buffer, zeroed. */
  constructor(
    geometry: VocoderGeometry,
    mels: number,
    harmonics: Excitation,
    makeHistory: (stage: StageGeometry, index: number) => HistoryData,
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
  get histories(): readonly HistoryData[] {
    return this.#histories
  }

  get spares(): readonly HistoryData[] {
    return this.#spares
  }

  /** What taking in more mel means. Throws INVALID_REQUEST after the end or for a partial frame. */
  plan({ mel, ended, guess = 0 }: VocoderInput): VocoderPlan {
    if (this.#ended)
      throw new TtsError('INVALID_REQUEST', 'vocoder', 'expected no mel after the end, got more')
    if (mel.length % this.mels !== 0) {
      throw new TtsError('INVALID_REQUEST', 'vocoder', `expected frames of ${this.mels}, got ${mel.length}`)
    }
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
  melWindow({ seen }: VocoderPlan, { from, to }: Range): Float32Array {
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
  commit(plan: VocoderPlan, harmonics: Excitation, source: Stretch): number {
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

/** Samples `from … to` of a source of `length`; beyond its ends it is reflected, the end samples not repeated. */
export function reflected({ from: first, values }: Stretch, { from, to }: Range): Float32Array {
  const last = first + values.length - 1
  if (from >= first && to <= last + 1) return values.subarray(from - first, to - first)
  const out = new Float32Array(to - from)
  const inside = { from: Math.max(from, first), to: Math.min(to, last + 1) }
  out.set(values.subarray(inside.from - first, inside.to - first), inside.from - from)
  for (let at = from; at < inside.from; at++) out[at - from] = values[-at - first]!
  for (let at = inside.to; at < to; at++) out[at - from] = values[2 * last - at - first]!
  return out
}

/** The last frame, `count` times. */
function lastFrames({ values }: Stretch, count: number, width: number): Float32Array {
  const last = values.subarray(values.length - width)
  return Float32Array.from({ length: count * width }, (_, i) => last[i % width]!)
}

function append({ from, values }: Stretch, fresh: Float32Array, width: number): Stretch {
  assert(fresh.length % width === 0)
  const joined = new Float32Array(values.length + fresh.length)
  joined.set(values)
  joined.set(fresh, values.length)
  return { from, values: joined }
}

function dropBefore({ from, values }: Stretch, first: number, width: number): Stretch {
  if (first <= from) return { from, values }
  return { from: first, values: values.slice((first - from) * width) }
}
