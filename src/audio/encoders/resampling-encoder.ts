/** An encoder whose samples come at another rate than it encodes at. */
import type { Resampler } from '../resample.ts'
import type { AudioEncoder } from './audio-encoder.ts'

export function resamplingEncoder(resampler: Resampler | undefined, encoder: AudioEncoder): AudioEncoder {
  if (resampler === undefined) return encoder
  return {
    start: () => encoder.start(),
    encode: (samples) => encoder.encode(resampler.push(samples)),
    finish: async () => joinBytes([await encoder.encode(resampler.finish()), await encoder.finish()]),
    close: () => encoder.close(),
  }
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const filled = parts.filter((part) => part.length > 0)
  if (filled.length === 1) return filled[0]!
  const whole = new Uint8Array(filled.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of filled) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
