/**
 * The content key of a voice, from everything that its features depend on.
 *
 * Two uploads of the same sound with other file headers are one voice. The same sound with another transcript, model
 * or extractor is another.
 */
import { createHash } from 'node:crypto'

/** Raise when extraction changes in a way that changes features. */
export const EXTRACTOR_VERSION = 2

export interface VoiceIngredients {
  /** Mono samples as decoded, and their rate in Hz. */
  readonly samples: Float32Array
  readonly sampleRate: number
  readonly transcript: string
  /** `undecided`: the model decides with the extraction, from what else is here. */
  readonly mode: 'transcript' | 'style' | 'undecided'
  /** Identity of the model's bundle. */
  readonly model: string
}

/** 32 hexadecimal digits. */
export function voiceKey({ samples, sampleRate, transcript, mode, model }: VoiceIngredients): string {
  const hash = createHash('sha256')
  hash.update(JSON.stringify([EXTRACTOR_VERSION, model, sampleRate, mode, transcript, samples.length]))
  hash.update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength))
  return hash.digest('hex').slice(0, 32)
}
