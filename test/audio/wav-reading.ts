/** A WAV as its samples, or as the refusal that it gets; and bytes at random for both. */
import assert from 'node:assert/strict'
import { decodeWav } from '../../src/audio/wav-reader.ts'
import { TtsError } from '../../src/core/errors.ts'
import type { SeededRandom } from '../helpers/seeded-random.ts'
import { int16Bytes, type Layout } from './wav-files.ts'

export const limits = { maxSeconds: 30 }
export const mono16: Layout = { tag: 'pcm', bits: 16, channels: 1, sampleRate: 16000 }
export const four = int16Bytes([0, 16384, -32768, 32767])
export const fourSamples = [0, 0.5, -1, 32767 / 32768]

export function samplesOf(file: Uint8Array): number[] {
  return [...decodeWav(file, limits).samples]
}

export function refusal(file: Uint8Array): TtsError {
  try {
    decodeWav(file, limits)
  } catch (error) {
    assert(error instanceof TtsError, `expected a TtsError, got ${error}`)
    return error
  }
  throw new assert.AssertionError({ message: 'expected a refusal, got a recording' })
}

export function assertRefused(file: Uint8Array, detail: RegExp): void {
  const { code, message, detail: got } = refusal(file)
  assert.deepEqual([code, message], ['UNSUPPORTED_AUDIO', 'Unsupported audio format'])
  assert.match(got, detail)
}

export function randomBytes(random: SeededRandom, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)))
}

export function randomData(random: SeededRandom, { tag, bits, channels }: Layout, frames: number): Buffer {
  const count = frames * channels
  if (tag !== 'float') return randomBytes(random, (count * bits) / 8)
  const values = Array.from({ length: count }, () => random.next() * 2 - 1)
  return Buffer.from(bits === 32 ? Float32Array.from(values).buffer : Float64Array.from(values).buffer)
}
