/**
 * Left contexts of causal convolutions over one signal rate: one packed input, one packed output.
 *
 * Contexts lie one behind the other along time, in the order in which the layers ask. The next run computes `lag`
 * positions at the end of a run again: contexts that are kept end before them.
 */
import assert from 'node:assert/strict'
import { convolve, TIME } from '../../convert/layers/convolution.ts'
import type { Author } from '../../convert/layers/gemm.ts'
import type { Kernel } from '../../convert/layers/kernel.ts'
import { cutAll, joinAll, putBefore } from '../../convert/layers/replayable.ts'
import type { Value } from '../../convert/onnx/graph-builder.ts'

export class LeftContexts {
  readonly #author: Author
  readonly #name: string
  readonly #channels: number
  readonly #lengths: readonly number[]
  readonly #pieces: readonly Value[]
  readonly #lag: number
  readonly #layout: { readonly axis: number; readonly replayed: boolean }
  readonly #kept: Value[] = []

  /** Declares the input `context.<name>` `[N, channels, 1, Σ lengths]`; zero before the first run. */
  constructor(
    author: Author,
    name: string,
    channels: number,
    lengths: readonly number[],
    { lag = 0, replayed }: { readonly lag?: number; readonly replayed: boolean },
  ) {
    const { g, dtype } = author
    this.#author = author
    this.#name = name
    this.#channels = channels
    this.#lengths = lengths
    this.#lag = lag
    this.#layout = { axis: TIME, replayed }
    const packed = g.input(`context.${name}`, dtype, this.#shape())
    this.#pieces = cutAll(g, packed, lengths, this.#layout)
  }

  /** `x` `[N, channels, 1, positions]` behind the next context, whose end is kept for the next run. */
  extend(x: Value): Value {
    const { g } = this.#author
    const at = this.#kept.length
    const piece = this.#pieces[at]
    const length = this.#lengths[at]
    assert(piece !== undefined && length !== undefined, `contexts of '${this.#name}' are used up`)
    const extended = putBefore(g, piece, length, x, this.#layout)
    const to = this.#lag === 0 ? Number.MAX_SAFE_INTEGER : -this.#lag
    const kept = [g.int64([-length - this.#lag]), g.int64([to]), g.int64([TIME])]
    this.#kept.push(g.op('Slice', [extended, ...kept]))
    return extended
  }

  /** A causal convolution that keeps the length. */
  convolve(x: Value, kernel: Kernel, dilation = 1): Value {
    const taps = kernel.weight.shape[2]!
    assert.equal(this.#lengths[this.#kept.length], (taps - 1) * dilation, `context of ${kernel.name}`)
    return convolve(this.#author, this.extend(x), kernel, { dilation })
  }

  /** Names the output `context_next.<name>`, once every context was taken. */
  finish(): void {
    const { g } = this.#author
    assert.equal(this.#kept.length, this.#pieces.length, `contexts of '${this.#name}' are left`)
    const packed = joinAll(g, this.#kept, this.#lengths, this.#layout)
    g.output(`context_next.${this.#name}`, packed, this.#shape())
  }

  #shape() {
    return ['N', this.#channels, 1, this.#lengths.reduce((sum, length) => sum + length, 0)]
  }
}
