/**
 * What clients send shares a part of each turn of the event loop: connections, requests, pieces of bodies, messages. What comes
 * beyond it waits for later turns, one piece of each sender after the other.
 */

/** ms of a turn that work for clients may take: some thousand small messages. */
const SHARE_MS = 10

/**
 * Pieces in a turn, each in a callback of its own: what its promises go on to do comes right after it, and counts in the share.
 */
const PIECES = 128

/** Works off one piece; false where no more of them wait. */
export type NextPiece = () => boolean

export class Turns {
  readonly #nowMs: () => number
  readonly #inNextTurn: (work: () => void) => void
  /** In the order in which they have their turn. */
  readonly #waiting = new Set<NextPiece>()
  /** When this turn's share is used up; undefined before its first piece. */
  #endsMs: number | undefined
  /** Callbacks of this turn that are still to come. */
  #left = 0

  /** `nowMs` and `inNextTurn` are others in tests. */
  constructor(nowMs = () => performance.now(), inNextTurn = (work: () => void) => void setImmediate(work)) {
    this.#nowMs = nowMs
    this.#inNextTurn = inNextTurn
  }

  /** Whether a piece may be worked off at once: none waits, and the turn has time for it. */
  isFree(): boolean {
    if (this.#waiting.size > 0) return false
    if (this.#endsMs === undefined) {
      this.#endsMs = this.#nowMs() + SHARE_MS
      this.#beginTurn()
      return true
    }
    return this.#nowMs() < this.#endsMs
  }

  /** A sender has pieces from now on, until `next` says false. */
  wait(next: NextPiece): void {
    this.#waiting.add(next)
    if (this.#endsMs !== undefined) return
    this.#endsMs = this.#nowMs()
    this.#beginTurn()
  }

  /** Does the work now, or in its turn. */
  take(work: () => void): void {
    if (this.isFree()) work()
    else {
      this.wait(() => {
        work()
        return false
      })
    }
  }

  #beginTurn(): void {
    this.#left = PIECES
    for (let i = 0; i < PIECES; i++) this.#inNextTurn(this.#step)
  }

  readonly #step = () => {
    if (this.#left === PIECES) this.#endsMs = this.#nowMs() + SHARE_MS
    this.#left--
    const [next] = this.#waiting
    if (next !== undefined && this.#nowMs() < this.#endsMs!) {
      this.#waiting.delete(next)
      if (next()) this.#waiting.add(next)
    }
    if (this.#left > 0) return
    if (this.#waiting.size > 0) this.#beginTurn()
    else this.#endsMs = undefined
  }
}

/** All clients of the process share its event loop. */
export const processTurns = new Turns()
