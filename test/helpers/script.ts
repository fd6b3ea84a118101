/** The script of a synthesizer without models: its samples, pace and faults. Samples follow from (text, seed) alone. */
import type { ErrorCode, TtsError } from '../../src/core/errors.ts'
import type { SynthesizerStatus } from '../../src/core/speech-port.ts'
import type { ModelAbilities } from '../../src/core/speech-style.ts'

export interface Script {
  sampleRate: number
  /** Samples that one character becomes. */
  samplesPerCharacter: number
  /** Samples that one `next` returns at most. */
  chunkSamples: number
  /** ms before each chunk; 0: at once. */
  chunkMs: number
  /** Chunk number (from 0) at which the speech fails with `failCode`; undefined: never. */
  failAtChunk: number | undefined
  failCode: ErrorCode
  /** Chunk number at which nothing comes any more until cancelled. */
  hangAtChunk: number | undefined
  /** ms that preparing a voice takes. */
  prepareMs: number
  /** What storing a voice fails with. */
  storeError: TtsError | undefined
  /** Slots; more at a time wait, and beyond `queueLimit` waiting ones are OVERLOADED. */
  slots: number
  queueLimit: number
  state: SynthesizerStatus['state']
  abilities: ModelAbilities
}

export const DEFAULT_ABILITIES: ModelAbilities = {
  family: 'scripted',
  instructions: true,
  instructsZeroShot: true,
  modes: ['zero_shot', 'instruct', 'cross_lingual'],
  marks: ['[breath]'],
  languages: ['zh', 'en'],
}

export const DEFAULT_SCRIPT: Script = {
  sampleRate: 16_000,
  samplesPerCharacter: 800,
  chunkSamples: 1600,
  chunkMs: 0,
  failAtChunk: undefined,
  failCode: 'LANE_FAILED',
  hangAtChunk: undefined,
  prepareMs: 0,
  storeError: undefined,
  slots: 1000,
  queueLimit: 1000,
  state: 'ready',
  abilities: DEFAULT_ABILITIES,
}

/** Samples of one character: noise from a counter, keyed by seed, character and place, so any cut gives the same. */
export function scriptedSamples(
  text: string,
  seed: number,
  script: Partial<Script> = {},
  from = 0,
): Float32Array {
  const perCharacter = script.samplesPerCharacter ?? DEFAULT_SCRIPT.samplesPerCharacter
  const characters = [...text]
  const samples = new Float32Array(characters.length * perCharacter)
  for (const [index, character] of characters.entries()) {
    const key = hash(seed, (from + index) * 2 + 1) ^ (character.codePointAt(0) ?? 0)
    for (let i = 0; i < perCharacter; i++) {
      samples[index * perCharacter + i] = (hash(key, i) / 2 ** 32 - 0.5) * 0.8
    }
  }
  return samples
}

function hash(key: number, counter: number): number {
  let x = Math.imul(key ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(counter + 1, 0xc2b2ae35)
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d)
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39)
  return (x ^ (x >>> 15)) >>> 0
}
