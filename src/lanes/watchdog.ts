/**
 * When a lane is taken for hung, and how long to wait before a dead one is started again.
 *
 * Pure: observations in, decisions out. A native call cannot be interrupted and a thread inside one cannot be ended, so
 * a hung lane costs the whole process: the bound is generous, and a pause of the whole process must not look like one.
 */

/** What the watchdog remembers of a lane between two looks. */
export interface LaneWatch {
  readonly runs: number
  readonly inModel: boolean
  /** Time that the watchdog itself has seen pass with the lane inside one model run. */
  readonly stuckMs: number
}

export interface Pulse {
  readonly runs: number
  readonly inModel: boolean
}

export const FIRST_WATCH: LaneWatch = { runs: -1, inModel: false, stuckMs: 0 }

/**
 * The next look. `elapsedMs` since the last one counts at most `intervalMs × 2`: when the whole process was stopped
 * and continued, or the machine slept, the lane had no more time than the watchdog did.
 */
export function watch(before: LaneWatch, pulse: Pulse, elapsedMs: number, intervalMs: number): LaneWatch {
  const same = before.inModel && pulse.inModel && before.runs === pulse.runs
  const stuckMs = same ? before.stuckMs + Math.min(elapsedMs, intervalMs * 2) : 0
  return { runs: pulse.runs, inModel: pulse.inModel, stuckMs }
}

export function isHung(state: LaneWatch, limitMs: number): boolean {
  return state.stuckMs > limitMs
}

/** Milliseconds before the next start after `failures` in a row: doubling from 0.5 s to 30 s, ± a quarter of it. */
export function restartDelayMs(failures: number, random: number): number {
  const base = Math.min(30_000, 500 * 2 ** Math.max(0, failures - 1))
  return base * (0.75 + 0.5 * random)
}

/** Whether a lane that failed so often within a minute is given up. */
export function shouldGiveUp(failureTimesMs: readonly number[], nowMs: number): boolean {
  return failureTimesMs.filter((at) => nowMs - at < 60_000).length >= 5
}
