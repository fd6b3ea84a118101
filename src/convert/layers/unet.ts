/**
 * Pieces of the flow estimator's UNet: causal residual blocks and transformer stages, on channels-last rows.
 *
 * Rows are `[N · time · 2, channels]`, the guided and the unguided row of a time step side by side. The exception is
 * where a convolution asks for `[N, time · 2, channels]`.
 */
import { derive } from '../../core/tensor-source.ts'
import { CONTRIB, float, type Value } from '../onnx/graph-builder.ts'
import { type Author, constant, convMatrix, gemm, linear, linearMatrix, sideBySide } from './gemm.ts'
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
    const channels = weights.dim(`${key}.weight`, 1)
    const { windows, context } = grid.causal(
      grid.byRequest(x, channels),
      contexts.take(channels),
      channels,
      CONV_TAPS,
    )
    contexts.give(context)
    const out = weights.dim(`${key}.weight`, 0)
    return gemm(author, windows, key, convMatrix(weights, key), weights.take(`${key}.bias`, [out]))
  })
}

/** LayerNorm over channels, then Mish: `h · tanh(softplus(h))`. */
export function normMish(author: Author, x: Value, key: string): Value {
  const { g } = author
  return g.scope(key, () => {
    // With s = sigmoid(−h), tanh(softplus(h)) = (1 − s²) / (1 + s²); the norm yields z = −h, so
    // mish(h) = z − z / (½ + ½ s²) with s = sigmoid(z). No exponential that could overflow, and no Softplus, which is
    // a third of the whole step on CPU (notes: flow-cache §4).
    const z = layerNorm(author, x, key, -1)
    const s = g.op('Sigmoid', [z])
    const half = g.op('HardSigmoid', [g.op('Mul', [s, s])], { alpha: float(0.5), beta: float(0.5) })
    return g.op('Sub', [z, g.op('Div', [z, half])])
  })
}

/**
 * The second half of a residual block, after its first convolution `first` and its 1×1 `shortcut` (both
 * `[rows, channels]`): norm, Mish, + time embedding `[channels]`, convolution, norm, Mish, + shortcut.
 */
export function residualTail(
  author: Author,
  grid: Grid,
  contexts: ContextPort,
  key: string,
  inputs: { first: Value; shortcut: Value; time: Value },
): Value {
  const { g } = author
  const timed = g.op('Add', [normMish(author, inputs.first, `${key}.block1.block.2`), inputs.time])
  const second = causalConv(author, grid, contexts, timed, `${key}.block2.block.0`)
  return g.op('Add', [normMish(author, second, `${key}.block2.block.2`), inputs.shortcut])
}

/** A whole residual block on `x` `[rows, channels in]`. */
export function residualBlock(
  author: Author,
  grid: Grid,
  contexts: ContextPort,
  key: string,
  x: Value,
  time: Value,
): Value {
  const first = causalConv(author, grid, contexts, x, `${key}.block1.block.0`)
  const shortcut = pointwiseConv(author, x, `${key}.res_conv`)
  return residualTail(author, grid, contexts, key, { first, shortcut, time })
}

/** Conv1d with one tap: a Linear on rows. */
export function pointwiseConv(author: Author, x: Value, key: string): Value {
  const { g, weights } = author
  return g.scope(key, () => {
    const out = weights.dim(`${key}.weight`, 0)
    return gemm(author, x, key, convMatrix(weights, key), weights.take(`${key}.bias`, [out]))
  })
}

/**
 * `count` transformer blocks (`key.0`, `key.1`, …) on `x` `[rows, channels]`: pre-norm self-attention and GELU
 * feed-forward. (SkipLayerNormalization would fuse sum and norm, but on CPU it takes three times both.)
 */
export function transformerStage(
  author: Author,
  key: string,
  count: number,
  x: Value,
  attend: AttendFn,
): Value {
  const { g } = author
  let out = x
  for (let i = 0; i < count; i++) {
    const block = `${key}.${i}`
    out = g.scope(block, () => {
      const attended = selfAttention(
        author,
        `${block}.attn1`,
        layerNorm(author, out, `${block}.norm1`),
        attend,
      )
      const middle = g.op('Add', [out, attended])
      const hidden = geluLinear(author, layerNorm(author, middle, `${block}.norm3`), `${block}.ff.net.0.proj`)
      return g.op('Add', [middle, linear(author, hidden, `${block}.ff.net.2`)])
    })
  }
  return out
}

function selfAttention(author: Author, key: string, x: Value, attend: AttendFn): Value {
  const { g, weights } = author
  return g.scope('attn1', () => {
    const matrix = sideBySide(['to_q', 'to_k', 'to_v'].map((part) => linearMatrix(weights, `${key}.${part}`)))
    const joined = gemm(author, x, `${key}.qkv`, matrix)
    const [q, k, v] = g.ops(3, 'Split', [joined], { axis: -1, num_outputs: 3 }) as [Value, Value, Value]
    return linear(author, attend(q, k, v), `${key}.to_out.0`)
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
  const { g, weights } = author
  const [scale, shift] = ['weight', 'bias'].map((part) => {
    const source = weights.take(`${key}.${part}`, [null])
    if (sign === 1) return constant(author, `${key}.${part}`, source)
    const negated = derive([source], source.shape, (values) => values.map((value) => -value))
    return constant(author, `${key}.${part}.negated`, negated)
  }) as [Value, Value]
  return g.op('LayerNormalization', [x, scale, shift], { axis: -1, epsilon: float(NORM_EPS) })
}
