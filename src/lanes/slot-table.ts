/**
 * The slots of a device: which utterance each is lent to, and when it is free again.
 *
 * A slot is free once both lanes and the reader of the audio have let go of it. Acts assert; questions change nothing.
 */
import assert from 'node:assert/strict'
import type { LaneRole } from './messages.ts'

/** The sides that use a slot while it is lent. */
export type SlotUser = LaneRole | 'reader'

interface Slot {
  epoch: number
  readonly users: Set<SlotUser>
}

export class SlotTable {
  readonly #slots: Slot[]
  readonly #free: number[]

  constructor(count: number) {
    this.#slots = Array.from({ length: count }, () => ({ epoch: 0, users: new Set<SlotUser>() }))
    // Popped from the end: low numbers first, so that a lightly loaded device touches few rings.
    this.#free = Array.from({ length: count }, (_, i) => count - 1 - i)
  }

  get total(): number {
    return this.#slots.length
  }

  get freeCount(): number {
    return this.#free.length
  }

  /** Lends a free slot to a new utterance, which both lanes and a reader use from now on. */
  take(): { readonly slot: number; readonly epoch: number } {
    const slot = this.#free.pop()
    assert(slot !== undefined, 'no free slot: ask freeCount first')
    const entry = this.#slots[slot]!
    entry.epoch++
    for (const user of ['llm', 'acoustic', 'reader'] as const) entry.users.add(user)
    return { slot, epoch: entry.epoch }
  }

  /** Whether `epoch` is the utterance that has this slot now, and `user` still uses it. A late message is not. */
  uses(slot: number, epoch: number, user: SlotUser): boolean {
    const entry = this.#slots[slot]
    return entry !== undefined && entry.epoch === epoch && entry.users.has(user)
  }

  /** `user` has let go; true when it was the last and the slot is free again. */
  leave(slot: number, epoch: number, user: SlotUser): boolean {
    assert(this.uses(slot, epoch, user), `slot ${slot} epoch ${epoch}: ${user} leaves but does not use it`)
    const entry = this.#slots[slot]!
    entry.users.delete(user)
    if (entry.users.size > 0) return false
    this.#free.push(slot)
    return true
  }

  /** Slots that `user` still uses, with their epochs: what a lane takes down with it when it dies. */
  usedBy(user: SlotUser): { readonly slot: number; readonly epoch: number }[] {
    return this.#slots.flatMap((entry, slot) => (entry.users.has(user) ? [{ slot, epoch: entry.epoch }] : []))
  }
}
