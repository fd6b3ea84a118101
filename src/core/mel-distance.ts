/** How far one mel lies from another, in dB. Pure. */

/** Mels are natural logarithms of amplitudes. */
const DB = 20 / Math.LN10

export interface Distance {
  /** Mean of the absolute differences, and their root mean square, dB. */
  readonly mean: number
  readonly rms: number
}

/** Sums over many utterances, so that each frame counts the same. */
export class DistanceSum {
  #absolute = 0
  #squared = 0
  #count = 0

  add(mel: Float32Array, truth: Float32Array): void {
    if (mel.length !== truth.length)
      throw new Error(`expected mels of one length, got ${mel.length} and ${truth.length}`)
    for (let i = 0; i < mel.length; i++) {
      const difference = DB * (mel[i]! - truth[i]!)
      this.#absolute += Math.abs(difference)
      this.#squared += difference * difference
    }
    this.#count += mel.length
  }

  get distance(): Distance {
    const count = Math.max(1, this.#count)
    return { mean: this.#absolute / count, rms: Math.sqrt(this.#squared / count) }
  }
}
