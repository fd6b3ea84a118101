/**
 * All jobs of this node: takes them, tells of them, removes them. Created over what an earlier process left, it goes on with it.
 */
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { TtsError } from '../core/errors.ts'
import type { AskedJob, JobAudio, JobCaller, JobDesk, JobFacts } from '../core/job-port.ts'
import type { Metrics } from '../core/metrics.ts'
import type { Synthesizer } from '../core/speech-port.ts'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import { factsOf, isJobOf, jobNotDone, jobNotFound, noRoom, secretOf, tooManyJobs } from './job-facts.ts'
import { JOB_ID, JobFolders } from './job-folders.ts'
import { JobNews } from './job-news.ts'
import { JobQueue } from './job-queue.ts'
import type { JobRecord } from './job-record.ts'
import { JobRunner } from './job-runner.ts'
import { JobStore } from './job-store.ts'
import { openKeptFile } from './kept-file.ts'
import { expectedBytes, newJob } from './new-job.ts'

/** Of jobs, wherever they are kept. */
export interface JobOptions {
  /** Parts at a time, of this node. */
  readonly concurrency: number
  /** Unfinished jobs of one key, or of one address where no keys are in use. */
  readonly maxPerCaller: number
  /** Of all jobs together, where they are kept. */
  readonly maxBytes: number
  readonly keepMs: number
  readonly webhookHosts: readonly string[]
  readonly synthesizer: Synthesizer
  readonly metrics: Metrics
  readonly log: (level: 'info' | 'error', facts: object, line: string) => void
  /** Unix ms. */
  readonly now?: () => number
  /** ms before each further try of a webhook. */
  readonly retryMs?: readonly number[]
}

export interface KeeperOptions extends JobOptions {
  readonly dir: string
}

const CLEAN_MS = 60_000

export class JobKeeper implements Omit<JobDesk, 'resume'> {
  readonly #options: KeeperOptions
  readonly #now: () => number
  readonly #folders: JobFolders
  readonly #store: JobStore
  readonly #queue = new JobQueue()
  readonly #runner: JobRunner
  readonly #news: JobNews
  readonly #cleaning: NodeJS.Timeout
  readonly #lock: FolderLock
  #stopping: Promise<void> | undefined
  #isClosed = false

