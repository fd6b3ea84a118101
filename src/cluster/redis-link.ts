/**
 * A connection to Redis or Valkey that never holds up its callers for long.
 *
 * A command that takes too long ends the connection. Until there is a new one, every command fails at once.
 */
import { Redis } from 'ioredis'

/** Reconnecting: 50 ms after the first failure, doubling up to this. */
const MAX_RETRY_MS = 1000
const CONNECT_LIMIT_MS = 1000

export interface RedisLinkOptions {
  /** `redis://[:password@]host:port/db`, or `rediss://` over TLS. */
  readonly url: string
  /** ms that a command may take. */
  readonly commandLimitMs: number
  /** Told when it changes, with why. */
  readonly onState?: (isReady: boolean, why: string) => void
}

export class RedisLink {
  readonly client: Redis
  readonly #limitMs: number
  #lastError = 'no answer yet'
  #wasReady = false
  #isTold = false
  /** Given up by this side; its client learns that later. */
  #isCut = false

  constructor({ url, commandLimitMs, onState = () => {} }: RedisLinkOptions) {
    this.#limitMs = commandLimitMs
    this.client = new Redis(url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      connectTimeout: CONNECT_LIMIT_MS,
      // A store that hangs accepts connections: its first answer is bounded too.
      socketTimeout: Math.max(CONNECT_LIMIT_MS, 2 * commandLimitMs),
      retryStrategy: (times) => Math.min(MAX_RETRY_MS, 50 * 2 ** Math.min(times, 10)),
    })
    // Without a listener an error would end the process.
    this.client.on('error', (error: Error) => {
      this.#lastError = error.message.split('\n')[0]!
    })
    this.client.on('ready', () => {
      this.#wasReady = true
      this.#isTold = false
      onState(true, 'connected')
    })
    this.client.on('close', () => {
      this.#isCut = false
      if (this.#isTold) return
      this.#isTold = true
      onState(false, this.#wasReady ? 'connection lost' : this.#lastError)
    })
  }

  get isReady(): boolean {
    return !this.#isCut && this.client.status === 'ready'
  }

  /** A command's answer. Rejects at once without a connection, and after the limit, which ends the connection. */
  async run<T>(command: (client: Redis) => Promise<T>): Promise<T> {
    if (!this.isReady) throw new Error(`the store cannot be reached: ${this.#lastError}`)
    return await new Promise<T>((resolve, reject) => {
      const late = setTimeout(() => {
        // One more turn: after a pause of this thread the answer may be there, unread.
        setImmediate(() => {
          reject(new Error(`no answer of the store in ${this.#limitMs} ms`))
          if (!isOver) this.#cut()
        })
      }, this.#limitMs)
      let isOver = false
      command(this.client)
        .then(resolve, reject)
        .finally(() => {
          isOver = true
          clearTimeout(late)
        })
    })
  }

  #cut(): void {
    if (this.#isCut) return
    this.#isCut = true
    this.client.disconnect(true)
  }

  close(): void {
    this.client.disconnect()
  }
}
