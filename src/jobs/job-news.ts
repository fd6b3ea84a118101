/** Tells clients that their jobs have ended: one webhook at a time, the next when its time has come. */
import { createHash } from 'node:crypto'
import type { Metrics } from '../core/metrics.ts'
import type { JobRecord } from './job-record.ts'
import type { JobStore } from './job-store.ts'
import { callWebhook, RETRY_MS } from './webhook.ts'

export interface NewsParts {
  readonly store: JobStore
  readonly metrics: Metrics
  /** Hosts that may be called though their addresses are private; `*`: every host. */
  readonly hosts: readonly string[]
  /** Of jobs whose client gave none. */
  readonly secretOf: (job: JobRecord) => string
  readonly bodyOf: (job: JobRecord) => object
  readonly now: () => number
  /** ms before each further try. */
  readonly retryMs?: readonly number[]
}

/** A timer cannot wait for longer. */
const MAX_WAIT_MS = 3_600_000

export class JobNews {
  readonly #parts: NewsParts
  #timer: NodeJS.Timeout | undefined
  #current: Promise<void> | undefined
  #isStopped = false

  constructor(parts: NewsParts) {
    this.#parts = parts
  }

  /** There may be news to tell. */
  wake(): void {
    if (this.#isStopped || this.#current !== undefined) return
    clearTimeout(this.#timer)
    const [next] = this.#parts.store.untold()
    if (next === undefined) return
    const waitMs = next.webhook.nextMs - this.#parts.now()
    if (waitMs > 0) {
      this.#timer = setTimeout(() => this.wake(), Math.min(waitMs, MAX_WAIT_MS)).unref()
      return
    }
    this.#current = this.#tell(next).finally(() => {
      this.#current = undefined
      this.wake()
    })
  }

  /** Resolves when no call is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#current
  }

  async #tell(job: JobRecord): Promise<void> {
    const { store, metrics, hosts, secretOf, bodyOf, now, retryMs = RETRY_MS } = this.#parts
    const isTaken = await callWebhook(
      {
        // The same for every try of the same news.
        id: `msg_${createHash('sha256').update(`${job.id} ${job.state}`).digest('hex').slice(0, 32)}`,
        url: job.wish.webhook?.url ?? '',
        secret: secretOf(job),
        body: JSON.stringify(bodyOf(job)),
      },
      hosts,
      now(),
    ).catch(() => false)
    const tries = job.webhook.tries + 1
    const wait = retryMs[tries - 1]
    metrics.webhooks.inc({ outcome: isTaken ? 'delivered' : 'failed' })
    if (isTaken) store.told(job.id, 'delivered', tries, 0)
    else if (wait === undefined) store.told(job.id, 'failed', tries, 0)
    else store.told(job.id, 'waiting', tries, now() + wait)
  }
}
