/** Signals that audio tests feed in, and measures of what comes out. */
import type { SeededRandom } from '../helpers/seeded-random.ts'

export function sine(frequency: number, sampleRate: number, length: number, amplitude = 0.5): Float32Array {
  const step = (2 * Math.PI * frequency) / sampleRate
  return Float32Array.from({ length }, (_, i) => amplitude * Math.sin(step * i))
}

export function noise(random: SeededRandom, length: number, amplitude = 0.5): Float32Array {
  return Float32Array.from({ length }, () => amplitude * (2 * random.next() - 1))
}

/**
 * Something like a vowel with a voice: 30 harmonics under a moving formant, a gliding pitch, syllables of a quarter
 * second with pauses between them. Peak 0.7.
 */
export function voiceLike(sampleRate: number, seconds: number): Float32Array {
  let phase = 0
  const samples = Float32Array.from({ length: Math.round(sampleRate * seconds) }, (_, i) => {
    const time = i / sampleRate
    const pitch = 140 + 40 * Math.sin(2 * Math.PI * 0.7 * time)
    const formant = 900 + 600 * Math.sin(2 * Math.PI * 1.3 * time)
    phase += (2 * Math.PI * pitch) / sampleRate
    let sum = 0
    for (let k = 1; k <= 30 && k * pitch < sampleRate / 2; k++) {
      sum += Math.exp(-(((k * pitch - formant) / 700) ** 2)) * Math.sin(k * phase)
    }
    return sum * Math.max(0, Math.sin(2 * Math.PI * 2 * time)) ** 0.5
  })
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
  return samples.map((sample) => (0.7 * sample) / peak)
}

/** Decibels of `expected` over the difference to it; lengths must agree. */
export function snrDb(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.NEGATIVE_INFINITY
  let signal = 0
  let error = 0
  for (let i = 0; i < expected.length; i++) {
    signal += expected[i]! ** 2
    error += (actual[i]! - expected[i]!) ** 2
  }
  return 10 * Math.log10(signal / error)
}

export function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length)
}

export function concat(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** The samples cut at random places, among them into nothing and into single samples. */
export function cut(random: SeededRandom, samples: Float32Array, longest: number): Float32Array[] {
  const parts: Float32Array[] = []
  for (let at = 0; at < samples.length; ) {
    const length = random.below(8) === 0 ? random.below(2) : random.below(longest + 1)
    parts.push(samples.subarray(at, at + length))
    at += length
  }
  return parts
}
