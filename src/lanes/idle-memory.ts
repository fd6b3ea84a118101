/**
 * When a thread gives memory back: what was not used for a while expires, and in silence all that is free goes.
 *
 * What is let go is freed only by a garbage collection. That a thread that waits for work does not make by itself. One
 * that works makes it late: arrays that are not reached any more weigh little in the heap, and hundreds of MB lay there.
 */

import { collectGarbage } from '../core/collect-garbage.ts'
import { trimNativeHeap, trimNativeHeapAside } from './native-heap.ts'

/** ms between two calls of `expire`: what was not used from one to the next goes. */
const EXPIRE_EVERY_MS = 15_000
/** ms without work that count as silence: long enough that a pause between two sentences is none. */
const SILENCE_MS = 10_000
/** Bytes let go, or of arrays more than there were, that are worth a collection while there is work. */
const WORTH_COLLECTING = 32e6

/** ms between two trims while there is work, in which there is no silence. Without them steady work took ever more. */
const TRIM_EVERY_MS = 20_000

/** What giving back consists of; another for tests. */
export interface GiveBack {
  collect(): void
  /** Bytes of this thread's arrays, those that it does not reach any more included. */
  held(): number
  trim(): void
  /** Freed pieces go back though there is work. Only one thread of a process has to; must not hold it up. */
  trimAtWork?(): void
}

const OWN_THREAD: GiveBack = {
  collect: collectGarbage,
  held: () => process.memoryUsage().arrayBuffers,
  trim: trimNativeHeap,
}
/** For the thread that answers requests: it gives back what all threads freed, also while they work. */
export const WHOLE_PROCESS: GiveBack = { ...OWN_THREAD, trimAtWork: trimNativeHeapAside }

export class IdleMemory {
  readonly #expire: (silence: boolean) => number
  readonly #giveBack: GiveBack
  #expiredMs: number
  #trimmedMs: number
  #workedMs: number
  #letGo = 0
  /** The least that was held since memory was given back. */
  #leastHeld = Infinity
  /** Whether something was done, or let go, since memory was last given back. */
  #owed = true

  constructor(expire: (silence: boolean) => number, nowMs: number, giveBack = OWN_THREAD) {
    this.#expire = expire
    this.#giveBack = giveBack
    this.#expiredMs = nowMs
    this.#trimmedMs = nowMs
    this.#workedMs = nowMs
  }

  /** Between two turns of the thread's work, once a second at least; `busy`: the last turn had something to do. */
  look(nowMs: number, busy: boolean): void {
    if (busy) {
      this.#workedMs = nowMs
      this.#owed = true
    }
    const silence = nowMs - this.#workedMs >= SILENCE_MS
    let grown = 0
    if (nowMs - this.#expiredMs >= EXPIRE_EVERY_MS) {
      this.#expiredMs = nowMs
      const bytes = this.#expire(silence)
      this.#letGo += bytes
      if (bytes > 0) this.#owed = true
      const held = this.#giveBack.held()
      this.#leastHeld = Math.min(this.#leastHeld, held)
      grown = held - this.#leastHeld
    }
    if (silence && this.#owed) {
      this.#give(nowMs)
      this.#owed = false
    } else if (Math.max(this.#letGo, grown) >= WORTH_COLLECTING) this.#give(nowMs)
    else if (!silence && nowMs - this.#trimmedMs >= TRIM_EVERY_MS) {
      this.#trimmedMs = nowMs
      this.#giveBack.trimAtWork?.()
    }
  }

  /** There may be something to give back, though this thread did no work. */
  owe(): void {
    this.#owed = true
  }

  #give(nowMs: number): void {
    this.#trimmedMs = nowMs
    this.#letGo = 0
    this.#giveBack.collect()
    this.#leastHeld = this.#giveBack.held()
    this.#giveBack.trim()
  }
}
