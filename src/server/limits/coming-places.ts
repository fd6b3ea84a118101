/**
 * Places of requests that are still coming. They are lent: where all are taken, a newer request gets one of them. The client
 * with most gives it, its oldest first.
 */
import type { TtsError } from '../../core/errors.ts'

/** A place that a newer client may get until it is kept. */
export interface LentPlace {
  /** Aborted with OVERLOADED as its reason once another has the place. */
  readonly lost: AbortSignal
  /** From now on the place stays. Throws OVERLOADED where it is lost. */
  keep(): void
  readonly release: () => void
}

interface Lent {
  readonly lost: AbortController
  readonly release: () => void
}

export class ComingPlaces {
  /** By client; oldest first. */
  readonly #lent = new Map<string, Set<Lent>>()

  /** Lends a place that `release` gives back. */
  lend(client: string, release: () => void): LentPlace {
    const lent: Lent = { lost: new AbortController(), release }
    const { signal } = lent.lost
    const own = this.#lent.get(client) ?? new Set()
    this.#lent.set(client, own.add(lent))
    return {
      lost: signal,
      keep: () => {
        if (signal.aborted) throw signal.reason as TtsError
        this.#forget(client, lent)
      },
      release: () => {
        this.#forget(client, lent)
        release()
      },
    }
  }

  /** Whether any place is lent, to this client where one is named. */
  has(client: string | undefined): boolean {
    return client === undefined ? this.#lent.size > 0 : this.#lent.has(client)
  }

  /** Takes a place from a client, or from the one with most; false where none is lent. */
  reclaim(error: TtsError, from: string | undefined = this.#clientWithMost()): boolean {
    const [oldest] = (from === undefined ? undefined : this.#lent.get(from)) ?? []
    if (from === undefined || oldest === undefined) return false
    this.#forget(from, oldest)
    oldest.release()
    oldest.lost.abort(error)
    return true
  }

  #clientWithMost(): string | undefined {
    let most: string | undefined
    let count = 0
    for (const [client, { size }] of this.#lent) {
      if (size > count) [most, count] = [client, size]
    }
    return most
  }

  #forget(client: string, lent: Lent): void {
    const own = this.#lent.get(client)
    if (own?.delete(lent) === true && own.size === 0) this.#lent.delete(client)
  }
}
