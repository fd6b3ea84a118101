/**
 * How well each attention head of a speech LLM follows the text that is being said.
 *
 * Its fit is the share of its look that lies on one way through the text. A way begins at the first token, goes on or
 * stays, and ends at the last.
 */

import type { LlmRunner } from './llm-runner.ts'
import type { IdSpace, LlmSequence } from './llm-sequence.ts'
import { type AlignmentFacts, rotated } from './text-alignment.ts'

export interface HeadShape extends Omit<AlignmentFacts, 'leadTokens'> {
  readonly layers: number
  readonly heads: number
  readonly kvHeads: number
}

export interface HeadFit {
  readonly layer: number
  readonly head: number
  /** 0 to 1: mean (geometric) share of the look along the best way; 0 of a head that stays at a token for most of the time. */
  readonly fit: number
}

/** Least share that counts, so that one look elsewhere does not undo all the others. */
const FLOOR = 1e-3
/** Of all speech tokens, the share that one text token may last. */
const MOST_AT_ONE = 0.5
/** A way may begin and end so many text tokens from the ends: marks at the ends are not said. */
const SLACK = 2

/** Of one utterance; is fed as `SpokenPlaces` is. */
export class HeadLooks {
  readonly #shape: HeadShape
  readonly #ids: IdSpace
  /** Of each layer's heads of keys: keys by position. */
  readonly #keys: Float32Array[][]
  /** Positions of the text. */
  readonly #text: number[] = []
  #toSkip: number
  /** Of each head, layer after layer: shares `[text]` of each speech token's look. */
  readonly #looks: Float32Array[][]

  /** `behind`: text ids of the sequence before the text. */
  constructor(shape: HeadShape, ids: IdSpace, behind: number) {
    this.#shape = shape
    this.#ids = ids
    this.#toSkip = behind
    this.#keys = Array.from({ length: shape.layers * shape.kvHeads }, () => [])
    this.#looks = Array.from({ length: shape.layers * shape.heads }, () => [])
  }

  feed(
    runner: LlmRunner,
    {
      row,
    }: {
      readonly row: number | undefined
      readonly fed: number
      readonly sequence: Pick<LlmSequence, 'refed'>
    },
    ids: readonly number[],
  ): void {
    const first = runner.pool.length(row!) - ids.length
    const { kvHeads } = this.#shape
    for (const [i, id] of ids.entries()) {
      for (const [k, keys] of this.#keys.entries())
        keys.push(
          runner.alignment.keyOf({ layer: Math.floor(k / kvHeads), kvHead: k % kvHeads }, row!, first + i),
        )
      if (id < this.#ids.text || id >= this.#ids.speech) continue
      if (this.#toSkip > 0) this.#toSkip--
      else this.#text.push(first + i)
    }
  }

  /** `query` of all heads, `[layers · heads, headDim]`. Tells nothing. */
  next(query: Float32Array | undefined, position: number): number {
    const { heads, kvHeads, headDim } = this.#shape
    for (const [h, looks] of this.#looks.entries()) {
      const own = rotated(query!.subarray(h * headDim, (h + 1) * headDim), position, this.#shape)
      const layer = Math.floor(h / heads)
      const keys = this.#keys[layer * kvHeads + Math.floor(((h % heads) * kvHeads) / heads)]!
      looks.push(this.#shares(own, keys))
    }
    return 0
  }

  fits(): HeadFit[] {
    const { heads } = this.#shape
    return this.#looks.map((looks, h) => ({
      layer: Math.floor(h / heads),
      head: h % heads,
      fit: fitOf(looks),
    }))
  }

  /** Of a look at every position, what falls on each text token. */
  #shares(query: Float32Array, keys: readonly Float32Array[]): Float32Array {
    const scale = 1 / Math.sqrt(this.#shape.stored)
    const looks = keys.map((key) => {
      let sum = 0
      for (let d = 0; d < key.length; d++) sum += key[d]! * query[d]!
      return sum * scale
    })
    const most = looks.reduce((a, b) => Math.max(a, b))
    const total = looks.reduce((sum, look) => sum + Math.exp(look - most), 0)
    return Float32Array.from(this.#text, (position) => Math.exp(looks[position]! - most) / total)
  }
}

/** `looks`: shares of each text token, for each speech token. Pure. */
export function fitOf(looks: readonly Float32Array[]): number {
  const steps = looks.length
  const count = looks[0]?.length ?? 0
  if (count === 0 || steps < count) return 0
  const came = looks.map(() => new Uint8Array(count))
  let scores = Float64Array.from({ length: count }, (_, i) => (i <= SLACK ? logOf(looks[0]![i]!) : -Infinity))
  for (let step = 1; step < steps; step++) {
    const next = new Float64Array(count)
    for (let i = 0; i < count; i++) {
      const goes = i > 0 && scores[i - 1]! > scores[i]!
      came[step]![i] = goes ? 1 : 0
      next[i] = (goes ? scores[i - 1]! : scores[i]!) + logOf(looks[step]![i]!)
    }
    scores = next
  }
  let end = count - 1
  for (let i = Math.max(0, count - 1 - SLACK); i < count; i++) if (scores[i]! > scores[end]!) end = i
  const stays = new Uint32Array(count)
  let at = end
  for (let step = steps - 1; step >= 0; step--) {
    stays[at]!++
    at -= came[step]![at]!
  }
  if (count > 2 && Math.max(...stays) > MOST_AT_ONE * steps) return 0
  return Math.exp(scores[end]! / steps)
}

function logOf(share: number): number {
  return Math.log(share + FLOOR)
}
