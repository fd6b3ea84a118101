/**
 * Tempo of a stream, with the pitch kept: waveform-similarity overlap-add (WSOLA; Verhelst and Roelands, ICASSP 1993).
 *
 * Every output frame is placed by absolute positions. So the output is the same samples whatever the chunks, and
 * ⌊samples / speed + ½⌋ of them in all.
 *
 * Frame k is a window of input near k · HOP · speed. Within ± the search range it lies where it continues the frame
 * before it best. It is added at k · HOP of the output:
 *
 *   input    ──┤ frame k−1 ├──natural continuation──┤      ── candidates around k·HOP·speed ──
 *   output   ──┤ fading out ├ + ┤ fading in  frame k ├──
 */
import assert from 'node:assert/strict'

/** In milliseconds: two pitch periods of a low voice fit a window, one fits the search. */
const WINDOW_MS = 30
const SEARCH_MS = 10

export const MIN_SPEED = 0.25
export const MAX_SPEED = 2

export class TempoStretch {
  readonly #speed: number
  readonly #window: Float32Array
  readonly #hop: number
  readonly #search: number
  /** Input from absolute position `#inputFrom` on, as far as later frames may look back. */
  #input = new Float32Array(0)
  #inputFrom = 0
  /** Second half of the last frame, which the next one is added to. */
  #tail: Float32Array
  #frame = 0
  /** Input position of the last frame. */
  #last = 0
  #given = 0

  constructor(speed: number, sampleRate: number) {
    assert(speed >= MIN_SPEED && speed <= MAX_SPEED, `speed ${speed} is outside ${MIN_SPEED}–${MAX_SPEED}`)
    this.#speed = speed
    this.#hop = Math.round((sampleRate * WINDOW_MS) / 2000)
    this.#search = Math.round((sampleRate * SEARCH_MS) / 1000)
    // A periodic Hann window: its halves add up to one.
    this.#window = Float32Array.from(
      { length: 2 * this.#hop },
      (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * i) / this.#hop),
    )
    this.#tail = new Float32Array(this.#hop)
  }

  /** Takes samples in and gives out those that are final; after the `last` everything that is left. */
  push(samples: Float32Array, last: boolean): Float32Array {
    const input = new Float32Array(this.#input.length + samples.length)
    input.set(this.#input)
    input.set(samples, this.#input.length)
    this.#input = input
    const end = this.#inputFrom + input.length
    const target = last ? Math.floor(end / this.#speed + 0.5) : Number.POSITIVE_INFINITY
    const out: Float32Array[] = []
    let length = this.#given
    while (length < target && (last || this.#reach() <= end)) {
      const made = this.#next()
      out.push(made.subarray(0, Math.min(made.length, target - length)))
      length += Math.min(made.length, target - length)
    }
    this.#forget()
    const given = new Float32Array(length - this.#given)
    let at = 0
    for (const part of out) {
      given.set(part, at)
      at += part.length
    }
    this.#given = length
    return given
  }

  /** Input position up to which the next frame looks. */
  #reach(): number {
    return Math.max(this.#nominal() + this.#search, this.#last + this.#hop) + 2 * this.#hop
  }

  #nominal(): number {
    return Math.round(this.#frame * this.#hop * this.#speed)
  }

  /** The next hop of output. The first frame begins at full level, since nothing fades out under it. */
  #next(): Float32Array {
    const position = this.#frame === 0 ? 0 : this.#bestPosition()
    const out = new Float32Array(this.#hop)
    for (let i = 0; i < this.#hop; i++) {
      const rise = this.#frame === 0 ? 1 : this.#window[i]!
      out[i] = this.#tail[i]! + rise * this.#sample(position + i)
      this.#tail[i] = this.#window[this.#hop + i]! * this.#sample(position + this.#hop + i)
    }
    this.#last = position
    this.#frame++
    return out
  }

  /** Near the nominal place, where the input is most like what would have followed the last frame. */
  #bestPosition(): number {
    const nominal = this.#nominal()
    const wanted = this.#last + this.#hop
    let best = nominal
    let bestLikeness = Number.NEGATIVE_INFINITY
    for (
      let position = Math.max(0, nominal - this.#search);
      position <= nominal + this.#search;
      position += 2
    ) {
      let product = 0
      let energy = 1e-9
      // Every second sample is enough to compare by, and halves the cost.
      for (let i = 0; i < this.#hop; i += 2) {
        const sample = this.#sample(position + i)
        product += sample * this.#sample(wanted + i)
        energy += sample * sample
      }
      const likeness = product / Math.sqrt(energy)
      if (likeness > bestLikeness) {
        best = position
        bestLikeness = likeness
      }
    }
    return best
  }

  /** Zero behind the end. */
  #sample(position: number): number {
    return this.#input[position - this.#inputFrom] ?? 0
  }

  /** Drops input that no later frame looks at. */
  #forget(): void {
    const needed = Math.max(this.#inputFrom, Math.min(this.#last + this.#hop, this.#nominal() - this.#search))
    const drop = Math.min(this.#input.length, needed - this.#inputFrom)
    if (drop <= 0) return
    this.#input = this.#input.slice(drop)
    this.#inputFrom += drop
  }
}
