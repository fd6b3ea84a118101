/**
 * The task pool for voices: a Piscina pool whose thread decodes recordings and extracts features, behind a fair queue.
 *
 * What the tasks do is in `workers/voice-task.ts`; order and deadlines are in `task-queue.ts`.
 */
import { Piscina } from 'piscina'
import { type ErrorCode, TtsError } from '../core/errors.ts'
import { forbidTelemetry } from '../core/ort-telemetry.ts'
import type { WorkFor } from '../core/speech-port.ts'
import { TaskQueue } from './task-queue.ts'
import type { VoiceTaskPool } from './voice-maker.ts'

/** What a task gives back: its result, or its refusal in words that survive a thread's border. */
export type TaskOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string; readonly detail: string }

/** A task as the thread gets it. */
export interface PooledTask<Task> {
  readonly task: Task
  /** One shared number: 1 once the result is wanted no more. */
  readonly calledOff: Int32Array
}

export interface VoiceTaskSettings {
  readonly bundleDir: string
  readonly modelName: string
  readonly maxPromptSeconds: number
}

/** What the thread is started with. */
export interface VoiceThreadData extends VoiceTaskSettings {
  /** Addresses of the model sessions that it has open, for the thread that takes its place should it be ended. */
  readonly sessions: SharedArrayBuffer
}

export interface VoiceTaskBounds {
  /** ms that one task may run before its thread is ended. */
  readonly taskLimitMs: number
  /** A thread did not end when it was told to: it hangs in a native call, which only the process can end. */
  readonly onHung: () => void
  /** ms that it gets to end: one outside native code takes milliseconds. */
  readonly endMs: number
  /** The thread's code; tests put a faulty one here. */
  readonly entry: URL
}

export interface VoiceTasks {
  readonly pool: VoiceTaskPool
  /** Tasks that wait or run. */
  readonly size: number
  close(): Promise<void>
}

/** More than the thread opens. */
const MAX_SESSIONS = 64

/** Tasks that wait: what one thread does in about half a minute, a quarter of it for one client. */
const MAX_WAITING = 64
const MAX_WAITING_OF_CLIENT = 16

const DEFAULT_BOUNDS: VoiceTaskBounds = {
  taskLimitMs: 60_000,
  onHung: () => {},
  endMs: 2000,
  entry: new URL('../../workers/voice-task.js', import.meta.url),
}

export function openVoiceTasks(
  settings: VoiceTaskSettings,
  bounds: Partial<VoiceTaskBounds> = {},
): VoiceTasks {
  const { taskLimitMs, onHung, endMs, entry } = { ...DEFAULT_BOUNDS, ...bounds }
  forbidTelemetry()
  const piscina = new Piscina({
    filename: entry.href,
    // One thread: extraction is rare, and it must not take the cores from the lanes. It starts with the first upload.
    minThreads: 0,
    maxThreads: 1,
    // It releases its models by itself, for which it needs its event loop while it waits.
    idleTimeout: Number.POSITIVE_INFINITY,
    atomics: 'disabled',
    workerData: { ...settings, sessions: new SharedArrayBuffer(MAX_SESSIONS * 8) } satisfies VoiceThreadData,
  })
  const queue = new TaskQueue({
    maxWaiting: MAX_WAITING,
    maxWaitingOfClient: MAX_WAITING_OF_CLIENT,
    taskLimitMs,
  })
  /** Ends of running tasks, for a thread that could not start: the pool reports them nowhere else. */
  const faults = new Set<(error: TtsError) => void>()
  piscina.on('error', (cause: unknown) => {
    for (const fail of faults) fail(noThread(cause))
  })
  const timers = new Set<NodeJS.Timeout>()
  /** Resolves once a thread has ended, or has had its time to: then it hangs, unless it is still in the pool. */
  const endOf = (thread: (typeof piscina.threads)[number]) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        // One that is still in the pool had not begun with the task, and was not told to end.
        if (!piscina.threads.includes(thread)) onHung()
        resolve()
      }, endMs)
      timers.add(timer)
      thread.once('exit', () => {
        clearTimeout(timer)
        timers.delete(timer)
        resolve()
      })
    })
  const run = (task: object, work: WorkFor) =>
    queue.run(work, async ({ unwanted, overdue }) => {
      const calledOff = new Int32Array(new SharedArrayBuffer(4))
      unwanted.addEventListener('abort', () => Atomics.store(calledOff, 0, 1))
      // Piscina drops the thread of an overdue task from the pool and ends it. The next task waits for that: its thread
      // releases the sessions of this one.
      let threadEnds: Promise<unknown> = Promise.resolve()
      overdue.addEventListener('abort', () => {
        threadEnds = Promise.all(piscina.threads.map(endOf))
      })
      const ended = new AbortController()
      const signal = AbortSignal.any([overdue, ended.signal])
      let fail: (error: TtsError) => void = () => {}
      const fault = new Promise<never>((_resolve, reject) => {
        fail = reject
      })
      faults.add(fail)
      const ran = piscina.run({ task, calledOff }, { signal }) as Promise<TaskOutcome<unknown>>
      ran.catch(() => {})
      try {
        const outcome = await Promise.race([ran, fault])
        if (outcome.ok) return outcome.value
        throw new TtsError(outcome.code, outcome.message, outcome.detail)
      } finally {
        faults.delete(fail)
        ended.abort()
        await threadEnds
      }
    })
  return {
    pool: { run } as VoiceTaskPool,
    get size() {
      return queue.size
    },
    close: async () => {
      for (const timer of timers) clearTimeout(timer)
      await piscina.destroy()
    },
  }
}

function noThread(cause: unknown): TtsError {
  return new TtsError(
    'OVERLOADED',
    'Server overloaded',
    'expected a thread for recordings, got none: the process is short of descriptors or memory',
    { retryAfterSeconds: 5, cause },
  )
}