  /** Throws STORAGE_FAILED. */
  static async open(options: KeeperOptions): Promise<JobKeeper> {
    await mkdir(options.dir, { recursive: true }).catch((cause: unknown) => {
      throw new TtsError(
        'STORAGE_FAILED',
        'Insufficient storage',
        `jobs.dir cannot be written: ${options.dir}`,
        { cause },
      )
    })
    const lock = await lockFolder(options.dir)
    try {
      return await JobKeeper.#openLocked(options, lock)
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  static async #openLocked(options: KeeperOptions, lock: FolderLock): Promise<JobKeeper> {
    const keeper = new JobKeeper(options, lock)
    await keeper.#clean()
    await keeper.#folders.removeOthers(keeper.#store.ids())
    // Of a backup that was made while a job was removed, or of a disk that lost a file.
    for (const job of keeper.#store.inState('done'))
      if (!existsSync(keeper.#folders.audio(job))) keeper.#store.again(job.id)
    for (const job of keeper.#store.inState('queued', 'running'))
      keeper.#queue.add(job, keeper.#store.parts(job.id))
    keeper.#count()
    keeper.#runner.wake()
    keeper.#news.wake()
    return keeper
  }

  private constructor(options: KeeperOptions, lock: FolderLock) {
    this.#options = options
    this.#lock = lock
    this.#now = options.now ?? Date.now
    this.#folders = new JobFolders(options.dir)
    this.#store = new JobStore(this.#folders.database)
    const { synthesizer, metrics, concurrency, log } = options
    this.#news = new JobNews({
      store: this.#store,
      metrics,
      hosts: options.webhookHosts,
      now: this.#now,
      ...(options.retryMs === undefined ? {} : { retryMs: options.retryMs }),
    })
    this.#runner = new JobRunner({
      ...{ synthesizer, metrics, concurrency, log },
      ...{ store: this.#store, folders: this.#folders, queue: this.#queue, now: this.#now },
      ended: () => {
        this.#count()
        this.#news.wake()
      },
    })
    this.#cleaning = setInterval(() => void this.#clean(), CLEAN_MS).unref()
  }

  async create(
    wish: AskedJob,
    caller: JobCaller,
    estimatedSeconds: number,
  ): Promise<{ readonly job: JobFacts; readonly webhookSecret?: string }> {
    const estimated = estimatedSeconds / wish.speed
    this.#assertRoom(caller, estimated)
    const { webhookHosts: hosts } = this.#options
    const asked = await newJob(wish, caller, estimated, { hosts, now: this.#now() })
    // Others may have come meanwhile.
    this.#assertRoom(caller, estimated)
    this.#store.add(asked)
    const { id } = asked
    const record = this.#store.find(id)!
    this.#queue.add(record, this.#store.parts(id))
    this.#count()
    this.#runner.wake()
    const job = this.#facts(record)
    const { webhook } = record.wish
    return webhook === undefined ? { job } : { job, webhookSecret: secretOf(record) }
  }

  async list({ owner, client }: JobCaller, limit: number): Promise<readonly JobFacts[]> {
    const records = this.#store.ofOwner(owner ?? '', owner === undefined ? client : undefined, limit)
    return records.map((record) => this.#facts(record))
  }

  async find(id: string, caller: JobCaller): Promise<JobFacts> {
    return this.#facts(this.#record(id, caller))
  }

  async remove(id: string, caller: JobCaller): Promise<void> {
    const { state } = this.#record(id, caller)
    this.#store.remove(id)
    this.#queue.remove(id)
    this.#count()
    if (state === 'queued' || state === 'running') this.#options.metrics.jobs.inc({ outcome: 'removed' })
    await this.#folders.remove(id)
    this.#runner.wake()
  }

  async audio(id: string, caller: JobCaller): Promise<JobAudio> {
    const record = this.#record(id, caller)
    const { audio, wish, state, finished } = record
    if (audio === undefined || finished === undefined) throw jobNotDone(state)
    const { format, sampleRate, title } = wish
    const open = () => openKeptFile(this.#folders.audio(record), audio.bytes)
    return { open, ...audio, format, sampleRate, title, finishedMs: finished }
  }

  /** Parts under way are given up, and spoken again by the next process. */
  stop(): Promise<void> {
    clearInterval(this.#cleaning)
    this.#stopping ??= Promise.all([this.#runner.stop(), this.#news.stop()]).then(() => {})
    return this.#stopping
  }

  async close(): Promise<void> {
    await this.stop()
    if (this.#isClosed) return
    this.#isClosed = true
    this.#store.close()
    await this.#lock.release()
  }

  #assertRoom(caller: JobCaller, estimatedSeconds: number): void {
    const { maxPerCaller, maxBytes } = this.#options
    const unfinished = this.#store.inState('queued', 'running')
    const own = unfinished.filter(
      (job) => isJobOf(job, caller) && (job.owner !== '' || job.client === caller.client),
    )
    if (own.length >= maxPerCaller) throw tooManyJobs(maxPerCaller)
    const running = unfinished.reduce((sum, { wish }) => sum + expectedBytes(wish.estimatedSeconds ?? 0), 0)
    const kept = this.#store.inState('done').reduce((sum, { audio }) => sum + (audio?.bytes ?? 0), 0)
    const needed = expectedBytes(estimatedSeconds)
    if (running + kept + needed > maxBytes) throw noRoom(maxBytes - running - kept, needed)
  }

  #record(id: string, caller: JobCaller): JobRecord {
    const record = JOB_ID.test(id) ? this.#store.find(id) : undefined
    if (record !== undefined && isJobOf(record, caller)) return record
    throw jobNotFound()
  }

  async #clean(): Promise<void> {
    for (const { id } of this.#store.endedBefore(this.#now() - this.#options.keepMs)) {
      this.#store.remove(id)
      await this.#folders.remove(id)
    }
  }

  #count(): void {
    this.#options.metrics.jobsUnfinished.set(this.#queue.size)
  }

  #facts(record: JobRecord): JobFacts {
    return factsOf(record, this.#options.keepMs)
  }
}
