/**
 * Messages of all sockets share a part of each turn of the event loop. What comes beyond it waits for later turns, one
 * message of each socket after the other.
 */

/** ms of a turn that messages may take: some thousand small ones. */
const SHARE_MS = 10

/** Works off one message; false where no more of them wait. */
export type NextMessage = () => boolean

export class MessageTurns {
  readonly #nowMs: () => number
  readonly #inNextTurn: (work: () => void) => void
  /** In the order in which they have their turn. */
  readonly #waiting = new Set<NextMessage>()
  /** When this turn's share is used up; undefined before its first message. */
  #endsMs: number | undefined

  /** `nowMs` and `inNextTurn` are others in tests. */
  constructor(nowMs = () => performance.now(), inNextTurn = (work: () => void) => void setImmediate(work)) {
    this.#nowMs = nowMs
    this.#inNextTurn = inNextTurn
  }

  /** Whether a message may be worked off at once: none waits, and the turn has time for it. */
  isFree(): boolean {
    if (this.#waiting.size > 0) return false
    if (this.#endsMs === undefined) {
      this.#endsMs = this.#nowMs() + SHARE_MS
      this.#inNextTurn(() => this.#turn())
      return true
    }
    return this.#nowMs() < this.#endsMs
  }

  /** A socket has messages from now on, until `next` says false. */
  wait(next: NextMessage): void {
    this.#waiting.add(next)
    if (this.#endsMs !== undefined) return
    this.#endsMs = this.#nowMs()
    this.#inNextTurn(() => this.#turn())
  }

  #turn(): void {
    this.#endsMs = this.#nowMs() + SHARE_MS
    for (const next of this.#waiting) {
      this.#waiting.delete(next)
      if (next()) this.#waiting.add(next)
      if (this.#nowMs() >= this.#endsMs) break
    }
    if (this.#waiting.size > 0) this.#inNextTurn(() => this.#turn())
    else this.#endsMs = undefined
  }
}
