/** A source that is given in full instead of being made from F0. */
import type { Excitation } from '../engine/vocoder/harmonic-source.ts'

export class GivenSource implements Excitation {
  readonly #samples: Float32Array
  readonly #frameSamples: number
  #frames = 0
  #given = 0

  /** `frameSamples` samples a frame. */
  constructor(samples: Float32Array, frameSamples: number) {
    this.#samples = samples
    this.#frameSamples = frameSamples
  }

  fork(): GivenSource {
    const copy = new GivenSource(this.#samples, this.#frameSamples)
    copy.#frames = this.#frames
    copy.#given = this.#given
    return copy
  }

  extend(f0: Float32Array, ended: boolean): Float32Array {
    this.#frames += f0.length
    const settled = this.#frames * this.#frameSamples - (ended ? 0 : this.#frameSamples / 2)
    const from = this.#given
    this.#given = Math.max(from, settled)
    return this.#samples.slice(from, this.#given)
  }
}
