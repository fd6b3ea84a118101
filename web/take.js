/** One speech of this session: what was asked for, and its samples as they come. */
export class Take {
  #samples
  /** Samples so far. */
  length = 0
  /** Whether all have come. */
  isDone = false
  /** `{ start, end, from, to }`: seconds, and places in the request's text. */
  words = []
  /** Of the answer: what the recording or the text lost on its way. */
  notes = []
  /** ms to the first audio; seconds of making for a second of audio; times that playing ran dry. */
  firstMs = undefined
  factor = undefined
  underruns = 0
  /** Format → file, once made. */
  files = new Map()

  /** `request` as `request.js` reads it; `rate` in samples per second. */
  constructor(request, rate) {
    this.request = request
    this.rate = rate
    this.madeAt = new Date()
    this.#samples = new Float32Array(rate)
  }

  /** Room grows by doubling, so that a long speech is not copied for each piece. */
  add(samples) {
    const length = this.length + samples.length
    if (length > this.#samples.length) {
      const larger = new Float32Array(Math.max(2 * this.#samples.length, length))
      larger.set(this.samples)
      this.#samples = larger
    }
    this.#samples.set(samples, this.length)
    this.length = length
  }

  /** A view of what has come. */
  get samples() {
    return this.#samples.subarray(0, this.length)
  }

  get seconds() {
    return this.length / this.rate
  }
}
