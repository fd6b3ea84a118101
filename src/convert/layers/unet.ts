/**
 * Pieces of the flow estimator's UNet: causal residual blocks and transformer stages, on channels-last rows.
 *
 * Rows are `[N · time · 2, channels]`, the guided and the unguided row of a time step side by side. The exception is
 * where a convolution asks for `[N, time · 2, channels]`.
 */
import { derive, type TensorSource } from '../../core/tensor-source.ts'
import { CONTRIB, float, type Value } from '../onnx/graph-builder.ts'
import {
  type Author,
  constant,
  convMatrix,
  gemm,
  isForCards,
  linear,
  linearMatrix,
  sideBySide,
} from './gemm.ts'
import { type NormWeights, normAfterBias, normOfSum, type PendingSum } from './skip-norm.ts'
import type { Grid } from './windows.ts'

/** Epsilon of every LayerNorm of the estimator. */
const NORM_EPS = 1e-5
/** Taps of every causal convolution. */
export const CONV_TAPS = 3

/** Left contexts of the convolutions, handed out and collected in the order of the layers. */
export interface ContextPort {
  /** The context for a convolution over `channels` channels, `[N, 4, channels]`. */
  take(channels: number): Value
  /** What the next run will need there. */
  give(context: Value): void
}

/** Attention of one layer over rows `[N · time · 2, E]` for queries, keys and values; the result has that shape too. */
export type AttendFn = (q: Value, k: Value, v: Value) => Value

/** Causal convolution of `CONV_TAPS` taps over `x` `[N · rows, channels]`. */
export function causalConv(author: Author, grid: Grid, contexts: ContextPort, x: Value, key: string): Value {
  const { g, weights } = author
  return g.scope(key, () => {
    const windows = causalWindows(author, grid, contexts, x, key)
    return gemm(author, windows, key, convMatrix(weights, key), biasOf(author, key))
  })
}

/** The same, then LayerNorm and Mish under `norm`. */
export function causalConvNormMish(
  author: Author,
  grid: Grid,
  contexts: ContextPort,
  x: Value,
  key: string,
  norm: string,
): Value {
  if (!isForCards(author)) return normMish(author, causalConv(author, grid, contexts, x, key), norm)
  const { g, weights } = author
  const product = g.scope(key, () =>
    gemm(author, causalWindows(author, grid, contexts, x, key), key, convMatrix(weights, key)),
  )
  return g.scope(norm, () =>
    g.op('Mish', [normAfterBias(author, product, key, biasOf(author, key), normWeights(author, norm))]),
  )
}

function causalWindows(author: Author, grid: Grid, contexts: ContextPort, x: Value, key: string): Value {
  const channels = author.weights.dim(`${key}.weight`, 1)
  const { windows, context } = grid.causal(
    grid.byRequest(x, channels),
    contexts.take(channels),
    channels,
    CONV_TAPS,
  )
  contexts.give(context)
  return windows
}

/** LayerNorm over channels, then Mish: `h · tanh(softplus(h))`. */
export function normMish(author: Author, x: Value, key: string): Value {
  const { g } = author
  return g.scope(key, () => {
    // Three kernels of a card: softplus, tanh, product.
    if (isForCards(author)) return g.op('Mish', [layerNorm(author, x, key)])
    // With s = sigmoid(−h), tanh(softplus(h)) = (1 − s²) / (1 + s²); the norm yields z = −h, so
    // mish(h) = z − z / (½ + ½ s²) with s = sigmoid(z). No exponential that could overflow, and no Softplus, which is
    // a third of the whole step on CPU (notes: flow-cache §4).
    const z = layerNorm(author, x, key, -1)
    const s = g.op('Sigmoid', [z])
    const half = g.op('HardSigmoid', [g.op('Mul', [s, s])], { alpha: float(0.5), beta: float(0.5) })
    return g.op('Sub', [z, g.op('Div', [z, half])])
  })
}

/** What a residual block hands on: rows, or on a card the sum that the next norm makes. */
export type Residual = Value | PendingSum

/**
 * The second half of a residual block: + time embedding `[channels]`, convolution, norm, Mish, + shortcut. `first` is what its
 * first convolution, norm and Mish gave, `shortcut` its 1×1 convolution, both `[rows, channels]`.
 */
export function residualTail(
  author: Author,
  grid: Grid,
  contexts: ContextPort,
  key: string,
  inputs: { first: Value; shortcut: Value; shortcutBias?: TensorSource; time: Value },
): Residual {
  const { g } = author
  const timed = g.op('Add', [inputs.first, inputs.time])
  const second = `${key}.block2.block`
  const added = causalConvNormMish(author, grid, contexts, timed, `${second}.0`, `${second}.2`)
  if (!isForCards(author)) return g.op('Add', [added, inputs.shortcut])
  return { added, to: inputs.shortcut, bias: inputs.shortcutBias, name: `${key}.res_conv` }
}

