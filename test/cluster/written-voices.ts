/** Voices whose content is one number, and a bundle that takes them. */
import type { Bundle } from '../../src/core/bundle.ts'
import type { Voice } from '../../src/core/voice.ts'

const MELS = 8
const TOKENS = 200

export const WRITER_BUNDLE = {
  manifest: {
    voices: [],
    parameters: { features: { mel: { mels: MELS } }, llm: { speechTokenSize: 2 ** 31 } },
  },
} as unknown as Bundle

export function voiceFor(value: number, owner?: string, tokens = TOKENS): Voice {
  return {
    key: `key${value}`,
    transcript: `voice ${value}`,
    mode: 'transcript',
    seconds: tokens / 25,
    language: undefined,
    owner,
    speechTokens: new Int32Array(tokens).fill(value),
    mel: new Float32Array(2 * tokens * MELS).fill(value),
    embedding: new Float32Array(192).fill(value),
  }
}
