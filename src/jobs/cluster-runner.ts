/**
 * This node's share of the parts of all jobs: takes one that no other node has, speaks it, keeps it. The last one that
 * is kept has the audio put together.
 *
 * Two nodes may do the same where one of them hung: the first to keep it is right, and what the other made is thrown away.
 */
import { encodeTrack } from '../books/audio-file-writer.ts'
import type { RedisLink } from '../cluster/redis-link.ts'
import { despiteOutage, isStoreAway } from '../cluster/store-away.ts'
import { type Later, type TakenTicket, type Ticket, TicketQueue } from '../cluster/ticket-queue.ts'
import { afterFault, PartLost } from './fault-policy.ts'
import { jobTrack } from './job-audio.ts'
import type { JobRecord } from './job-record.ts'
import type { AnyRunnerParts } from './job-runner.ts'
import { speakPart } from './part-speaker.ts'
import { mayTakePart } from './pull-policy.ts'
import type { RedisJobs, TakenPart } from './redis-jobs.ts'

/** How often a node asks whether its jobs are still wanted, ms. */
const WATCH_MS = 500
/** Nodes that a part may take along: one more would not do better. */
const MAX_LOST = 3

/** ms after which an audio is tried again for which a part was missing. */
const LOST_PART_MS = 1000

interface PartTicket {
  readonly job: string
  /** Undefined: all parts are spoken, the audio is to be put together. */
  readonly part: number | undefined
  readonly tries: number
}

export interface ClusterRunnerParts extends AnyRunnerParts {
  readonly link: RedisLink
  readonly prefix: string
  readonly jobs: RedisJobs
  readonly lockMs?: number | undefined
}

export class ClusterRunner {
  readonly #parts: ClusterRunnerParts
  readonly #tickets: TicketQueue<PartTicket>
  readonly #wanted = new Map<AbortController, string>()
  #watching: NodeJS.Timeout | undefined