/** A whole residual block on `x` `[rows, channels in]`. */
export function residualBlock(
  author: Author,
  grid: Grid,
  contexts: ContextPort,
  key: string,
  x: Value,
  time: Value,
): Residual {
  const block = `${key}.block1.block`
  const first = causalConvNormMish(author, grid, contexts, x, `${block}.0`, `${block}.2`)
  const conv = `${key}.res_conv`
  const matrix = convMatrix(author.weights, conv)
  const bias = biasOf(author, conv)
  if (!isForCards(author)) {
    const shortcut = gemm(author, x, conv, matrix, bias)
    return residualTail(author, grid, contexts, key, { first, shortcut, time })
  }
  const shortcut = gemm(author, x, conv, matrix)
  return residualTail(author, grid, contexts, key, { first, shortcut, shortcutBias: bias, time })
}

/**
 * `count` transformer blocks (`key.0`, `key.1`, …) on `x` `[rows, channels]`: pre-norm self-attention and GELU
 * feed-forward.
 */
export function transformerStage(
  author: Author,
  key: string,
  count: number,
  x: Residual,
  attend: AttendFn,
): Value {
  let out = x
  for (let i = 0; i < count; i++) {
    const block = `${key}.${i}`
    out = author.g.scope(block, () => transformerBlock(author, block, out, attend))
  }
  return 'added' in out ? normOfSum(author, out, normWeights(author, `${key}.${count - 1}.norm3`)).sum : out
}

function transformerBlock(author: Author, block: string, x: Residual, attend: AttendFn): Residual {
  const first = normOf(author, x, `${block}.norm1`)
  const out = `${block}.attn1.to_out.0`
  const feed = `${block}.ff.net.2`
  const attended = selfAttention(author, `${block}.attn1`, first.norm, attend)
  const middle = normOf(author, branch(author, out, attended, first.sum), `${block}.norm3`)
  const hidden = geluLinear(author, middle.norm, `${block}.ff.net.0.proj`)
  return branch(author, feed, hidden, middle.sum)
}

/** `to` + the linear layer `key` of `x`. */
function branch(author: Author, key: string, x: Value, to: Value): Residual {
  if (!isForCards(author)) return author.g.op('Add', [to, linear(author, x, key)])
  const added = gemm(author, x, key, linearMatrix(author.weights, key))
  return { added, to, bias: biasOf(author, key), name: key }
}

/** The norm of what a residual holds, and the rows themselves. */
function normOf(author: Author, x: Residual, key: string): { readonly norm: Value; readonly sum: Value } {
  return 'added' in x
    ? normOfSum(author, x, normWeights(author, key))
    : { norm: layerNorm(author, x, key), sum: x }
}

/** Attention without its last linear layer. */
function selfAttention(author: Author, key: string, x: Value, attend: AttendFn): Value {
  const { g, weights } = author
  return g.scope('attn1', () => {
    const matrix = sideBySide(['to_q', 'to_k', 'to_v'].map((part) => linearMatrix(weights, `${key}.${part}`)))
    const joined = gemm(author, x, `${key}.qkv`, matrix)
    const [q, k, v] = g.ops(3, 'Split', [joined], { axis: -1, num_outputs: 3 }) as [Value, Value, Value]
    return attend(q, k, v)
  })
}

function geluLinear(author: Author, x: Value, key: string): Value {
  const { g, weights } = author
  const product = gemm(author, x, key, linearMatrix(weights, key))
  const bias = constant(author, `${key}.bias`, weights.take(`${key}.bias`, [null]))
  return g.op('BiasGelu', [product, bias], {}, { domain: CONTRIB })
}

/** LayerNorm over the last axis; `sign` −1 yields the negated result. */
function layerNorm(author: Author, x: Value, key: string, sign: 1 | -1 = 1): Value {
  const { scale, shift, epsilon } = normWeights(author, key, sign)
  return author.g.op('LayerNormalization', [x, scale, shift], { axis: -1, epsilon: float(epsilon) })
}

function normWeights(author: Author, key: string, sign: 1 | -1 = 1): NormWeights {
  const [scale, shift] = ['weight', 'bias'].map((part) => {
    const source = author.weights.take(`${key}.${part}`, [null])
    if (sign === 1) return constant(author, `${key}.${part}`, source)
    const negated = derive([source], source.shape, (values) => values.map((value) => -value))
    return constant(author, `${key}.${part}.negated`, negated)
  }) as [Value, Value]
  return { scale, shift, epsilon: NORM_EPS }
}

function biasOf({ weights }: Author, key: string): TensorSource {
  return weights.take(`${key}.bias`, [weights.dim(`${key}.weight`, 0)])
}
