/**
 * The bounded queue in front of the voice pool: fair between clients, early in its refusals, with a deadline for each.
 *
 * A task is waiting → running (one at a time) → over. A caller that leaves or whose time is up is answered at once;
 * its task leaves the queue, or is told that its result is unwanted.
 */
import { TtsError } from '../core/errors.ts'
import type { WorkFor } from '../core/speech-port.ts'

export interface TaskQueueLimits {
  /** Tasks that may wait at a time, and those of one client among them. */
  readonly maxWaiting: number
  readonly maxWaitingOfClient: number
  /** ms that one task may run. */
  readonly taskLimitMs: number
}

export interface TaskSignals {
  /** The caller has left or waited too long: the result is not wanted any more. */
  readonly unwanted: AbortSignal
  /** The task has run for longer than any task may: it must be ended by force. */
  readonly overdue: AbortSignal
}

interface Waiting {
  readonly client: string
  start(overdue: AbortSignal): Promise<void>
}

/** Weight of the latest task in the moving mean of run times. */
const NEWEST_SHARE = 0.2

export class TaskQueue {
  readonly #limits: TaskQueueLimits
  /** Clients with waiting tasks; the one served longest ago first. */
  readonly #clients = new Map<string, Waiting[]>()
  #running = false
  #meanMs = 0

  constructor(limits: TaskQueueLimits) {
    this.#limits = limits
  }

  /** Tasks that wait or run. */
  get size(): number {
    return this.#waiting + (this.#running ? 1 : 0)
  }

  /** Rejects with OVERLOADED at once, CANCELLED, DEADLINE_EXCEEDED, or with what `act` throws. */
  async run<T>(work: WorkFor, act: (signals: TaskSignals) => Promise<T>): Promise<T> {
    const { client, signal, timeoutMs } = work
    if (signal.aborted) throw leftEarly()
    this.#checkRoom(client, timeoutMs)
    return new Promise<T>((resolve, reject) => {
      const unwanted = new AbortController()
      const waiting: Waiting = {
        client,
        start: async (overdue) => {
          try {
            const value = await act({ unwanted: unwanted.signal, overdue })
            settle()
            resolve(value)
          } catch (error) {
            settle()
            reject(overdue.aborted ? tooLate(this.#limits.taskLimitMs) : error)
          }
        },
      }
      const giveUp = (error: TtsError) => {
        settle()
        reject(error)
        this.#withdraw(waiting)
        unwanted.abort()
      }
      const onAbort = () => giveUp(leftEarly())
      const timer = Number.isFinite(timeoutMs)
        ? setTimeout(() => giveUp(tooLate(timeoutMs)), timeoutMs)
        : undefined
      const settle = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', onAbort)
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#enqueue(waiting)
      void this.#turn()
    })
  }

  get #waiting(): number {
    let count = 0
    for (const tasks of this.#clients.values()) count += tasks.length
    return count
  }

  #checkRoom(client: string, timeoutMs: number): void {
    const { maxWaiting, maxWaitingOfClient } = this.#limits
    const own = this.#clients.get(client)?.length ?? 0
    const waitMs = this.#tasksBefore(client) * this.#meanMs
    const full = this.#waiting >= maxWaiting
    if (!full && own < maxWaitingOfClient && waitMs <= timeoutMs) return
    const detail = full
      ? `${maxWaiting} recordings are waiting already`
      : own >= maxWaitingOfClient
        ? `${own} recordings from this address are waiting already`
        : 'recordings are waiting, longer than this one may'
    throw new TtsError('OVERLOADED', 'Service unavailable', detail, {
      retryAfterSeconds: Math.min(60, Math.max(1, Math.ceil(waitMs / 1000))),
    })
  }

  /** Tasks that are served before a new one of this client, when clients take turns. */
  #tasksBefore(client: string): number {
    const own = this.#clients.get(client)?.length ?? 0
    let before = own + (this.#running ? 1 : 0)
    for (const [other, tasks] of this.#clients)
      if (other !== client) before += Math.min(tasks.length, own + 1)
    return before
  }

  #enqueue(task: Waiting): void {
    const tasks = this.#clients.get(task.client)
    if (tasks === undefined) this.#clients.set(task.client, [task])
    else tasks.push(task)
  }

  #withdraw(task: Waiting): void {
    const tasks = this.#clients.get(task.client)
    const at = tasks?.indexOf(task) ?? -1
    if (at < 0) return
    tasks!.splice(at, 1)
    if (tasks!.length === 0) this.#clients.delete(task.client)
  }

  /** Runs the next task, and those after it. */
  async #turn(): Promise<void> {
    if (this.#running) return
    const [first] = this.#clients.values()
    const task = first?.[0]
    if (task === undefined) return
    this.#withdraw(task)
    const rest = this.#clients.get(task.client)
    // Served now: behind all others.
    if (rest !== undefined) {
      this.#clients.delete(task.client)
      this.#clients.set(task.client, rest)
    }
    this.#running = true
    const started = performance.now()
    const overdue = new AbortController()
    const limit = setTimeout(() => overdue.abort(), this.#limits.taskLimitMs)
    await task.start(overdue.signal)
    clearTimeout(limit)
    const ms = performance.now() - started
    this.#meanMs = this.#meanMs === 0 ? ms : this.#meanMs + NEWEST_SHARE * (ms - this.#meanMs)
    this.#running = false
    void this.#turn()
  }
}

function leftEarly(): TtsError {
  return new TtsError('CANCELLED', 'Cancelled', 'the client left')
}

function tooLate(limitMs: number): TtsError {
  const detail = `the recording could not be prepared within ${limitMs} ms`
  return new TtsError('DEADLINE_EXCEEDED', 'Service unavailable', detail, { retryAfterSeconds: 5 })
}
