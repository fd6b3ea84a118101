/**
 * A socket's messages until their turn. While any waits, the connection is not read, so that there are never more than one
 * read brings.
 */
import { MessageTurns } from './message-turns.ts'

export interface InboxOwner {
  message(data: Uint8Array, isBinary: boolean): void
  /** Bytes of a message that is not whole; in order with the messages. */
  arriving(bytes: number): void
  pause(): void
  resume(): void
}

/** All sockets of the process share its event loop. */
const processTurns = new MessageTurns()

export class MessageInbox {
  readonly #owner: InboxOwner
  readonly #turns: MessageTurns
  #waiting: (readonly [data: Uint8Array, isBinary: boolean])[] = []
  /** Messages at the front of `#waiting` that are done. */
  #done = 0
  #arriving: number | undefined

  constructor(owner: InboxOwner, turns = processTurns) {
    this.#owner = owner
    this.#turns = turns
  }

  take(data: Uint8Array, isBinary: boolean): void {
    if (this.#waiting.length === 0 && this.#turns.isFree()) {
      this.#owner.message(data, isBinary)
      return
    }
    if (this.#waiting.push([data, isBinary]) > 1) return
    this.#owner.pause()
    this.#turns.wait(() => this.#next())
  }

  arriving(bytes: number): void {
    if (this.#waiting.length === 0) this.#owner.arriving(bytes)
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
    this.#owner.message(...message)
    if (this.#done < this.#waiting.length) return true
    this.stop()
    const arriving = this.#arriving
    this.#arriving = undefined
    if (arriving !== undefined) this.#owner.arriving(arriving)
    this.#owner.resume()
    return false
  }
}
