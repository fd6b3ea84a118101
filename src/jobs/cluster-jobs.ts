/**
 * Jobs of all nodes of a cluster, kept in Redis. A node takes, tells of, hands out and removes any of them. It
 * speaks parts of them while it has little else to do.
 */
import { RedisLink } from '../cluster/redis-link.ts'
import { despiteOutage, isStoreAway } from '../cluster/store-away.ts'
import { TicketQueue } from '../cluster/ticket-queue.ts'
import { TtsError } from '../core/errors.ts'
import type { AskedJob, JobAudio, JobCaller, JobDesk, JobFacts } from '../core/job-port.ts'
import { ClusterRunner } from './cluster-runner.ts'
import { factsOf, isJobOf, jobNotDone, jobNotFound, noRoom, secretOf, tooManyJobs } from './job-facts.ts'
import { JOB_ID } from './job-folders.ts'
import type { JobOptions } from './job-keeper.ts'
import { tellOnce } from './job-news.ts'
import type { JobRecord } from './job-record.ts'
import { expectedBytes, newJob } from './new-job.ts'
import { RedisJobs } from './redis-jobs.ts'

export interface ClusterJobsOptions extends JobOptions {
  readonly url: string
  /** Beginning of all keys. */
  readonly prefix: string
  /** ms after which what a dead node had is taken by others. */
  readonly lockMs?: number
}

/** A part of some megabytes on a busy machine. */
const PATIENCE = { minMs: 2000, maxMs: 10_000 }
const SILENCE_MS = 10_000
/** ms that a start waits for the store. */
const START_LIMIT_MS = 2000
/** How often one of the nodes looks for what fell by the wayside. */
const TEND_MS = 30_000
/** ms without a part taken after which a job's tickets are looked for; at once where they were never all there. */
const UNTOUCHED_MS = 300_000
/** Webhooks at a time: a receiver that hangs holds one for ten seconds. */
const NEWS_AT_A_TIME = 4

export class ClusterJobs implements JobDesk {
  readonly #options: ClusterJobsOptions
  readonly #now: () => number
  readonly #link: RedisLink
  readonly #jobs: RedisJobs
  readonly #runner: ClusterRunner
  readonly #news: TicketQueue<{ readonly job: string }>
  #tending: NodeJS.Timeout | undefined
  #stopping: Promise<void> | undefined
  #closing: Promise<void> | undefined

  /** Resolves once the store answers, or has not answered for two seconds. */
  static async open(options: ClusterJobsOptions): Promise<ClusterJobs> {
    const jobs = new ClusterJobs(options)
    await jobs.#link.untilReady(START_LIMIT_MS)
    return jobs
  }

