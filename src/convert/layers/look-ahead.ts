/**
 * The look-ahead layer over speech tokens: one convolution to the right, one to the left, and a residual.
 *
 * Rows that lie behind the end of speech count as zero vectors: the embedding's zeros, not those of a token.
 */
import { float, type Value } from '../onnx/graph-builder.ts'
import { type Author, constant, convMatrix, gemm, scalar } from './gemm.ts'
import { axisSize, type Grid } from './windows.ts'

/** Rows of left context that the second convolution needs. */
export const LOOK_AHEAD_CONTEXT = 2
/** Slope of the leaky ReLU between the convolutions. */
const LEAK = 0.01

/** `[N, A]` ids → `[N, A, E]` rows of `input_embedding`; ids below 0 are padding. */
export function tokenRows(author: Author, tokens: Value): Value {
  const { g, weights, dtype } = author
  const table = constant(
    author,
    'input_embedding.weight',
    weights.take('input_embedding.weight', [null, null]),
  )
  return g.op('Gather', [table, g.op('Max', [tokens, g.int64(0)])], { axis: 0 }, { dtype })
}

/** `rows` `[N, A, E]` with zeros from position `known` `[N]` on. */
export function knownRows(author: Author, rows: Value, tokens: Value, known: Value): Value {
  const { g, dtype } = author
  const length = g.op('Squeeze', [axisSize(g, tokens, 1)])
  const position = g.op('Range', [g.int64(0), length, g.int64(1)])
  const real = g.op('Less', [position, g.op('Unsqueeze', [known, g.int64([1])])], {}, { dtype: 'bool' })
  return g.op('Where', [g.op('Unsqueeze', [real, g.int64([2])]), rows, scalar(author, 0)], {}, { dtype })
}

/**
 * `[N, S + look-ahead, E]` → `[N · S, E]`. `context` `[N, 2, H]` holds the rows between the convolutions that came
 * before; H is the width between them.
 */
export function lookAhead(
  author: Author,
  grid: Grid,
  embedded: Value,
  context: Value,
  key: string,
): { out: Value; context: Value } {
  const { g, weights } = author
  return g.scope(key, () => {
    const [between, width, taps] = weights.shape(`${key}.conv1.weight`) as [number, number, number]
    const right = convolve(author, grid.windows(embedded, width, taps), `${key}.conv1`)
    const active = g.op('LeakyRelu', [right], { alpha: float(LEAK) })
    const left = grid.causal(grid.byRequest(active, between), context, between, LOOK_AHEAD_CONTEXT + 1)
    const residual = g.op('Slice', [embedded, g.int64([0]), grid.rows, g.int64([1])])
    const rows = g.op('Reshape', [residual, g.int64([-1, width])])
    return { out: g.op('Add', [convolve(author, left.windows, `${key}.conv2`), rows]), context: left.context }
  })
}

function convolve(author: Author, windows: Value, key: string): Value {
  const out = author.weights.dim(`${key}.weight`, 0)
  return gemm(
    author,
    windows,
    key,
    convMatrix(author.weights, key),
    author.weights.take(`${key}.bias`, [out]),
  )
}
