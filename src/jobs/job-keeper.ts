/**
 * All jobs of this node: takes them, tells of them, removes them. Created over what an earlier process left, it goes on with it.
 */
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { partsOf } from '../books/book-parts.ts'
import { countCharacters } from '../core/characters.ts'
import { TtsError } from '../core/errors.ts'
import type { JobAudio, JobCaller, JobDesk, JobFacts, JobWish } from '../core/job-port.ts'
import type { Metrics } from '../core/metrics.ts'
import type { Synthesizer } from '../core/speech-port.ts'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import { JOB_ID, JobFolders } from './job-folders.ts'
import { JobNews } from './job-news.ts'
import { JobQueue } from './job-queue.ts'
import type { JobRecord } from './job-record.ts'
import { JobRunner } from './job-runner.ts'
import { JobStore } from './job-store.ts'
import { callableAddress, parseWebhook } from './webhook-address.ts'

export interface KeeperOptions {
  readonly dir: string
  readonly concurrency: number
  /** Unfinished jobs of one key, or of one address where no keys are in use. */
  readonly maxPerCaller: number
  /** On disk, of all jobs together. */
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

/** Bytes of a second on disk while a job runs: its parts and its file, both 16-bit at 24 kHz at most. */
const BYTES_PER_SECOND = 2 * 48_000
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
      secretOf: secretOf,
      bodyOf: (job) => ({
        type: `job.${job.state}`,
        job: { id: job.id, state: job.state, title: job.wish.title },
      }),
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
    wish: JobWish,
    caller: JobCaller,
    estimatedSeconds: number,
  ): Promise<{ readonly job: JobFacts; readonly webhookSecret?: string }> {
    const parts = await partsOf(wish.chapters)
    if (parts.length === 0) {
      throw new TtsError(
        'INVALID_PARAMETER',
        'Nothing to speak',
        'expected text with letters or digits, got none',
      )
    }
    const estimated = estimatedSeconds / wish.speed
    this.#assertRoom(caller, estimated)
    const webhook = wish.webhook && (await this.#webhookOf(wish.webhook))
    // Others may have come meanwhile.
    this.#assertRoom(caller, estimated)
    const { chapters, ...rest } = wish
    const id = randomBytes(16).toString('hex')
    this.#store.add({
      id,
      owner: caller.owner ?? '',
      client: caller.client,
      wish: { ...rest, webhook, estimatedSeconds: estimated },
      titles: chapters.map(({ title }) => title),
      characters: chapters.reduce((sum, { text }) => sum + countCharacters(text), 0),
      created: this.#now(),
      parts,
      webhookState: webhook === undefined ? 'none' : 'pending',
    })
    const record = this.#store.find(id)!
    this.#queue.add(record, this.#store.parts(id))
    this.#count()
    this.#runner.wake()
    const job = this.#facts(record)
    return webhook === undefined ? { job } : { job, webhookSecret: webhook.secret }
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
    if (audio === undefined || finished === undefined) {
      throw new TtsError(
        'INVALID_REQUEST',
        'Job not done',
        `expected a job that is done, got one that is ${state}`,
        {
          status: 409,
        },
      )
    }
    const { format, sampleRate, title } = wish
    return { path: this.#folders.audio(record), ...audio, format, sampleRate, title, finishedMs: finished }
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

  async #webhookOf({ url, secret }: NonNullable<JobWish['webhook']>) {
    await callableAddress(parseWebhook(url), this.#options.webhookHosts)
    return { url, secret: secret ?? `whsec_${randomBytes(24).toString('base64')}` }
  }

  #assertRoom(caller: JobCaller, estimatedSeconds: number): void {
    const { maxPerCaller, maxBytes } = this.#options
    const unfinished = this.#store.inState('queued', 'running')
    const own = unfinished.filter(
      (job) => this.#isOf(job, caller) && (job.owner !== '' || job.client === caller.client),
    )
    if (own.length >= maxPerCaller) {
      const detail = `expected at most ${maxPerCaller} unfinished jobs at a time, got one more; wait for one, or remove one`
      throw new TtsError('RATE_LIMITED', 'Too many jobs', detail, { retryAfterSeconds: 60 })
    }
    const running = unfinished.reduce(
      (sum, { wish }) => sum + (wish.estimatedSeconds ?? 0) * BYTES_PER_SECOND,
      0,
    )
    const kept = this.#store.inState('done').reduce((sum, { audio }) => sum + (audio?.bytes ?? 0), 0)
    const needed = estimatedSeconds * BYTES_PER_SECOND
    if (running + kept + needed <= maxBytes) return
    const detail = `expected a job of at most ${Math.max(0, Math.floor(maxBytes - running - kept))} bytes, got one of about ${Math.ceil(needed)}; remove jobs that are done, or split it`
    throw new TtsError('STORAGE_FAILED', 'Insufficient storage', detail)
  }

  #record(id: string, caller: JobCaller): JobRecord {
    const record = JOB_ID.test(id) ? this.#store.find(id) : undefined
    if (record !== undefined && this.#isOf(record, caller)) return record
    throw new TtsError(
      'NOT_FOUND',
      'Job not found',
      'expected the id of a job of this key on this node, got another',
    )
  }

  #isOf({ owner }: JobRecord, caller: JobCaller): boolean {
    return owner === (caller.owner ?? '')
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
    const { id, state, wish, characters, seconds, created, finished, error, audio, webhook } = record
    const { title, model, voice, format, sampleRate } = wish
    return {
      ...{ id, state, title, model, voice, format, sampleRate, characters, seconds, error },
      parts: { done: record.done, total: record.parts },
      createdMs: created,
      finishedMs: finished,
      expiresMs: finished === undefined ? undefined : finished + this.#options.keepMs,
      chapters: audio?.chapters ?? [],
      bytes: audio?.bytes,
      webhook: wish.webhook && { url: wish.webhook.url, state: webhook.state, tries: webhook.tries },
    }
  }
}

/** Kept with the job; of one that has none, a value that nothing else is signed with. */
function secretOf({ id, wish }: JobRecord): string {
  return wish.webhook?.secret ?? createHash('sha256').update(id).digest('hex')
}
