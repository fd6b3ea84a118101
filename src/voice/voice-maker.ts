/**
 * Uploads → voices: decoding and feature extraction in the task pool, never on the main thread.
 *
 * The tasks run in `workers/voice-task.ts`.
 */

import type { SharedCache } from '../core/shared-cache.ts'
import {
  ownWork,
  type PromptMode,
  type PromptWarning,
  type SpeechSource,
  type WorkFor,
} from '../core/speech-port.ts'
import { decodeVoice, encodeVoice, type Voice } from '../core/voice.ts'
import type { DecidedMode } from './prompt-mode.ts'

export interface DecodeTask {
  readonly task: 'decode'
  readonly audio: Uint8Array
  readonly promptText: string
  readonly promptMode: PromptMode
}

/** A recording that was accepted: what a voice is made from, under the key that the voice will have. */
export interface Recording {
  readonly key: string
  readonly samples: Float32Array
  readonly sampleRate: number
  readonly seconds: number
  readonly transcript: string
  readonly mode: DecidedMode
  readonly warnings: readonly PromptWarning[]
}

export interface ExtractTask {
  readonly task: 'extract'
  readonly recording: Recording
}

export interface TokenizeTask {
  readonly task: 'tokenize'
  readonly audio: Uint8Array
}

/** The task pool as this needs it; errors come back as what they were. */
export interface VoiceTaskPool {
  run(task: DecodeTask, work: WorkFor): Promise<Recording>
  run(task: ExtractTask, work: WorkFor): Promise<Voice>
  run(task: TokenizeTask, work: WorkFor): Promise<SpeechSource>
}

export class VoiceMaker {
  readonly #pool: VoiceTaskPool
  readonly #others: SharedCache | undefined

  /** `others`: features that other nodes have extracted; undefined: there are none. */
  constructor(pool: VoiceTaskPool, others?: SharedCache) {
    this.#pool = pool
    this.#others = others
  }

  /**
   * Throws UNSUPPORTED_AUDIO, AUDIO_TOO_LONG, AUDIO_TOO_SHORT, AUDIO_SILENT, and from the queue OVERLOADED,
   * DEADLINE_EXCEEDED, CANCELLED.
   */
  decode(
    request: {
      readonly audio: Uint8Array
      readonly promptText: string
      readonly promptMode: PromptMode
    },
    work = ownWork(),
  ): Promise<Recording> {
    const { audio, promptText, promptMode } = request
    return this.#pool.run({ task: 'decode', audio, promptText, promptMode }, work)
  }

  /** What a recording says, as speech tokens: all of it, for another voice. Throws as `decode`. */
  tokenize(audio: Uint8Array, work = ownWork()): Promise<SpeechSource> {
    return this.#pool.run({ task: 'tokenize', audio }, work)
  }

  /** Throws OVERLOADED, DEADLINE_EXCEEDED, CANCELLED from the queue. */
  async extract(recording: Recording, work = ownWork()): Promise<Voice> {
    const { key } = recording
    const known = await this.#others?.get(key)
    const voice = known === undefined ? undefined : wholeVoice(known, key)
    if (voice !== undefined) return voice
    const made = await this.#pool.run({ task: 'extract', recording }, work)
    this.#others?.put(key, encodeVoice(made))
    return made
  }
}

/** Undefined where the bytes are damaged or another voice's: as if they were not there. */
function wholeVoice(bytes: Uint8Array, key: string): Voice | undefined {
  try {
    const voice = decodeVoice(bytes, key)
    return voice.key === key ? voice : undefined
  } catch {
    return undefined
  }
}