  private constructor(options: ClusterJobsOptions) {
    this.#options = options
    const { url, prefix, synthesizer, metrics, concurrency, log, lockMs, now = Date.now } = options
    this.#now = now
    this.#link = new RedisLink({ url, patience: PATIENCE, silenceMs: SILENCE_MS })
    this.#jobs = new RedisJobs(this.#link, `${prefix}:jobs`)
    this.#runner = new ClusterRunner({
      ...{ link: this.#link, prefix: `${prefix}:tickets`, jobs: this.#jobs, synthesizer },
      ...{ metrics, concurrency, log, now, lockMs },
      ended: (id) => void this.#addNews([id]).catch(() => {}),
    })
    this.#news = new TicketQueue({
      ...{ link: this.#link, prefix: `${prefix}:tickets`, name: 'news', atATime: NEWS_AT_A_TIME },
      mayTake: () => true,
      work: async ({ data }, signal) => await this.#tell(data.job, signal),
      log: (line) => log('error', {}, `news of jobs: ${line}`),
      ...(lockMs === undefined ? {} : { lockMs }),
    })
  }

  resume(): void {
    if (this.#stopping !== undefined) return
    this.#runner.start()
    this.#news.start()
    this.#tending = setInterval(() => void this.#tend(), TEND_MS).unref()
    if (this.#link.isReady) void this.#tend()
    else this.#link.client.once('ready', () => void this.#tend())
  }

  async create(
    wish: AskedJob,
    caller: JobCaller,
    estimatedSeconds: number,
  ): Promise<{ readonly job: JobFacts; readonly webhookSecret?: string }> {
    if (this.#stopping !== undefined) {
      const detail = 'expected a server that takes new work'
      throw new TtsError('DRAINING', 'Server draining', detail, { retryAfterSeconds: 5 })
    }
    const { webhookHosts: hosts, maxPerCaller, maxBytes } = this.#options
    const estimated = estimatedSeconds / wish.speed
    const asked = await newJob(wish, caller, estimated, { hosts, now: this.#now() })
    const needed = expectedBytes(estimated)
    const kept = await this.#jobs.create(asked, wish, { maxPerCaller, maxBytes, needed })
    if (kept.kind === 'many') throw tooManyJobs(maxPerCaller)
    if (kept.kind === 'full') throw noRoom(kept.left, needed)
    if (kept.kind === 'new') await this.#addParts(asked.id, [...asked.parts.keys()], kept)
    const record = await this.#record(kept.kind === 'kept' ? kept.id : asked.id, caller)
    const job = this.#facts(record)
    return record.wish.webhook === undefined ? { job } : { job, webhookSecret: secretOf(record) }
  }

  async list(caller: JobCaller, limit: number): Promise<readonly JobFacts[]> {
    return (await this.#jobs.list(caller, limit)).map((record) => this.#facts(record))
  }

  async find(id: string, caller: JobCaller): Promise<JobFacts> {
    return this.#facts(await this.#record(id, caller))
  }

  async remove(id: string, caller: JobCaller): Promise<void> {
    await this.#record(id, caller)
    const state = await this.#jobs.remove(id)
    if (state === undefined) throw jobNotFound()
    if (state === 'queued' || state === 'running') this.#options.metrics.jobs.inc({ outcome: 'removed' })
  }

  async audio(id: string, caller: JobCaller): Promise<JobAudio> {
    const { audio, wish, state, finished } = await this.#record(id, caller)
    if (audio === undefined || finished === undefined) throw jobNotDone(state)
    const { format, sampleRate, title } = wish
    const open = () => this.#jobs.openPieces(id, audio.bytes)
    return { open, ...audio, format, sampleRate, title, finishedMs: finished }
  }

  stop(): Promise<void> {
    clearInterval(this.#tending)
    this.#stopping ??= Promise.all([this.#runner.stop(), this.#news.stop()]).then(() => {})
    return this.#stopping
  }

  close(): Promise<void> {
    this.#closing ??= this.stop()
      .then(() => Promise.all([this.#runner.close(), this.#news.close()]))
      .then(() => this.#link.close())
    return this.#closing
  }

  /** A job whose tickets are not all there is found by `tend`. */
  async #addParts(
    id: string,
    parts: readonly number[],
    { turn, stride }: { readonly turn: number; readonly stride: number },
  ): Promise<void> {
    try {
      await this.#runner.add(id, parts, (part) => turn + stride * (part + 1))
      await this.#jobs.touch(id, this.#now())
    } catch (error) {
      this.#options.log('error', { job: id, err: error }, 'tickets of a job are late')
    }
  }

  async #addNews(ids: readonly string[]): Promise<void> {
    await this.#news.add(ids.map((job) => ({ id: `${job}-news`, data: { job }, priority: 1 })))
  }

  async #tell(id: string, signal: AbortSignal) {
    const job = await this.#jobs.find(id)
    if (job?.webhook.state !== 'waiting') return undefined
    const { metrics, webhookHosts: hosts, retryMs } = this.#options
    const rules = { metrics, hosts, now: this.#now, ...(retryMs === undefined ? {} : { retryMs }) }
    const told = await tellOnce(job, rules)
    await despiteOutage(() => this.#jobs.told(id, told), signal)
    return told.state === 'waiting' ? { waitMs: told.nextMs - this.#now(), data: { job: id } } : undefined
  }

  /** Removes what was kept long enough; finds jobs and news whose tickets are missing, as a kill between two steps leaves them. */
  async #tend(): Promise<void> {
    const now = this.#now()
    try {
      const found = await this.#jobs.tend(TEND_MS - 1000, now - this.#options.keepMs, now - UNTOUCHED_MS)
      if (found === undefined) return
      for (const id of found.untouched) {
        const parts = await this.#jobs.parts(id)
        const missing = parts.filter(({ samples }) => samples === undefined).map(({ index }) => index)
        await this.#addParts(id, missing, { turn: found.turn, stride: 1 })
      }
      if (found.untold.length > 0) await this.#addNews(found.untold)
    } catch (error) {
      if (!isStoreAway(error)) this.#options.log('error', { err: error }, 'jobs cannot be looked after')
    }
  }

  async #record(id: string, caller: JobCaller): Promise<JobRecord> {
    const record = JOB_ID.test(id) ? await this.#jobs.find(id) : undefined
    if (record !== undefined && isJobOf(record, caller)) return record
    throw jobNotFound()
  }

  #facts(record: JobRecord): JobFacts {
    return factsOf(record, this.#options.keepMs)
  }
}
