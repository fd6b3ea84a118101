/**
 * The task pool for voices: a Piscina pool whose threads decode recordings and extract features.
 *
 * Knows: how the pool is made, and that an error comes back with its code. Does not know: what the tasks do
 * (`workers/voice-task.ts`).
 */
import { Piscina } from 'piscina'
import { type ErrorCode, TtsError } from '../core/errors.ts'
import type { VoiceTaskPool } from './voice-maker.ts'

/** What a task gives back: its result, or its refusal in words that survive a thread's border. */
export type TaskOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string; readonly detail: string }

export interface VoiceTaskSettings {
  readonly bundleDir: string
  readonly modelName: string
  readonly maxPromptSeconds: number
}

export interface VoiceTasks {
  readonly pool: VoiceTaskPool
  close(): Promise<void>
}

export function openVoiceTasks(bundleDir: string, modelName: string, maxPromptSeconds: number): VoiceTasks {
  const settings: VoiceTaskSettings = { bundleDir, modelName, maxPromptSeconds }
  const piscina = new Piscina({
    filename: new URL('../../workers/voice-task.js', import.meta.url).href,
    // One thread: extraction is rare, and it must not take the cores from the lanes. It starts with the first upload.
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: 60_000,
    workerData: settings,
  })
  const run = async (task: object) => {
    const outcome = (await piscina.run(task)) as TaskOutcome<unknown>
    if (outcome.ok) return outcome.value
    throw new TtsError(outcome.code, outcome.message, outcome.detail)
  }
  return { pool: { run } as VoiceTaskPool, close: () => piscina.destroy() }
}
