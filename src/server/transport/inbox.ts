/**
 * A connection's messages, or the pieces of its request's body, until their turn. While any waits, the connection is not
 * read, so that there are never more than one read brings.
 */
import { processTurns } from './turns.ts'

export interface InboxOwner {
  /** `flag` as it was given: a message is binary, a piece is the last. */
  message(data: Uint8Array, flag: boolean): void
  /** Bytes of a message that is not whole; in order with the messages. */
  arriving?(bytes: number): void
  pause(): void
  /** Called before the last message that waits is given out. */
  resume(): void
}

export class Inbox {
  readonly #owner: InboxOwner
  readonly #turns: typeof processTurns
  #waiting: (readonly [data: Uint8Array, flag: boolean])[] = []
  /** Messages at the front of `#waiting` that are done. */
  #done = 0
  #arriving: number | undefined

  constructor(owner: InboxOwner, turns = processTurns) {
    this.#owner = owner
    this.#turns = turns
  }

  take(data: Uint8Array, flag: boolean): void {
    if (this.#waiting.length === 0 && this.#turns.isFree()) {
      this.#owner.message(data, flag)
      return
    }
    if (this.#waiting.push([data, flag]) > 1) return
    this.#owner.pause()
    this.#turns.wait(() => this.#next())
  }

  arriving(bytes: number): void {
    if (this.#waiting.length === 0) this.#owner.arriving?.(bytes)
    else this.#arriving = bytes
  }

  /** What waits is forgotten. */
  stop(): void {
    this.#waiting = []
    this.#done = 0
  }

  #next(): boolean {
    const message = this.#waiting[this.#done++]
    if (message === undefined) return false
    if (this.#done < this.#waiting.length) {
      this.#owner.message(...message)
      return this.#done < this.#waiting.length
    }
    this.stop()
    const arriving = this.#arriving
    this.#arriving = undefined
    this.#owner.resume()
    this.#owner.message(...message)
    if (arriving !== undefined) this.#owner.arriving?.(arriving)
    return false
  }
}
