/** Jobs, opened when the first one comes, or by `resume` where an earlier process left some: until then nothing is loaded. */
import { existsSync } from 'node:fs'
import { TtsError } from '../core/errors.ts'
import type { JobCaller, JobDesk } from '../core/job-port.ts'
import { jobNotFound } from './job-facts.ts'
import { JobFolders } from './job-folders.ts'
import type { JobKeeper, KeeperOptions } from './job-keeper.ts'

/** ms; a server that was killed may still hold the folder. */
const RETRY_MS = 20_000

export class LazyJobs implements JobDesk {
  readonly #options: KeeperOptions
  #opening: Promise<JobKeeper> | undefined
  #isStopped = false
  #retry: NodeJS.Timeout | undefined

  constructor(options: KeeperOptions) {
    this.#options = options
  }

  resume(): void {
    const { dir, log } = this.#options
    if (this.#isStopped || !existsSync(new JobFolders(dir).database)) return
    this.#open().catch((error: unknown) => {
      log('error', { err: error, dir }, 'kept jobs cannot be opened; trying again')
      this.#retry = setTimeout(() => this.resume(), RETRY_MS).unref()
    })
  }

  async create(...[wish, caller, seconds]: Parameters<JobDesk['create']>): ReturnType<JobDesk['create']> {
    return (await this.#open()).create(wish, caller, seconds)
  }

  async list(...[caller, limit]: Parameters<JobDesk['list']>): ReturnType<JobDesk['list']> {
    return this.#opening === undefined ? [] : (await this.#opening).list(caller, limit)
  }

  async find(id: string, caller: JobCaller): ReturnType<JobDesk['find']> {
    return (await this.#opened()).find(id, caller)
  }

  async remove(id: string, caller: JobCaller): Promise<void> {
    await (await this.#opened()).remove(id, caller)
  }

  async audio(id: string, caller: JobCaller): ReturnType<JobDesk['audio']> {
    return (await this.#opened()).audio(id, caller)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#retry)
    const keeper = await this.#opening?.catch(() => undefined)
    await keeper?.stop()
  }

  async close(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#retry)
    const keeper = await this.#opening?.catch(() => undefined)
    await keeper?.close()
  }

  #open(): Promise<JobKeeper> {
    if (this.#isStopped)
      throw new TtsError('DRAINING', 'Server draining', 'expected a server that takes new work')
    this.#opening ??= import('./job-keeper.ts')
      .then(({ JobKeeper: Keeper }) => Keeper.open(this.#options))
      .catch((error: unknown) => {
        this.#opening = undefined
        throw error
      })
    return this.#opening
  }

  /** Throws NOT_FOUND where no job was ever kept. */
  #opened(): Promise<JobKeeper> {
    if (this.#opening !== undefined) return this.#opening
    throw jobNotFound()
  }
}
