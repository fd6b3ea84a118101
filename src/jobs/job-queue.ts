/**
 * Which part of which job is spoken next. Callers take turns part by part, and so do the jobs of each: a short job does
 * not wait for a book.
 *
 * State in memory; the store holds what must outlive it.
 */
import type { JobRecord, PartRecord } from './job-record.ts'

export interface OpenJob {
  readonly record: JobRecord
  /** Parts that nothing is being done about, the first last. */
  readonly pending: PartRecord[]
  inFlight: number
  /** Failures of each part so far. */
  readonly tries: Map<number, number>
  readonly removed: AbortController
}

export class JobQueue {
  readonly #open = new Map<string, OpenJob>()
  readonly #served = new Map<string, number>()
  #turn = 0

  get size(): number {
    return this.#open.size
  }

  add(record: JobRecord, parts: readonly PartRecord[]): OpenJob {
    const pending = parts.filter(({ samples }) => samples === undefined).reverse()
    const job: OpenJob = { record, pending, inFlight: 0, tries: new Map(), removed: new AbortController() }
    this.#open.set(record.id, job)
    return job
  }

  find(id: string): OpenJob | undefined {
    return this.#open.get(id)
  }

  /** What is being done for it ends. */
  remove(id: string): void {
    this.#open.get(id)?.removed.abort()
    this.#open.delete(id)
    this.#served.delete(id)
    if (this.#open.size === 0) this.#served.clear()
  }

  /** A job with a part to speak, or one that is all spoken; the caller counts it in `inFlight`. Undefined where there is none. */
  next(): OpenJob | undefined {
    let best: OpenJob | undefined
    for (const job of this.#open.values()) {
      if (job.pending.length === 0 && job.inFlight > 0) continue
      if (best === undefined || this.#isBefore(job, best)) best = job
    }
    if (best === undefined) return undefined
    this.#turn++
    for (const key of [callerOf(best), best.record.id]) this.#served.set(key, this.#turn)
    return best
  }

  #isBefore(a: OpenJob, b: OpenJob): boolean {
    const servedAt = (key: string) => this.#served.get(key) ?? 0
    const callers = servedAt(callerOf(a)) - servedAt(callerOf(b))
    return callers < 0 || (callers === 0 && servedAt(a.record.id) < servedAt(b.record.id))
  }
}

function callerOf({ record }: OpenJob): string {
  return `${record.owner} ${record.owner === '' ? record.client : ''}`
}
