/**
 * Which utterances are parked: their listeners take nothing, so they need no lane, and their slots are lent anew. Pure.
 *
 * A parked utterance keeps its ring with what was made for it, and goes on once its listener reads again.
 */

/** Slots that a device has rings for, in multiples of those that it serves at once. */
export const RINGS_PER_SLOT = 4
/** ms without a read after which a listener counts as not reading. */
export const PARK_AFTER_MS = 1000

export interface Listening {
  /** Samples can still be put into the ring. */
  readonly hasRoom: boolean
  /** A lane still works for it. */
  readonly inLanes: boolean
  /** When its listener last took something, ms; its start before that. */
  readonly readMs: number
}

/** Nothing can be done for it now: its ring is full, or it is made to its end; and its listener has not read for a while. */
export function isParked({ hasRoom, inLanes, readMs }: Listening, nowMs: number): boolean {
  return (!hasRoom || !inLanes) && nowMs - readMs >= PARK_AFTER_MS
}

/** Slots that may be lent: those that are served, and not more than there are rings for. */
export function lendable(slots: number, used: number, parked: number): number {
  return Math.max(0, Math.min(slots - (used - parked), slots * RINGS_PER_SLOT - used))
}
