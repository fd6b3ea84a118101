/**
 * F0 → the excitation of the causal vocoder: a frame's phases stand still for all of its samples.
 *
 * The phase of harmonic h is 2π · h · Σ f0 / frame rate, the frame's own F0 included. Sums are in float64, modulo one
 * turn; the reference's are in float32, which moves the source by 6e-5 on 120 frames.
 */
import type { Excitation, HarmonicSettings, SourceNoise } from './harmonic-source.ts'

export class StaircaseSource implements Excitation {
  readonly #settings: HarmonicSettings
  readonly #noise: SourceNoise
  /** Turns of each harmonic up to the last frame. */
  readonly #turns: Float64Array
  #frames = 0

  constructor(settings: HarmonicSettings, noise: SourceNoise) {
    this.#settings = settings
    this.#noise = noise
    this.#turns = new Float64Array(settings.weights.length)
  }

  fork(): StaircaseSource {
    const copy = new StaircaseSource(this.#settings, this.#noise)
    copy.#turns.set(this.#turns)
    copy.#frames = this.#frames
    return copy
  }

  /** The samples of `f0` (Hz, one a frame), all of them settled. In (−1, 1). */
  extend(f0: Float32Array): Float32Array {
    const { frameSamples, amplitude, voicedNoise, voicedThreshold } = this.#settings
    const out = new Float32Array(f0.length * frameSamples)
    this.#noise(this.#frames * frameSamples, out, this.#settings.weights)
    for (const [frame, hertz] of f0.entries()) {
      const voiced = hertz > voicedThreshold
      const noise = voiced ? voicedNoise : amplitude / 3
      const level = this.#advance(hertz, voiced)
      const end = (frame + 1) * frameSamples
      for (let i = frame * frameSamples; i < end; i++) out[i] = Math.tanh(out[i]! * noise + level)
    }
    this.#frames += f0.length
    return out
  }

  /** Phases move on by a frame; the merged sines there, and the bias. */
  #advance(hertz: number, voiced: boolean): number {
    const { sampleRate, frameSamples, amplitude, weights, bias } = this.#settings
    let level = bias
    for (const [h, weight] of weights.entries()) {
      const step = ((hertz * (h + 1)) / sampleRate) % 1
      const turns = (this.#turns[h]! + step * frameSamples) % 1
      this.#turns[h] = turns
      if (voiced) level += amplitude * weight * Math.sin(2 * Math.PI * turns)
    }
    return level
  }
}
