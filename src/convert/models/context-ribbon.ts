/** The left contexts of the estimator's convolutions, packed into one tensor. */
import assert from 'node:assert/strict'
import type { FlowHyperParameters } from '../../core/hyper-parameters.ts'
import type { Weights } from '../checkpoint/weights.ts'
import { CONV_TAPS, type ContextPort } from '../layers/unet.ts'
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'

/** Layers of the estimator under this key of `flow.pt`. */
export const ESTIMATOR = 'decoder.estimator'
/** Guidance rows: guided, unguided. */
export const GUIDANCE_ROWS = 2

/** Two frames of left context, each with its guidance rows. */
export const CONTEXT_ROWS = (CONV_TAPS - 1) * GUIDANCE_ROWS

/** Channels of each convolution's context, in the order the layers take them. x's own lies in half rows. */
export function contextChannels(weights: Weights, hyper: FlowHyperParameters): number[] {
  const inputs = (key: string) => weights.dim(`${ESTIMATOR}.${key}.weight`, 1)
  const block = (key: string) => [inputs(`${key}.block1.block.0`), inputs(`${key}.block2.block.0`)]
  const middle = Array.from({ length: hyper.numMid }, (_, i) => block(`mid_blocks.${i}.0`))
  return [
    hyper.mel / GUIDANCE_ROWS,
    inputs('down_blocks.0.0.block2.block.0'),
    inputs('down_blocks.0.2'),
    ...middle.flat(),
    ...block('up_blocks.0.0'),
    inputs('up_blocks.0.2'),
    inputs('final_block.block.0'),
  ]
}

/** The packed contexts, cut into one piece per convolution and put together again. */
export class ContextRibbon implements ContextPort {
  readonly total: number
  readonly #g: GraphBuilder
  readonly #channels: readonly number[]
  readonly #pieces: readonly Value[]
  readonly #given: Value[] = []
  #taken = 0

  constructor(g: GraphBuilder, packed: Value, channels: readonly number[]) {
    this.#g = g
    this.#channels = channels
    this.total = channels.reduce((sum, one) => sum + one, 0)
    this.#pieces = g.ops(channels.length, 'Split', [packed, g.int64(channels)], { axis: -1 })
  }

  take(channels: number): Value {
    const at = this.#taken++
    assert.equal(channels, this.#channels[at], `convolution ${at} takes a context of ${channels} channels`)
    return this.#pieces[at]!
  }

  give(context: Value): void {
    this.#given.push(context)
  }

  join(): Value {
    assert.equal(this.#given.length, this.#pieces.length, 'not every convolution gave its context back')
    return this.#g.op('Concat', this.#given, { axis: -1 })
  }
}
