/**
 * Conformer blocks as the flow encoder uses them: pre-norm, relative attention, Swish feed-forward, no convolution.
 */
import { derive } from '../../core/tensor-source.ts'
import { CONTRIB, float, type Value } from '../onnx/graph-builder.ts'
import { type Author, constant, linear } from './gemm.ts'
import { type DistanceWindow, type RelativeCache, relativeAttention } from './relative-attention.ts'
import type { Grid } from './windows.ts'

/** Epsilon of the norms inside a block; far smaller than that of the norms around the blocks. */
const BLOCK_NORM_EPS = 1e-12
const OUTER_NORM_EPS = 1e-5

/** One block on `x` `[N · S, E]`. */
export function conformerBlock(
  author: Author,
  grid: Grid,
  key: string,
  heads: number,
  x: Value,
  cache: RelativeCache,
  window: DistanceWindow,
): { out: Value; keys: Value; values: Value } {
  const { g } = author
  return g.scope(key, () => {
    const normed = blockNorm(author, x, `${key}.norm_mha`)
    const attended = relativeAttention(author, grid, `${key}.self_attn`, heads, normed, cache, window)
    const middle = g.op('Add', [x, attended.out])
    const out = g.op('Add', [middle, feedForward(author, middle, key)])
    return { out, keys: attended.keys, values: attended.values }
  })
}

function feedForward(author: Author, x: Value, key: string): Value {
  const { g } = author
  const hidden = linear(author, blockNorm(author, x, `${key}.norm_ff`), `${key}.feed_forward.w_1`)
  const active = g.op('QuickGelu', [hidden], { alpha: float(1) }, { domain: CONTRIB })
  return linear(author, active, `${key}.feed_forward.w_2`)
}

/** The blocks' entry: Linear, LayerNorm, times √E. No absolute position is added. */
export function embedRows(author: Author, x: Value, key: string): Value {
  const { g, weights } = author
  return g.scope(key, () => {
    const width = weights.dim(`${key}.0.weight`, 0)
    return norm(author, linear(author, x, `${key}.0`), `${key}.1`, OUTER_NORM_EPS, Math.sqrt(width))
  })
}

/** A norm inside a block. */
export function blockNorm(author: Author, x: Value, key: string): Value {
  return norm(author, x, key, BLOCK_NORM_EPS)
}

/** The norm behind the last block. */
export function outerNorm(author: Author, x: Value, key: string): Value {
  return norm(author, x, key, OUTER_NORM_EPS)
}

/** LayerNorm over the last axis, the result times `gain`. */
function norm(author: Author, x: Value, key: string, epsilon: number, gain = 1): Value {
  const { g, weights } = author
  const [scale, shift] = ['weight', 'bias'].map((part) => {
    const source = weights.take(`${key}.${part}`, [null])
    if (gain === 1) return constant(author, `${key}.${part}`, source)
    const scaled = derive([source], source.shape, (values) => values.map((value) => value * gain))
    return constant(author, `${key}.${part}.scaled`, scaled)
  }) as [Value, Value]
  return g.op('LayerNormalization', [x, scale, shift], { axis: -1, epsilon: float(epsilon) })
}
