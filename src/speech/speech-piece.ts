/** A part of a speech on its way: asked for, lent a slot, read. And what is still to come of the parts under way. Pure. */
import { type Lent, secondsLeft } from '../lanes/utterance.ts'
import type { StreamLoad } from '../scheduler/admission.ts'
import type { Ahead } from './held-start.ts'
import type { ListenerClock } from './listener-clock.ts'

/** Samples of silence about a part that are still to come. */
export interface Silence {
  before: number
  behind: number
}

export interface Piece<Part> {
  readonly part: Part
  readonly index: number
  /** Once is enough: what fails twice may itself be the cause. */
  isAgain: boolean
  /** Expected of it, and taken from it so far, in samples. */
  readonly seconds: number
  taken: number
  withdraw: () => void
  readonly silence: Silence
  lent: Lent | undefined
}

/** Before it is asked for. */
export function newPiece<Part>(
  part: Part,
  index: number,
  expects: Pick<Piece<Part>, 'silence' | 'seconds'>,
): Piece<Part> {
  return { part, index, isAgain: false, withdraw: () => {}, lent: undefined, taken: 0, ...expects }
}

/** Of what is expected of a piece and not made yet, what is counted on: estimates may be too long. */
const SURE = 0.5

/** Seconds made and not taken, and seconds still to be made. */
export function stillToCome(
  { lent, seconds, taken }: Pick<Piece<unknown>, 'lent' | 'seconds' | 'taken'>,
  sampleRate: number,
): { readonly made: number; readonly left: number } {
  if (lent === undefined) return { made: 0, left: seconds }
  const has = lent.audio.available
  const made = has / sampleRate
  if (lent.audio.state !== 'open') return { made, left: 0 }
  return { made, left: secondsLeft(seconds, (taken + has) / sampleRate) }
}

/** Seconds until the listener has heard all of these, at least. */
export function secondsOfAll(pieces: readonly Piece<unknown>[], sampleRate: number): number {
  return pieces.reduce((sum, piece) => {
    const { made, left } = stillToCome(piece, sampleRate)
    return sum + made + SURE * left + (piece.silence.before + piece.silence.behind) / sampleRate
  }, 0)
}

/** What the devices still owe a listener: of pieces under way, and `toCome` seconds of parts that wait. */
export function loadOf(
  pieces: readonly Piece<unknown>[],
  toCome: number,
  { hasBegun, leadSeconds }: Pick<ListenerClock, 'hasBegun' | 'leadSeconds'>,
  sampleRate: number,
): StreamLoad {
  let buffered = 0
  let left = toCome
  for (const piece of pieces) {
    const { made, left: owed } = stillToCome(piece, sampleRate)
    buffered += made
    left += owed
  }
  const lead = Math.max(0, buffered, leadSeconds + buffered)
  return { heard: hasBegun || buffered > 0, leadSeconds: lead, leftSeconds: left }
}

/** Changes with whatever is done for any of the pieces. */
export function workedFor(pieces: readonly Pick<Piece<unknown>, 'lent'>[]): number {
  return pieces.reduce((sum, { lent }) => sum + (lent === undefined ? 0 : 1 + lent.worked), 0)
}

/** The next of the silence on one side of a piece, `most` samples of it. */
export function nextSilence(silence: Silence, side: keyof Silence, most: number): Float32Array {
  const length = Math.min(silence[side], most)
  silence[side] -= length
  return new Float32Array(length)
}

/** Seconds that a part's ring takes, less one hop. */
const RING_SECONDS = 7

/** Seconds made of pieces under way, and those that there can be before one is read to its end. */
export function aheadOf(pieces: readonly Pick<Piece<unknown>, 'lent'>[], sampleRate: number): Ahead {
  let made = 0
  let most = 0
  for (const { lent } of pieces) {
    const has = (lent?.audio.available ?? 0) / sampleRate
    made += has
    most += lent === undefined || lent.audio.state === 'open' ? Math.max(has, RING_SECONDS) : has
  }
  return { made, most }
}
