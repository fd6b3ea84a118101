/** The left contexts of the estimator's convolutions, packed into one tensor. */
import assert from 'node:assert/strict'
import type { FlowHyperParameters } from '../../core/hyper-parameters.ts'
import type { Weights } from '../checkpoint/weights.ts'
import { cutEqually, joinEqually, wholeGroups } from '../layers/replayable.ts'
import { CONV_TAPS, type ContextPort } from '../layers/unet.ts'
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'

/** Layers of the estimator under this key of `flow.pt`. */
export const ESTIMATOR = 'decoder.estimator'
/** Guidance rows: guided, unguided. */
export const GUIDANCE_ROWS = 2

/** The axis of channels. */
const CHANNELS = -1

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

/** How the contexts lie in a graph's packed tensor, `[N, CONTEXT_ROWS, total]`. */
export interface RibbonPlan {
  /** Channels of each convolution's context, in the order in which they are taken. */
  readonly channels: readonly number[]
  readonly total: number
  /** Channels of a part, where all parts are equal and a context takes whole ones; undefined where each is a part. */
  readonly unit?: number
}

/** `replayed`: for a graph whose runs a card records, in equal parts. */
export function ribbonPlan(channels: readonly number[], replayed: boolean): RibbonPlan {
  if (!replayed) return { channels, total: channels.reduce((sum, one) => sum + one, 0) }
  // Most contexts are as wide as the estimator.
  const unit = [...channels].sort((a, b) => a - b)[channels.length >> 1]!
  const parts = channels.reduce((sum, one) => sum + Math.ceil(one / unit), 0)
  return { channels, unit, total: unit * wholeGroups(parts) }
}

/** The packed contexts, cut into one piece per convolution and put together again. */
export class ContextRibbon implements ContextPort {
  readonly total: number
  readonly #g: GraphBuilder
  readonly #plan: RibbonPlan
  /** A piece for each convolution, or all equal parts. */
  readonly #pieces: readonly Value[]
  readonly #given: Value[] = []
  #taken = 0
  /** Parts that were taken. */
  #parts = 0

  constructor(g: GraphBuilder, packed: Value, plan: RibbonPlan) {
    const { channels, unit, total } = plan
    this.#g = g
    this.#plan = plan
    this.total = total
    this.#pieces =
      unit === undefined
        ? g.ops(channels.length, 'Split', [packed, g.int64(channels)], { axis: -1 })
        : cutEqually(g, packed, total / unit, CHANNELS)
  }

  take(channels: number): Value {
    const { unit } = this.#plan
    const at = this.#taken++
    const expected = this.#plan.channels[at]
    assert.equal(channels, expected, `convolution ${at} takes a context of ${channels} channels`)
    if (unit === undefined) return this.#pieces[at]!
    const parts = Math.ceil(channels / unit)
    const whole = joinEqually(this.#g, this.#pieces.slice(this.#parts, this.#parts + parts), CHANNELS)
    this.#parts += parts
    if (parts * unit === channels) return whole
    const [from, to, axes] = [[0], [channels], [CHANNELS]].map((values) => this.#g.int64(values))
    return this.#g.op('Slice', [whole, from!, to!, axes!])
  }

  give(context: Value): void {
    const { channels, unit } = this.#plan
    const own = channels[this.#taken - 1]!
    if (unit === undefined) return void this.#given.push(context)
    const parts = Math.ceil(own / unit)
    const more = parts * unit - own
    const whole =
      more === 0
        ? context
        : this.#g.op('Pad', [context, this.#g.int64([0, more]), null, this.#g.int64([CHANNELS])])
    this.#given.push(...cutEqually(this.#g, whole, parts, CHANNELS))
  }

  join(): Value {
    assert.equal(this.#taken, this.#plan.channels.length, 'not every convolution took its context')
    const { unit, total } = this.#plan
    if (unit === undefined) {
      assert.equal(this.#given.length, this.#pieces.length, 'not every convolution gave its context back')
      return this.#g.op('Concat', this.#given, { axis: CHANNELS })
    }
    // Parts that no convolution takes have any values.
    const missing = total / unit - this.#given.length
    return joinEqually(this.#g, [...this.#given, ...Array(missing).fill(this.#given[0]!)], CHANNELS)
  }
}
