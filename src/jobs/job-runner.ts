/**
 * Speaks the parts of all unfinished jobs, a few at a time. A job's audio is put together once its parts are spoken.
 *
 * What is spoken is kept part by part; a stop costs the parts that are being spoken.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { writeAudioFile } from '../books/audio-file-writer.ts'
import type { Metrics } from '../core/metrics.ts'
import type { Synthesizer } from '../core/speech-port.ts'
import { afterFault, PartLost } from './fault-policy.ts'
import { jobTrack } from './job-audio.ts'
import { type JobFolders, jobPartKey } from './job-folders.ts'
import type { JobQueue, OpenJob } from './job-queue.ts'
import type { JobStore } from './job-store.ts'
import { speakPart } from './part-speaker.ts'

/** What speaks the parts of jobs, wherever these are kept. */
export interface AnyRunnerParts {
  readonly synthesizer: Synthesizer
  readonly metrics: Metrics
  /** Parts at a time. */
  readonly concurrency: number
  readonly now: () => number
  readonly log: (level: 'info' | 'error', facts: object, line: string) => void
  /** A job is done or failed by this node, and the store has it. */
  readonly ended: (id: string) => void
}

export interface RunnerParts extends AnyRunnerParts {
  readonly store: JobStore
  readonly folders: JobFolders
  readonly queue: JobQueue
}

export class JobRunner {
  readonly #parts: RunnerParts
  readonly #stopping = new AbortController()
  readonly #workers = new Set<Promise<void>>()

  constructor(parts: RunnerParts) {
    this.#parts = parts
  }

  /** There may be something to do. */
  wake(): void {
    while (this.#workers.size < this.#parts.concurrency && !this.#stopping.signal.aborted) {
      const job = this.#parts.queue.next()
      if (job === undefined) return
      job.inFlight++
      const worker: Promise<void> = this.#advance(job).finally(() => {
        this.#workers.delete(worker)
        job.inFlight--
        this.wake()
      })
      this.#workers.add(worker)
    }
  }

  /** Resolves when nothing is being spoken any more; parts under way are given up. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#workers)
  }

  /** One part, or the end. Throws nothing. */
  async #advance(job: OpenJob): Promise<void> {
    const signal = AbortSignal.any([this.#stopping.signal, job.removed.signal])
    const part = job.pending.pop()
    try {
      if (part === undefined) return await this.#finish(job, signal)
      this.#parts.store.begin(job.record.id)
      const { id } = job.record
      const audio = await speakPart(this.#parts.synthesizer, job.record, part, signal)
      signal.throwIfAborted()
      await this.#parts.folders.parts(id).write(part.index, jobPartKey(id, part.index), audio)
      // Also where the server stops: it is spoken.
      job.removed.signal.throwIfAborted()
      this.#parts.store.spoken(id, part.index, audio.samples.length, audio.sampleRate)
      job.tries.delete(part.index)
      if (audio.sampleRate > 0)
        this.#parts.metrics.jobAudioSeconds.inc(audio.samples.length / audio.sampleRate)
    } catch (error) {
      if (part !== undefined) job.pending.push(part)
      if (signal.aborted) return
      await this.#cope(job, error, part?.index ?? -1, signal)
    } finally {
      // What was being written when it was removed.
      if (job.removed.signal.aborted && this.#parts.store.find(job.record.id) === undefined)
        await this.#parts.folders.remove(job.record.id)
    }
  }

  /** Waits for better times, or ends the job. */
  async #cope(job: OpenJob, error: unknown, index: number, signal: AbortSignal): Promise<void> {
    if (error instanceof PartLost) {
      this.#parts.store.lost(job.record.id, error.index)
      job.pending.push(this.#parts.store.parts(job.record.id)[error.index]!)
    }
    const tries = (job.tries.get(index) ?? 0) + 1
    job.tries.set(index, tries)
    const next = afterFault(error, tries)
    if (next.waitMs !== undefined) {
      await pause(next.waitMs, undefined, { signal, ref: false }).catch(() => {})
      return
    }
    const { code, detail } = next
    this.#parts.log('error', { job: job.record.id, err: error }, 'job failed')
    this.#end(job, 'failed', () => this.#parts.store.fail(job.record.id, { code, detail }, this.#parts.now()))
    await this.#parts.folders.remove(job.record.id)
  }

  async #finish(job: OpenJob, signal: AbortSignal): Promise<void> {
    const { record } = job
    const { store, folders } = this.#parts
    const kept = folders.parts(record.id)
    const track = jobTrack(record, store.parts(record.id), (index) =>
      kept.read(index, jobPartKey(record.id, index)),
    )
    const { format, sampleRate: rate } = record.wish
    const file = await writeAudioFile(folders.audio(record), track, { format, sampleRate: rate, signal })
    const { chapters } = track
    this.#end(job, 'done', () => store.finish(record.id, { ...file, chapters }, this.#parts.now()))
    await kept.remove()
  }

  #end(job: OpenJob, outcome: 'done' | 'failed', write: () => void): void {
    const { id, parts } = job.record
    write()
    this.#parts.queue.remove(id)
    this.#parts.metrics.jobs.inc({ outcome })
    this.#parts.log('info', { job: id, parts, outcome }, 'job ended')
    this.#parts.ended(id)
  }
}
