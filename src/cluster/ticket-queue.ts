/**
 * Pieces of work that any node may do, as tickets of a BullMQ queue in Redis.
 *
 * A node takes a ticket under a lock that it renews. A node that is killed, or hangs, loses its locks, and others take its
 * tickets. So a ticket may be worked on twice, at the same time where a node hangs: `work` must allow for both.
 *
 * Tickets are asked for, not waited for: a node takes none while `mayTake` says no.
 */
import { randomUUID } from 'node:crypto'
import { type Job, Queue, Worker } from 'bullmq'
import { describeError } from '../core/errors.ts'
import type { RedisLink } from './redis-link.ts'

/** How often a node with room asks. */
const ASK_MS = 250
const LOCK_MS = 15_000
/** Of what BullMQ may sort by; a higher one would be refused. */
const LOWEST_PRIORITY = 2 ** 21 - 1
/** Events of the queue that are kept; they are not read. */
const KEPT_EVENTS = 100

export interface Ticket<T> {
  /** Another ticket with the same one is not added while this one is there. */
  readonly id: string
  readonly data: T
  /** The smaller, the sooner; from 1. */
  readonly priority: number
}

export interface TakenTicket<T> extends Ticket<T> {
  /** How often a node lost it: each time a process ended, or hung, that worked on it. */
  readonly lost: number
}

/** A further try, by whichever node. */
export interface Later<T> {
  readonly waitMs: number
  readonly data: T
}

export interface TicketQueueOptions<T> {
  readonly link: RedisLink
  /** Beginning of all keys. */
  readonly prefix: string
  readonly name: string
  /** Tickets that this node works on at a time. */
  readonly atATime: number
  /** Whether this node takes another one beside those that it has. */
  readonly mayTake: (held: number) => boolean
  /**
   * Resolves when the ticket is done with. Where it throws, the ticket is taken again once its lock has run out. `signal`:
   * the node stops, or has lost the ticket.
   */
  readonly work: (ticket: TakenTicket<T>, signal: AbortSignal) => Promise<Later<T> | undefined>
  readonly log: (line: string) => void
  readonly lockMs?: number
}

interface Held {
  readonly job: Job
  readonly token: string
  readonly lost: AbortController
  readonly renewal: NodeJS.Timeout
  ended: Promise<void>
}

export class TicketQueue<T> {
  readonly #options: TicketQueueOptions<T>
  readonly #lockMs: number
  readonly #queue: Queue
  readonly #worker: Worker
  readonly #held = new Set<Held>()
  #asking: NodeJS.Timeout | undefined
  #isAsking: Promise<void> | undefined
  #isStopped = false
  #lastError = ''

  constructor(options: TicketQueueOptions<T>) {
    this.#options = options
    const { link, prefix, name, lockMs = LOCK_MS } = options
    this.#lockMs = lockMs
    const shared = { connection: link.client, prefix, streams: { events: { maxLen: KEPT_EVENTS } } }
    this.#queue = new Queue(name, shared)
    this.#worker = new Worker(name, null, {
      ...shared,
      autorun: false,
      lockDuration: lockMs,
      stalledInterval: Math.ceil(lockMs / 3),
      // `work` decides: a ticket that BullMQ gives up would be gone without a word.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
    })
    this.#queue.on('error', (error) => this.#tell(error))
    this.#worker.on('error', (error) => this.#tell(error))
  }

  /** Throws where the store cannot be reached. */
  async add(tickets: readonly Ticket<T>[]): Promise<void> {
    const jobs = tickets.map(({ id, data, priority }) => ({
      name: this.#options.name,
      data,
      opts: {
        jobId: id,
        priority: Math.min(LOWEST_PRIORITY, Math.max(1, Math.ceil(priority))),
        removeOnComplete: true,
        removeOnFail: true,
      },
    }))
    await this.#options.link.run(() => this.#queue.addBulk(jobs))
    this.wake()
  }

  /** Begins to take tickets. */
  start(): void {
    if (this.#isStopped || this.#asking !== undefined) return
    this.#asking = setInterval(() => this.wake(), ASK_MS).unref()
    void this.#worker.startStalledCheckTimer()
    this.wake()
  }

  /** There may be something to do. */
  wake(): void {
    if (this.#isStopped || this.#asking === undefined) return
    this.#isAsking ??= this.#ask()
      .catch((error: unknown) => this.#tell(error))
      .finally(() => {
        this.#isAsking = undefined
      })
  }

  /** Gives back what it has, and takes nothing more; resolves when nothing is being done. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#asking)
    for (const { lost } of this.#held) lost.abort()
    await this.#isAsking
    await Promise.all([...this.#held].map(({ ended }) => ended))
  }

  /** After `stop`; the link's owner closes it. */
  async close(): Promise<void> {
    await Promise.all([this.#worker.close(true), this.#queue.close()]).catch(() => {})
  }

  async #ask(): Promise<void> {
    const { link, atATime, mayTake } = this.#options
    while (!this.#isStopped && link.isReady && this.#held.size < atATime && mayTake(this.#held.size)) {
      const token = randomUUID()
      const job = await this.#worker.getNextJob(token, { block: false })
      if (job === undefined) return
      this.#hold(job, token)
    }
  }

  #hold(job: Job, token: string): void {
    const lost = new AbortController()
    const renew = async () => {
      // Where the store is away the lock runs out, unless it is back in time.
      const isKept = await job.extendLock(token, this.#lockMs).catch(() => 1)
      if (isKept === 0) lost.abort()
    }
    const renewal = setInterval(() => void renew(), this.#lockMs / 3).unref()
    const held: Held = { job, token, lost, renewal, ended: Promise.resolve() }
    this.#held.add(held)
    if (this.#isStopped) lost.abort()
    held.ended = this.#workOn(held)
      .catch((error: unknown) => this.#tell(error))
      .finally(() => {
        clearInterval(renewal)
        this.#held.delete(held)
        this.wake()
      })
  }

  async #workOn({ job, token, lost }: Held): Promise<void> {
    const { id = '', data, priority, stalledCounter } = job
    const later = await this.#options.work({ id, data, priority, lost: stalledCounter }, lost.signal)
    if (this.#isStopped && lost.signal.aborted) await job.moveToWait(token)
    else if (lost.signal.aborted) return
    else if (later === undefined) await job.moveToCompleted(null, token, false)
    else {
      await job.updateData(later.data)
      await job.moveToDelayed(Date.now() + later.waitMs, token)
    }
  }

  /** Once for each kind of failure: without a store every call fails. */
  #tell(error: unknown): void {
    const line = describeError(error)
    if (line !== this.#lastError && this.#options.link.isReady) this.#options.log(line)
    this.#lastError = line
  }
}
