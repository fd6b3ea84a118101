/**
 * The pace at which a full server tells its refusals. Clients that ask again at once would otherwise take the time of
 * those that are heard: a refused recording was received. Its answer is worth as much a little later.
 */
import { setTimeout as wait } from 'node:timers/promises'

export interface Pace {
  readonly perSecond: number
  /** Refusals that are told at once after a quiet time. */
  readonly burst: number
  /** ms that one is held at most. */
  readonly maxHoldMs: number
}

/** Refusals a second that a core is asked to tell: about a fiftieth of its time, with what their bodies cost. */
const PER_CORE = 10
/** More at a time are not held, so that a flood of them takes no memory. */
const MAX_HELD = 256

/** A second's worth at once, then at that pace; none is held for longer than a stream waits to be admitted. */
export function paceOf(cores: number, maxWaitMs: number): Pace {
  const perSecond = PER_CORE * cores
  return { perSecond, burst: perSecond, maxHoldMs: Math.min(maxWaitMs, 1000) }
}

/**
 * How long a refusal of now is held, in ms, and when the next is due by the pace. `dueMs`: what the last call gave. Source: the generic cell rate algorithm (ITU-T I.371), which lets through late what it would not let through now.
 */
export function heldUntil(dueMs: number, nowMs: number, pace: Pace): { holdMs: number; dueMs: number } {
  const { perSecond, burst, maxHoldMs } = pace
  const ahead = (burst / perSecond) * 1000
  const due = Math.max(dueMs, nowMs)
  const holdMs = Math.min(Math.max(0, due - ahead - nowMs), maxHoldMs)
  return { holdMs, dueMs: Math.min(due + 1000 / perSecond, nowMs + ahead + maxHoldMs) }
}

export class RefusalPace {
  readonly #pace: Pace
  #dueMs = 0
  #held = 0

  constructor(pace: Pace) {
    this.#pace = pace
  }

  /** Resolves when a refusal's turn has come, or its client has left. */
  async turn(left: AbortSignal): Promise<void> {
    const { holdMs, dueMs } = heldUntil(this.#dueMs, performance.now(), this.#pace)
    this.#dueMs = dueMs
    if (holdMs < 1 || this.#held >= MAX_HELD) return
    this.#held++
    try {
      await wait(holdMs, undefined, { signal: left })
    } catch {
      // The client left: there is nothing to wait for.
    } finally {
      this.#held--
    }
  }
}
