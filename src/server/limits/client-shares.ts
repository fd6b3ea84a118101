/** What each client holds of something that all share, bounded by a part of the whole: one cannot take all of it. */
import { TtsError } from '../../core/errors.ts'

export class ClientShares {
  readonly #max: number
  readonly #what: string
  readonly #held = new Map<string, number>()

  /** `what` names the thing in refusals: `requests`, `bytes of uploads`. */
  constructor(max: number, what: string) {
    this.#max = max
    this.#what = what
  }

  hasRoom(client: string, amount: number): boolean {
    return (this.#held.get(client) ?? 0) + amount <= this.#max
  }

  /** Throws OVERLOADED beyond the client's share. */
  take(client: string, amount: number): void {
    const held = this.#held.get(client) ?? 0
    if (!this.hasRoom(client, amount)) {
      const detail = `expected at most ${this.#max} ${this.#what} at a time from one address, got more`
      throw new TtsError('OVERLOADED', 'Server overloaded', detail, { retryAfterSeconds: 2 })
    }
    this.#held.set(client, held + amount)
  }

  give(client: string, amount: number): void {
    const left = (this.#held.get(client) ?? 0) - amount
    if (left > 0) this.#held.set(client, left)
    else this.#held.delete(client)
  }
}
