/**
 * A connection to Redis or Valkey that never holds up its callers for long.
 *
 * A caller waits as long as answers have lately taken, and some (`patience.ts`). While an answer is late, others do not wait at
 * all: their commands are sent, so that the store knows of them, and fail here at once. Silence ends the connection; until there
 * is a new one, commands fail unsent.
 */
import { Redis } from 'ioredis'
import { Patience, type PatienceBounds } from './patience.ts'

/** Reconnecting: 50 ms after the first failure, doubling up to this. */
const MAX_RETRY_MS = 1000
const CONNECT_LIMIT_MS = 1000

export interface RedisLinkOptions {
  /** `redis://[:password@]host:port/db`, or `rediss://` over TLS. */
  readonly url: string
  /** How long callers wait, at least and at most. */
  readonly patience: PatienceBounds
  /** ms without the answer to a command after which the connection is given up. */
  readonly silenceMs: number
  /** Told when it changes, with why. */
  readonly onState?: (isReady: boolean, why: string) => void
}

export class RedisLink {
  readonly client: Redis
  readonly #patience: Patience
  readonly #silenceMs: number
  #lastError = 'no answer yet'
  #wasReady = false
  #isTold = false
  /** Given up by this side; its client learns that later. */
  #isCut = false
  /** Commands that their callers gave up, and that may still be answered. */
  #late = 0

  constructor({ url, patience, silenceMs, onState = () => {} }: RedisLinkOptions) {
    this.#patience = new Patience(patience)
    this.#silenceMs = silenceMs
    this.client = new Redis(url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      connectTimeout: CONNECT_LIMIT_MS,
      // A store that hangs accepts connections: its first answer is bounded too.
      socketTimeout: Math.max(CONNECT_LIMIT_MS, 2 * silenceMs),
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

  /** Whether an answer is outstanding that its caller has stopped waiting for. */
  get isLate(): boolean {
    return this.#late > 0
  }

  /** Resolves once it is ready, or after so long. */
  async untilReady(limitMs: number): Promise<void> {
    if (this.isReady) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs)
      timer.unref()
      this.client.once('ready', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /** A command's answer. Rejects where it is late, and at once where there is no connection or another answer is late. */
  async run<T>(command: (client: Redis) => Promise<T>): Promise<T> {
    if (!this.isReady) throw new Error(`the store cannot be reached: ${this.#lastError}`)
    const sinceMs = performance.now()
    const answer = command(this.client)
    const learn = () => this.#patience.learn(performance.now() - sinceMs, performance.now())
    answer.then(learn, () => {})
    if (this.isLate) throw new Error('the store is late with an earlier answer')
    const limitMs = this.#patience.at(sinceMs)
    return await new Promise<T>((resolve, reject) => {
      let isOver = false
      const giveUp = () => {
        if (isOver) return
        reject(new Error(`no answer of the store in ${Math.round(limitMs)} ms`))
        this.#awaitLate(answer, limitMs)
      }
      // One more turn: after a pause of this thread the answer may be there, unread.
      const timer = setTimeout(() => setImmediate(giveUp), limitMs)
      answer.then(resolve, reject).finally(() => {
        isOver = true
        clearTimeout(timer)
      })
    })
  }

  /** Its caller has gone on; whether it comes says whether the store lives. */
  #awaitLate(answer: Promise<unknown>, waitedMs: number): void {
    this.#late++
    const silence = setTimeout(() => setImmediate(() => this.#cut()), Math.max(0, this.#silenceMs - waitedMs))
    const isHere = () => {
      this.#late--
      clearTimeout(silence)
    }
    answer.then(isHere, isHere)
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
