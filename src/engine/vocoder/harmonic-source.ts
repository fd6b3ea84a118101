/**
 * F0 → the excitation that the vocoder's generator shapes: sines of the fundamental and its overtones, and noise.
 *
 * State is one phase per harmonic in float64, modulo one turn, and a position. So a chunk continues where the last one
 * ended. (The reference adds phases up in float32; that alone makes up to 1.3e-3 of difference on 120 frames.)
 */
import assert from 'node:assert/strict'
import { fillNormal } from '../../core/philox.ts'

export interface HarmonicSettings {
  readonly sampleRate: number
  /** Samples of a mel frame. */
  readonly frameSamples: number
  /** Amplitude of a sine. */
  readonly amplitude: number
  /** Standard deviation of the noise where there is voice; elsewhere it is a third of the amplitude. */
  readonly voicedNoise: number
  /** Hz above which a frame counts as voiced. */
  readonly voicedThreshold: number
  /** One for each harmonic, the fundamental first. */
  readonly weights: Float32Array
  readonly bias: number
}

/**
 * Adds to `merged` the noise of the samples from `firstSample` on: what the merge layer makes of each harmonic's
 * noise of standard deviation one. Must depend on the sample's number alone, so that chunks do not matter.
 */
export type SourceNoise = (firstSample: number, merged: Float32Array, weights: Float32Array) => void

export const ZERO_NOISE: SourceNoise = () => {}

/** Stream of a request's random numbers (the sampler has others). */
const SOURCE_STREAM = 3

/**
 * Normal noise by counter, keyed by (seed, sample). Independent noises of the harmonics, weighted and summed, are one
 * normal noise with the weights' norm as deviation. So one draw a sample is enough.
 */
export function seededNoise(seed: number): SourceNoise {
  return (firstSample, merged, weights) => {
    const draws = new Float32Array(merged.length)
    fillNormal(seed, SOURCE_STREAM, firstSample, draws)
    const deviation = Math.hypot(...weights)
    for (let i = 0; i < draws.length; i++) merged[i]! += deviation * draws[i]!
  }
}

/** What excites the generator, sample by sample as F0 becomes known. */
export interface Excitation {
  /** The same state, going on by itself. */
  fork(): Excitation
  /** The samples that `f0` (Hz, one a frame) settles: up to its last frame's centre, with `ended` to its end. */
  extend(f0: Float32Array, ended: boolean): Float32Array
}

export class HarmonicSource implements Excitation {
  readonly #settings: HarmonicSettings
  readonly #noise: SourceNoise
  /** Turns of each harmonic at the centre of the last frame. */
  readonly #turns: Float64Array
  /** Turns of each harmonic in one sample of what is being filled. */
  readonly #steps: Float64Array
  #lastF0 = 0
  #frames = 0

  constructor(settings: HarmonicSettings, noise: SourceNoise) {
    assert(settings.frameSamples % 2 === 0, 'a frame has its centre between two samples')
    this.#settings = settings
    this.#noise = noise
    this.#turns = new Float64Array(settings.weights.length)
    this.#steps = new Float64Array(settings.weights.length)
  }

  /** The same phases and position, going on by itself. */
  fork(): HarmonicSource {
    const copy = new HarmonicSource(this.#settings, this.#noise)
    copy.#turns.set(this.#turns)
    copy.#lastF0 = this.#lastF0
    copy.#frames = this.#frames
    return copy
  }

  /**
   * The samples that `f0` (Hz, one a frame) settles: up to its last frame's centre, with `ended` to its end.
   * In (−1, 1).
   */
  extend(f0: Float32Array, ended: boolean): Float32Array {
    const { frameSamples } = this.#settings
    const half = frameSamples / 2
    const first = this.#frames === 0 ? 0 : this.#frames * frameSamples - half
    const frames = this.#frames + f0.length
    const samples = Math.max(0, frames * frameSamples - first - (ended ? 0 : half))
    const out = new Float32Array(samples)
    this.#noise(first, out, this.#settings.weights)
    let at = 0
    for (const next of f0) {
      this.#setSteps(next)
      if (this.#frames > 0) {
        this.#fill(out, at, half, 0, this.#lastF0)
        this.#fill(out, at + half, half, half, next)
        at += frameSamples
        this.#advance()
      } else {
        this.#advance()
        this.#steps.fill(0)
        this.#fill(out, at, half, 0, next)
        at += half
      }
      this.#frames++
      this.#lastF0 = next
    }
    if (ended && frames > 0) {
      this.#steps.fill(0)
      this.#fill(out, at, half, 0, this.#lastF0)
    }
    return out
  }

  /** Turns that each harmonic makes in a sample; whole turns do not count. */
  #setSteps(f0: number): void {
    for (let h = 0; h < this.#steps.length; h++)
      this.#steps[h] = ((f0 * (h + 1)) / this.#settings.sampleRate) % 1
  }

  /** Phases move on by a frame. */
  #advance(): void {
    for (let h = 0; h < this.#turns.length; h++)
      this.#turns[h] = (this.#turns[h]! + this.#steps[h]! * this.#settings.frameSamples) % 1
  }

  /**
   * Turns the noise in `out[at … at + count)` into source, `passed` samples behind the last centre, in a frame of `f0`.
   */
  #fill(out: Float32Array, at: number, count: number, passed: number, f0: number): void {
    const { amplitude, voicedNoise, voicedThreshold, weights, bias } = this.#settings
    const voiced = f0 > voicedThreshold
    const noise = voiced ? voicedNoise : amplitude / 3
    for (let i = at; i < at + count; i++) out[i] = out[i]! * noise + bias
    if (voiced) {
      for (let h = 0; h < weights.length; h++) {
        const step = this.#steps[h]!
        const start = 2 * Math.PI * (this.#turns[h]! + step * (passed + 0.5))
        addSine(out, at, count, start, 2 * Math.PI * step, amplitude * weights[h]!)
      }
    }
    for (let i = at; i < at + count; i++) out[i] = Math.tanh(out[i]!)
  }
}

/** Adds `gain · sin(start + i · step)`. The sine is turned on from sample to sample, which costs no sine. */
function addSine(
  out: Float32Array,
  at: number,
  count: number,
  start: number,
  step: number,
  gain: number,
): void {
  let sine = gain * Math.sin(start)
  let cosine = gain * Math.cos(start)
  const turnSine = Math.sin(step)
  const turnCosine = Math.cos(step)
  for (let i = at; i < at + count; i++) {
    out[i]! += sine
    const next = sine * turnCosine + cosine * turnSine
    cosine = cosine * turnCosine - sine * turnSine
    sine = next
  }
}
