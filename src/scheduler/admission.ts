/**
 * Whether one more stream can be heard without a gap beside those heard already, and when it could be.
 *
 * Pure: what each stream has and needs, the audio that the devices make per second, a decision out. Work is a fluid
 * here: a plan is feasible where at every horizon no more is due than can be made until then.
 */

/** A stream under way, or one that asks to be. */
export interface StreamLoad {
  /** Whether its first audio is out. */
  readonly heard: boolean
  /** Seconds made and not yet played. */
  readonly leadSeconds: number
  /** Seconds still to be made. */
  readonly leftSeconds: number
}

/** What a newcomer costs until its first audio, in seconds of audio: prefill, its state, steps of the LLM for it alone. */
const FIRST_COST_SECONDS = 4
/** Newcomers are planned to be heard after so long, later where a device is slower. */
const FIRST_AUDIO_SECONDS = 0.5
const HORIZONS = [0.5, 1, 1.5, 2, 3, 4, 6, 8, 12]
/** What is due to the very moment fits, however its sum is rounded. */
const ROUNDING_SECONDS = 1e-9
const WAIT_STEP_SECONDS = 0.25
const LONGEST_WAIT_SECONDS = 60

/** Whether all of these can be heard without a gap where `rate` seconds of audio are made in a second. */
export function fits(streams: readonly StreamLoad[], rate: number): boolean {
  return fitsAfter(0, streams, [], rate, planFor(rate))
}

/**
 * Seconds until `newcomer` could begin beside `streams` as they go on, 60 at most; 0 where it can now. `before`:
 * streams that wait already and go first.
 */
export function secondsUntilFit(
  streams: readonly StreamLoad[],
  before: readonly StreamLoad[],
  newcomer: StreamLoad,
  rate: number,
): number {
  const newcomers = [...before, newcomer]
  const plan = planFor(rate)
  for (let wait = 0; wait < LONGEST_WAIT_SECONDS; wait += WAIT_STEP_SECONDS)
    if (fitsAfter(wait, streams, newcomers, rate, plan)) return wait
  return LONGEST_WAIT_SECONDS
}

/** Seconds that the listener worst off has in hand, of those that are owed more; Infinity where there is none. */
export function leastLead(streams: readonly StreamLoad[]): number {
  let least = Infinity
  for (const { heard, leadSeconds, leftSeconds } of streams)
    if (heard && leftSeconds > 0) least = Math.min(least, leadSeconds)
  return least
}

/** Streams that a device of this rate carries at once. One at least: a stream that is alone is served, however slowly. */
export function listenersAt(rate: number): number {
  return Math.max(1, Math.floor(rate))
}

/** Whole answers that may be under way beside so many streams: what these leave, and one where there are none. */
export function wholeAnswersBeside(streams: number, rate: number): number {
  return Math.max(streams === 0 ? 1 : 0, Math.floor(rate - streams))
}

/** Newcomers come once `wait` seconds have passed, in which the others' work went on. */
function fitsAfter(
  wait: number,
  streams: readonly StreamLoad[],
  newcomers: readonly StreamLoad[],
  rate: number,
  { first, horizons }: Plan,
): boolean {
  // A full server is asked this some hundred times for each request that it refuses: nothing is allocated here.
  for (const horizon of horizons) {
    let due = 0
    for (const stream of streams) due += dueBy(wait + horizon, stream, first)
    for (const stream of newcomers) due += dueBy(horizon, stream, first)
    if (due > rate * (wait + horizon) + ROUNDING_SECONDS) return false
  }
  return true
}

interface Plan {
  /** Seconds after which newcomers are heard. */
  readonly first: number
  /** Seconds after which it is looked at. */
  readonly horizons: readonly number[]
}

/**
 * When a plan is looked at: before newcomers are heard, where only others are due, at that moment, and so long after
 * it. Counted from that moment: at fixed times a slow device, heard late, would be asked less than a fast one.
 */
function planFor(rate: number): Plan {
  const first = Math.max(FIRST_AUDIO_SECONDS, (1.25 * FIRST_COST_SECONDS) / rate)
  const before = HORIZONS.filter((horizon) => horizon < first)
  return { first, horizons: [...before, first, ...HORIZONS.map((later) => first + later)] }
}

/** Seconds of a stream's audio that must be made within `seconds`. */
function dueBy(seconds: number, { heard, leadSeconds, leftSeconds }: StreamLoad, first: number): number {
  if (heard) return Math.min(leftSeconds, Math.max(0, seconds - leadSeconds))
  return seconds < first ? 0 : FIRST_COST_SECONDS + Math.min(leftSeconds, seconds - first)
}
