/**
 * How many utterances a device takes after one of them found no memory: half of those that were there, then one more every
 * few seconds.
 */
import { isMemoryShort } from '../core/device-fault.ts'

const GROW_EVERY_MS = 3000
/** A run of many utterances fails for each of them: that is one shortage. */
const SAME_SHORTAGE_MS = 1000

export class MemoryShortage {
  readonly #nowMs: () => number
  #limit = Number.POSITIVE_INFINITY
  #sinceMs = Number.NEGATIVE_INFINITY

  constructor(nowMs = () => performance.now()) {
    this.#nowMs = nowMs
  }

  /** An utterance failed for this reason while so many were there. */
  heed(reason: string, used: number): void {
    const nowMs = this.#nowMs()
    if (!isMemoryShort(reason) || nowMs - this.#sinceMs < SAME_SHORTAGE_MS) return
    this.#limit = Math.max(1, Math.floor(Math.min(used, this.limit) / 2))
    this.#sinceMs = nowMs
  }

  /** Utterances that may be there; no bound where there never was a shortage. */
  get limit(): number {
    if (this.#limit === Number.POSITIVE_INFINITY) return this.#limit
    return this.#limit + Math.floor((this.#nowMs() - this.#sinceMs) / GROW_EVERY_MS)
  }

  /** Whether fewer than all slots may be lent. */
  holdsBack(slots: number): boolean {
    return this.limit < slots
  }

  /** Of `free` slots those that may be lent while so many utterances are served. */
  roomOf(free: number, served: number): number {
    return Math.max(0, Math.min(free, this.limit - served))
  }
}
