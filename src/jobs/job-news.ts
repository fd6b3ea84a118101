/** Tells clients that their jobs have ended: one webhook at a time, the next when its time has come. */
import { createHash } from 'node:crypto'
import type { Metrics } from '../core/metrics.ts'
import { newsOf, secretOf } from './job-facts.ts'
import type { JobRecord } from './job-record.ts'
import type { JobStore } from './job-store.ts'
import { callWebhook, RETRY_MS } from './webhook.ts'

export interface NewsRules {
  readonly metrics: Metrics
  /** Hosts that may be called though their addresses are private; `*`: every host. */
  readonly hosts: readonly string[]
  readonly now: () => number
  /** ms before each further try. */
  readonly retryMs?: readonly number[]
}

export interface NewsParts extends NewsRules {
  readonly store: JobStore
}

/** A timer cannot wait for longer. */
const MAX_WAIT_MS = 3_600_000

export class JobNews {
  readonly #parts: NewsParts
  #timer: NodeJS.Timeout | undefined
  #current: Promise<void> | undefined
  #isStopped = false
  /** Job and try → when it is due, monotonic: the clock on the wall may jump meanwhile. */
  readonly #due = new Map<string, number>()

  constructor(parts: NewsParts) {
    this.#parts = parts
  }

  /** There may be news to tell. */
  wake(): void {
    if (this.#isStopped || this.#current !== undefined) return
    clearTimeout(this.#timer)
    const [next] = this.#parts.store.untold()
    if (next === undefined) return
    const waitMs = this.#dueMs(next) - performance.now()
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

  /** As it was to be when it was first looked at; no try waits for longer than it was told to. */
  #dueMs(job: JobRecord): number {
    const { tries, nextMs } = job.webhook
    const { now, retryMs = RETRY_MS } = this.#parts
    const key = `${job.id} ${tries}`
    const known = this.#due.get(key)
    if (known !== undefined) return known
    const longestMs = tries === 0 ? 0 : (retryMs[tries - 1] ?? 0)
    const dueMs = performance.now() + Math.min(longestMs, Math.max(0, nextMs - now()))
    this.#due.set(key, dueMs)
    return dueMs
  }

  async #tell(job: JobRecord): Promise<void> {
    this.#due.delete(`${job.id} ${job.webhook.tries}`)
    const { state, tries, nextMs } = await tellOnce(job, this.#parts)
    this.#parts.store.told(job.id, state, tries, nextMs)
  }
}

/** One call; what is known of the news after it. */
export async function tellOnce(
  job: JobRecord,
  { metrics, hosts, now, retryMs = RETRY_MS }: NewsRules,
): Promise<JobRecord['webhook']> {
  const isTaken = await callWebhook(
    {
      // The same for every try of the same news.
      id: `msg_${createHash('sha256').update(`${job.id} ${job.state}`).digest('hex').slice(0, 32)}`,
      url: job.wish.webhook?.url ?? '',
      secret: secretOf(job),
      body: JSON.stringify(newsOf(job)),
    },
    hosts,
    now(),
  ).catch(() => false)
  const tries = job.webhook.tries + 1
  const wait = retryMs[tries - 1]
  metrics.webhooks.inc({ outcome: isTaken ? 'delivered' : 'failed' })
  if (isTaken) return { state: 'delivered', tries, nextMs: 0 }
  if (wait === undefined) return { state: 'failed', tries, nextMs: 0 }
  return { state: 'waiting', tries, nextMs: now() + wait }
}
