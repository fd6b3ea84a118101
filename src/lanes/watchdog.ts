/**
 * When a lane is taken for standing still, and how long to wait before a dead one is started again. Pure.
 *
 * A pause of the whole process must not look like a lane that stands still: only time that the watchdog saw counts.
 */

/** What the watchdog remembers of a lane between two looks. */
export interface LaneWatch {
  readonly turns: number
  readonly runs: number
  /** Time that the watchdog itself has seen pass without a turn or a model run of the lane. */
  readonly stuckMs: number
}

/** An idle lane turns twice a second. So one without a turn is in a model run or in a loop of its own. */
export interface Pulse {
  readonly turns: number
  readonly runs: number
}

export const FIRST_WATCH: LaneWatch = { turns: -1, runs: -1, stuckMs: 0 }

/**
 * The next look. `elapsedMs` since the last one counts at most `intervalMs × 2`. When the process was stopped and
 * continued, or the machine slept, the lane had no more time than the watchdog.
 */
export function watch(before: LaneWatch, pulse: Pulse, elapsedMs: number, intervalMs: number): LaneWatch {
  const same = before.turns === pulse.turns && before.runs === pulse.runs
  const stuckMs = same ? before.stuckMs + Math.min(elapsedMs, intervalMs * 2) : 0
  return { turns: pulse.turns, runs: pulse.runs, stuckMs }
}

export function isHung(state: LaneWatch, limitMs: number): boolean {
  return state.stuckMs > limitMs
}

/** Failures within so long of each other are one row of failures. */
const SAME_ROW_MS = 90_000
const LOST_FAILURES = 5

/** ms before the next start after the failures so far: doubling from 0.5 s to 30 s within a row, ± a quarter of it. */
export function restartDelayMs(failureTimesMs: readonly number[], nowMs: number, random: number): number {
  const base = Math.min(30_000, 500 * 2 ** Math.max(0, failuresInRow(failureTimesMs, nowMs) - 1))
  return base * (0.75 + 0.5 * random)
}

/** Whether failures in a row are so many that the reason is likely to be in the process itself. */
export function isLost(failureTimesMs: readonly number[], nowMs: number): boolean {
  return failuresInRow(failureTimesMs, nowMs) >= LOST_FAILURES
}

function failuresInRow(failureTimesMs: readonly number[], nowMs: number): number {
  let later = nowMs
  let count = 0
  for (const at of [...failureTimesMs].reverse()) {
    if (later - at > SAME_ROW_MS) break
    later = at
    count++
  }
  return count
}
