/**
 * A lane's place at its device, which stays when its thread dies and another takes over.
 *
 * It holds the control block, the present thread, and what that thread last reported.
 */

import { LaneControl } from './lane-control.ts'
import type { LaneHandle } from './lane-handle.ts'
import type { LaneRole, LaneStats } from './messages.ts'
import { FIRST_WATCH, type LaneWatch } from './watchdog.ts'

/** More than any lane opens. */
const MAX_SESSIONS = 64
/** An utterance takes a handful of blocks, and what is recorded keeps a few hundred. */
const MAX_BLOCKS = 16384

export class LaneSeat {
  readonly role: LaneRole
  /** For people: `llm lane`, `acoustic lane`, `acoustic lane 2`. */
  readonly name: string
  readonly control = new LaneControl()
  /** Sessions of the thread in this seat: what a dead lane left open, the next releases. */
  readonly sessions = new SharedArrayBuffer(MAX_SESSIONS * 8)
  /** The same of blocks of a card's memory. */
  readonly blocks = new SharedArrayBuffer(MAX_BLOCKS * 8)
  /** Undefined while the seat is empty. */
  lane: LaneHandle | undefined
  stats: LaneStats | undefined
  watch: LaneWatch = FIRST_WATCH
  /** Voices that an acoustic lane was given, and those whose solved prompt it holds. */
  readonly voicesSent = new Set<string>()
  readonly voicesHeld = new Set<string>()

  constructor(role: LaneRole, number: number) {
    this.role = role
    this.name = number === 0 ? `${role} lane` : `${role} lane ${number + 1}`
  }

  get ready(): boolean {
    return this.lane?.ready === true
  }

  /** The seat is empty, and what the lane held is gone with it. */
  clear(): void {
    this.lane = undefined
    this.voicesSent.clear()
    this.voicesHeld.clear()
  }
}

/** Figures of several lanes of one role as if they were one; undefined where none has reported. */
export function statsTogether(seats: readonly LaneSeat[]): LaneStats | undefined {
  const known = seats.flatMap(({ stats }) => (stats === undefined ? [] : [stats]))
  if (known.length === 0) return undefined
  const working = Math.max(1, known.filter(({ meanBatch }) => meanBatch > 0).length)
  const sum = (pick: (stats: LaneStats) => number) => known.reduce((all, stats) => all + pick(stats), 0)
  return {
    used: sum(({ used }) => used),
    total: sum(({ total }) => total),
    waiting: sum(({ waiting }) => waiting),
    meanBatch: sum(({ meanBatch }) => meanBatch) / working,
    busy: sum(({ busy }) => busy) / known.length,
  }
}
