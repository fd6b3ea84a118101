/**
 * Which text token each speech token of an utterance says: by one attention head's eyes on the text, followed through the text
 * in order.
 *
 * A head's score of a text token is its query times that token's key, both rotated by their positions. The likeliest
 * way through the text so far ends at the token that is being said. A step goes one token on, or stays, or at a price
 * skips one.
 */

export interface AlignmentFacts {
  /** Elements of a head in the pool, and as the checkpoint has it: what is between are zeros. */
  readonly headDim: number
  readonly stored: number
  readonly ropeTheta: number
  /** Speech tokens by which the head looks ahead of what is heard. */
  readonly leadTokens: number
}

/** Added to each token's share of the head's look, so that none is impossible. */
const FLOOR = 1e-6
/** Log of what it costs to pass over a text token, and to begin with another than the first. */
const PASS = -6
const LATE = -3
/** Ways that are not possible. */
const NEVER = -1e30

export class TextAlignment {
  readonly #facts: AlignmentFacts
  /** Text tokens that are not followed: what stands before the text. */
  #toSkip: number
  readonly #keys: Float32Array[] = []
  #scores = new Float64Array(0)
  #place = 0
  #hasBegun = false
  /** Places that the head has told and that are not heard yet. */
  readonly #ahead: number[] = []

  /** `skip`: text ids of the sequence that stand before the text. */
  constructor(facts: AlignmentFacts, skip: number) {
    this.#facts = facts
    this.#toSkip = skip
    this.#ahead.push(...new Array<number>(facts.leadTokens).fill(0))
  }

  /** `key`, `[headDim]`, of a text id that was fed. */
  feed(key: Float32Array): void {
    if (this.#toSkip > 0) this.#toSkip--
    else this.#keys.push(key)
  }

  /**
   * The text token that the next speech token says, where `query` is that of the position before it. Never before one that was
   * given earlier.
   */
  next(query: Float32Array, position: number): number {
    if (this.#keys.length > 0) this.#follow(this.#looks(rotated(query, position, this.#facts)))
    this.#ahead.push(this.#place)
    return this.#ahead.shift()!
  }

  /** Logarithms of the shares of its look that the head gives each text token. */
  #looks(query: Float32Array): Float64Array {
    const scale = 1 / Math.sqrt(this.#facts.stored)
    const looks = new Float64Array(this.#keys.length)
    let most = -Infinity
    for (const [i, key] of this.#keys.entries()) {
      let sum = 0
      for (let d = 0; d < key.length; d++) sum += key[d]! * query[d]!
      looks[i] = sum * scale
      most = Math.max(most, looks[i]!)
    }
    let total = 0
    for (let i = 0; i < looks.length; i++) total += looks[i] = Math.exp(looks[i]! - most)
    for (let i = 0; i < looks.length; i++) looks[i] = Math.log(looks[i]! / total + FLOOR)
    return looks
  }

  #follow(looks: Float64Array): void {
    const before = this.#scores
    const scores = new Float64Array(looks.length)
    const score = (i: number) => (i < 0 ? NEVER : (before[i] ?? NEVER))
    let best = this.#place
    for (let i = 0; i < looks.length; i++) {
      const come = this.#hasBegun
        ? Math.max(score(i), score(i - 1), score(i - 2) + PASS)
        : i === 0
          ? 0
          : i < 3
            ? LATE
            : NEVER
      scores[i] = come + looks[i]!
      if (scores[i]! > scores[best]!) best = i
    }
    this.#hasBegun = true
    this.#scores = scores
    this.#place = Math.max(this.#place, best)
  }
}

/** A query as its position turns it. */
export function rotated(
  query: Float32Array,
  position: number,
  { headDim, stored, ropeTheta }: Omit<AlignmentFacts, 'leadTokens'>,
): Float32Array {
  const half = headDim / 2
  const out = new Float32Array(headDim)
  for (let i = 0; i < stored / 2; i++) {
    const angle = position * ropeTheta ** ((-2 * i) / stored)
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
    const [a, b] = [query[i]!, query[half + i]!]
    out[i] = a * cos - b * sin
    out[half + i] = b * cos + a * sin
  }
  return out
}
