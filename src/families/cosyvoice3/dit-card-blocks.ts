/**
 * The DiT's transformer blocks for cards: sums go with norms, biases with what reads them, rotation is one operator.
 *
 * Rows are `[N · S · 2, W]` throughout. The vectors of an evaluation are one row of one table (`ada-norm.ts`).
 */
import type { Weights } from '../../convert/checkpoint/weights.ts'
import { type Author, constant, gemm, linearMatrix } from '../../convert/layers/gemm.ts'
import { cutEqually, wholeGroups } from '../../convert/layers/replayable.ts'
import { type NormWeights, normOfSum, type PendingSum } from '../../convert/layers/skip-norm.ts'
import { CONTRIB, float, type Value } from '../../convert/onnx/graph-builder.ts'
import type { DitFlowParameters } from '../../core/hyper-parameters.ts'
import { adaNormTable, BLOCK_VECTORS, joinedNormTable, LAST_VECTORS } from './ada-norm.ts'
import { ESTIMATOR } from './dit-projections.ts'

const NORM_EPS = 1e-6
const VECTORS = BLOCK_VECTORS + 2

export interface CardBlocks {
  readonly author: Author
  readonly hyper: DitFlowParameters
  /** Times that `step` counts. */
  readonly times: readonly number[]
  readonly step: Value
  /** Attention of a layer over rows `[rows, W]`, before its last linear layer. */
  readonly attend: (layer: number, key: string, x: Value) => Value
}

/** All blocks and the last norm on `x` `[rows, W]`: `[rows, W]`. */
export function cardBlocks(blocks: CardBlocks, x: Value): Value {
  const { g } = blocks.author
  const vectors = g.scope('time', () => vectorsOf(blocks))
  let rows: Value | PendingSum = x
  for (let i = 0; i < blocks.hyper.blocks; i++) {
    const given: Value | PendingSum = rows
    rows = g.scope(`blocks.${i}`, () => cardBlock(blocks, i, given, vectors.slice(VECTORS * i)))
  }
  const [scale, shift] = vectors.slice(VECTORS * blocks.hyper.blocks) as [Value, Value]
  const last: Value | PendingSum = rows
  return g.scope('last', () => normOf(blocks.author, last, { scale, shift, epsilon: NORM_EPS }).norm)
}

function cardBlock(
  { author, attend }: CardBlocks,
  index: number,
  x: Value | PendingSum,
  vectors: readonly Value[],
): PendingSum {
  const { g, weights } = author
  const [shift, scale, gate, feedShift, feedScale, feedGate, bias, feedBias] = vectors as [
    ...[Value, Value, Value, Value],
    ...[Value, Value, Value, Value],
  ]
  const key = `${ESTIMATOR}.transformer_blocks.${index}`
  const first = normOf(author, x, { scale, shift, epsilon: NORM_EPS })
  const attended = g.scope('attn', () =>
    product(author, `${key}.attn.to_out.0`, attend(index, `${key}.attn`, first.norm)),
  )
  const added = g.op('Mul', [attended, gate])
  const attendedSum: PendingSum = { added, to: first.sum, bias, name: `${key}.attn` }
  const middle = normOfSum(author, attendedSum, { scale: feedScale, shift: feedShift, epsilon: NORM_EPS })
  return g.scope('ff', () => {
    const wide = `${key}.ff.ff.0.0`
    const wideBias = constant(author, `${wide}.bias`, weights.take(`${wide}.bias`, [null]))
    const hidden = g.op('FastGelu', [product(author, wide, middle.norm), wideBias], {}, { domain: CONTRIB })
    const fed = product(author, `${key}.ff.ff.2`, hidden)
    return { added: g.op('Mul', [fed, feedGate]), to: middle.sum, bias: feedBias, name: `${key}.ff` }
  })
}

/** A linear layer without its bias. */
function product(author: Author, key: string, x: Value): Value {
  return gemm(author, x, key, linearMatrix(author.weights, key))
}

function normOf(author: Author, x: Value | PendingSum, weights: NormWeights): { norm: Value; sum: Value } {
  if ('added' in x) return normOfSum(author, x, weights)
  const { scale, shift, epsilon } = weights
  const attributes = { axis: -1, epsilon: float(epsilon) }
  return { norm: author.g.op('LayerNormalization', [x, scale, shift], attributes), sum: x }
}

/** Every vector `[W]` of this evaluation, block by block, then the last norm's. */
function vectorsOf({ author, hyper, times, step }: CardBlocks): Value[] {
  const { g, weights } = author
  const { blocks, width } = hyper
  const used = VECTORS * blocks + LAST_VECTORS
  const all = wholeGroups(used)
  const table = joinedNormTable(
    Array.from({ length: blocks }, (_, i) => blockTable(weights, i, times, width)),
    adaNormTable(weights, ESTIMATOR, `${ESTIMATOR}.norm_out.linear`, times, LAST_VECTORS),
    width,
    all - used,
  )
  const row = g.op('Gather', [constant(author, `${ESTIMATOR}.times`, table), step], { axis: 0 })
  return cutEqually(g, row, all, 0)
}

function blockTable(weights: Weights, index: number, times: readonly number[], width: number) {
  const key = `${ESTIMATOR}.transformer_blocks.${index}`
  const bias = (layer: string) => weights.take(`${key}.${layer}.bias`, [width])
  return {
    table: adaNormTable(weights, ESTIMATOR, `${key}.attn_norm.linear`, times, BLOCK_VECTORS),
    biases: [bias('attn.to_out.0'), bias('ff.ff.2')] as const,
  }
}