  constructor(parts: ClusterRunnerParts) {
    this.#parts = parts
    const { link, prefix, concurrency, synthesizer, log, lockMs } = parts
    this.#tickets = new TicketQueue<PartTicket>({
      ...{ link, prefix, name: 'parts', atATime: concurrency },
      mayTake: (held) => mayTakePart(synthesizer.status(), held),
      work: (ticket, signal) => this.#work(ticket, signal),
      log: (line) => log('error', {}, `parts of jobs: ${line}`),
      ...(lockMs === undefined ? {} : { lockMs }),
    })
  }

  start(): void {
    this.#tickets.start()
    this.#watching = setInterval(() => void this.#watch(), WATCH_MS).unref()
  }

  /** Tickets for parts of a job; those that are there already stay as they are. */
  async add(id: string, parts: readonly number[], turnOf: (part: number) => number): Promise<void> {
    const tickets = parts.map((part) => ticketOf(id, part, turnOf(part)))
    await this.#tickets.add(parts.length === 0 ? [joinTicket(id)] : tickets)
  }

  wake(): void {
    this.#tickets.wake()
  }

  /** Gives back the parts under way: another node, or the next process, speaks them. */
  async stop(): Promise<void> {
    clearInterval(this.#watching)
    await this.#tickets.stop()
  }

  async close(): Promise<void> {
    await this.#tickets.close()
  }

  async #work(
    { data, priority, lost }: TakenTicket<PartTicket>,
    signal: AbortSignal,
  ): Promise<Later<PartTicket> | undefined> {
    const { jobs, now, log } = this.#parts
    const { job: id, part } = data
    const taken = await jobs.take(id, part, part === undefined ? 0 : priority, now())
    if (taken === undefined) return undefined
    if (lost > MAX_LOST) {
      const detail = `the servers that spoke part ${part} ended or hung, ${lost} of them`
      await this.#fail(id, { code: 'INTERNAL', detail })
      return undefined
    }
    const unwanted = new AbortController()
    this.#wanted.set(unwanted, id)
    const stop = AbortSignal.any([signal, unwanted.signal])
    try {
      if (part === undefined) await this.#join(taken.record, stop)
      else await this.#speak(part, taken, priority, stop)
      return undefined
    } catch (error) {
      if (stop.aborted) return undefined
      if (isStoreAway(error)) throw error
      if (error instanceof PartLost) {
        await jobs.lost(id, error.index)
        await this.add(id, [error.index], () => priority)
        return { waitMs: LOST_PART_MS, data }
      }
      const next = afterFault(error, data.tries + 1)
      if (next.waitMs !== undefined) return { waitMs: next.waitMs, data: { ...data, tries: data.tries + 1 } }
      log('error', { job: id, err: error }, 'job failed')
      await this.#fail(id, next)
      return undefined
    } finally {
      this.#wanted.delete(unwanted)
    }
  }

  async #speak(index: number, { record, part, isMade }: TakenPart, turn: number, stop: AbortSignal) {
    const { jobs, synthesizer, metrics } = this.#parts
    const { id } = record
    if (part === undefined) return
    if (isMade) {
      // Its node ended between keeping it and saying so.
      if (record.done === record.parts) await this.add(id, [], () => turn)
      return
    }
    const spoken = { index, samples: undefined, sampleRate: undefined, ...part }
    const audio = await speakPart(synthesizer, record, spoken, stop)
    stop.throwIfAborted()
    const kept = await despiteOutage(() => jobs.put(id, index, audio), stop)
    if (kept?.isFirst === true && audio.sampleRate > 0)
      metrics.jobAudioSeconds.inc(audio.samples.length / audio.sampleRate)
    if (kept?.left === 0) await despiteOutage(() => this.add(id, [], () => turn), stop)
  }

  async #join(record: JobRecord, stop: AbortSignal): Promise<void> {
    const { jobs, now } = this.#parts
    const { id, wish } = record
    const parts = await jobs.parts(id)
    const missing = parts.find(({ samples }) => samples === undefined)
    if (missing !== undefined) throw new PartLost(missing.index)
    const track = jobTrack(record, parts, (index) => jobs.part(id, parts[index]!))
    const pieces = jobs.writePieces(id)
    let isKept = false
    try {
      const { format, sampleRate } = wish
      const file = await encodeTrack(track, { format, sampleRate, signal: stop }, pieces.write)
      await pieces.end()
      stop.throwIfAborted()
      const audio = { ...file, chapters: track.chapters }
      isKept = await despiteOutage(() => jobs.finish(id, audio, pieces.key, now()), stop)
      if (isKept) this.#end(id, 'done')
    } finally {
      if (!isKept) await pieces.remove().catch(() => {})
    }
  }

  async #fail(
    id: string,
    { code, detail }: { readonly code: string; readonly detail: string },
  ): Promise<void> {
    if (await this.#parts.jobs.fail(id, { code, detail }, this.#parts.now())) this.#end(id, 'failed')
  }

  #end(id: string, outcome: 'done' | 'failed'): void {
    this.#parts.metrics.jobs.inc({ outcome })
    this.#parts.log('info', { job: id, outcome }, 'job ended')
    this.#parts.ended(id)
  }

  /** Ends what is being done for jobs that were removed on whichever node. */
  async #watch(): Promise<void> {
    const { jobs, metrics } = this.#parts
    const found = await jobs.watch([...new Set(this.#wanted.values())]).catch(() => undefined)
    if (found === undefined) return
    metrics.jobsUnfinished.set(found.unfinished)
    for (const [unwanted, id] of this.#wanted) if (found.ended.includes(id)) unwanted.abort()
  }
}

function ticketOf(job: string, part: number, turn: number): Ticket<PartTicket> {
  return { id: `${job}-${part}`, data: { job, part, tries: 0 }, priority: turn }
}

/** Before all parts of others: it takes little, and is the last step of its job. */
function joinTicket(job: string): Ticket<PartTicket> {
  return { id: `${job}-audio`, data: { job, part: undefined, tries: 0 }, priority: 1 }
}
