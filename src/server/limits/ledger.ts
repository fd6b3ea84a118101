/**
 * What the server holds for its clients, counted in one place, so that a leak shows.
 *
 * Each take returns its own give-back, which works once.
 */
import type { LimitsConfig } from '../../config/schema.ts'
import { TtsError } from '../../core/errors.ts'
import type { Metrics } from '../../core/metrics.ts'
import { ClientShares } from './client-shares.ts'
import { ComingPlaces, type LentPlace } from './coming-places.ts'

/** A snapshot; all zero when no client is there. */
export interface LedgerCounts {
  /** HTTP exchanges being handled, of any route. */
  readonly exchanges: number
  /** Syntheses accepted and not ended. */
  readonly requests: number
  readonly websockets: number
  readonly uploadBytes: number
}

/** A part of the upload budget that grows with what arrives. */
export interface UploadShare {
  /** Throws OVERLOADED when the budget is spent, or the client's part of it. */
  take(bytes: number): void
  readonly release: Release
}

/** Gives back what was taken; calls after the first do nothing. */
export type Release = () => void

export class Ledger {
  readonly #limits: LimitsConfig
  readonly #metrics: Metrics
  readonly #requestsOf: ClientShares
  readonly #socketsOf: ClientShares
  readonly #uploadsOf: ClientShares
  readonly #coming = new ComingPlaces()
  #exchanges = 0
  #requests = 0
  #websockets = 0
  #uploadBytes = 0
  #idleListeners: (() => void)[] = []

  constructor(limits: LimitsConfig, metrics: Metrics) {
    this.#limits = limits
    this.#metrics = metrics
    const share = (whole: number) => Math.max(1, Math.ceil(whole * limits.max_share_per_address))
    this.#requestsOf = new ClientShares(share(limits.max_concurrent_requests), 'requests')
    this.#socketsOf = new ClientShares(share(limits.max_websockets), 'WebSockets')
    // One file must always fit.
    const bytes = Math.max(share(limits.max_upload_bytes), limits.max_file_size)
    this.#uploadsOf = new ClientShares(bytes, 'bytes of uploads')
  }

  counts(): LedgerCounts {
    return {
      exchanges: this.#exchanges,
      requests: this.#requests,
      websockets: this.#websockets,
      uploadBytes: this.#uploadBytes,
    }
  }

  takeExchange(): Release {
    this.#exchanges++
    return this.#once(() => {
      this.#exchanges--
    })
  }

  /**
   * A place for a request whose body is still coming: until it is kept, a newer one may get it. With `reclaim` such a
   * place is taken from another where all are in use. Throws OVERLOADED where none can be; undefined where one could.
   */
  lendRequest(client: string): LentPlace | undefined
  lendRequest(client: string, options: { readonly reclaim: true }): LentPlace
  lendRequest(client: string, { reclaim = false } = {}): LentPlace | undefined {
    if (this.#isFull() || !this.#requestsOf.hasRoom(client, 1)) {
      if (!reclaim && this.#coming.has(this.#isFull() ? undefined : client)) return undefined
      this.#reclaimFor(client)
    }
    return this.#coming.lend(client, this.#holdRequest(client))
  }

  /** A place of what is whole already. Throws OVERLOADED at the cap, or at the client's share of it. */
  takeRequest(client: string): Release {
    this.#reclaimFor(client)
    return this.#holdRequest(client)
  }

  #isFull(): boolean {
    return this.#requests >= this.#limits.max_concurrent_requests
  }

  /** Makes room where requests are in the way that have not come yet: the client's own first. */
  #reclaimFor(client: string): void {
    const gone = () => overloaded('expected the request before others needed its place')
    if (!this.#requestsOf.hasRoom(client, 1)) this.#coming.reclaim(gone(), client)
    if (this.#isFull()) this.#coming.reclaim(gone())
  }

  /** Throws OVERLOADED at the cap, or at the client's share of it. */
  #holdRequest(client: string): Release {
    if (this.#isFull()) {
      throw overloaded(`expected at most ${this.#limits.max_concurrent_requests} requests at a time`)
    }
    this.#requestsOf.take(client, 1)
    this.#requests++
    this.#metrics.requestsActive.set(this.#requests)
    return this.#once(() => {
      this.#requestsOf.give(client, 1)
      this.#requests--
      this.#metrics.requestsActive.set(this.#requests)
    })
  }

  /** Throws OVERLOADED at the cap, or at the client's share of it. */
  takeWebSocket(client: string): Release {
    if (this.#websockets >= this.#limits.max_websockets) {
      throw overloaded(`expected at most ${this.#limits.max_websockets} WebSockets at a time`)
    }
    this.#socketsOf.take(client, 1)
    this.#websockets++
    this.#metrics.websockets.set(this.#websockets)
    return this.#once(() => {
      this.#socketsOf.give(client, 1)
      this.#websockets--
      this.#metrics.websockets.set(this.#websockets)
    })
  }

  openUpload(client: string): UploadShare {
    let held = 0
    return {
      take: (bytes) => {
        if (this.#uploadBytes + bytes > this.#limits.max_upload_bytes) {
          throw overloaded(`expected at most ${this.#limits.max_upload_bytes} bytes of uploads at a time`)
        }
        this.#uploadsOf.take(client, bytes)
        held += bytes
        this.#addUpload(bytes)
      },
      release: this.#once(() => {
        this.#uploadsOf.give(client, held)
        this.#addUpload(-held)
      }),
    }
  }

  /** Resolves when no synthesis and no exchange is left. */
  async whenIdle(): Promise<void> {
    while (!this.#isIdle()) await new Promise<void>((resolve) => this.#idleListeners.push(resolve))
  }

  #isIdle(): boolean {
    return this.#exchanges === 0 && this.#requests === 0
  }

  #addUpload(bytes: number): void {
    this.#uploadBytes += bytes
    this.#metrics.uploadBytes.set(this.#uploadBytes)
  }

  #once(giveBack: () => void): Release {
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      giveBack()
      if (!this.#isIdle()) return
      const listeners = this.#idleListeners
      this.#idleListeners = []
      for (const listener of listeners) listener()
    }
  }
}

/** A refusal for lack of room. The advice is spread so that refused clients do not come back together. */
export function overloaded(expected: string): TtsError {
  return new TtsError('OVERLOADED', 'Server overloaded', `${expected}, got one more`, {
    retryAfterSeconds: 1 + Math.floor(Math.random() * 5),
  })
}
