/** The time embeddings of the UNet's residual blocks, as constants of a graph that an evaluation's number chooses from. */
import type { FlowHyperParameters } from '../../core/hyper-parameters.ts'
import { type Author, constant, isForCards, sideBySide } from '../layers/gemm.ts'
import { timeTable } from '../layers/time-embedding.ts'
import type { Value } from '../onnx/graph-builder.ts'
import { ESTIMATOR } from './context-ribbon.ts'

/**
 * Time embedding `[C]` of each residual block at `step`. On a card they are one row of one table, cut at once.
 */
export function timeVectors(
  author: Author,
  hyper: FlowHyperParameters,
  times: readonly number[],
  step: Value,
): (block: string) => Value {
  const { g, weights } = author
  const tableOf = (block: string) => timeTable(weights, ESTIMATOR, block, times)
  if (!isForCards(author))
    return (block) => g.op('Gather', [constant(author, `${block}.time`, tableOf(block)), step], { axis: 0 })
  const blocks = blocksOf(hyper)
  const tables = blocks.map(tableOf)
  const row = g.op('Gather', [constant(author, `${ESTIMATOR}.times`, sideBySide(tables)), step], { axis: 0 })
  const widths = g.int64(tables.map(({ shape }) => shape[1]!))
  const vectors = g.ops(blocks.length, 'Split', [row, widths], { axis: 0 })
  return (block) => vectors[blocks.indexOf(block)]!
}

/** Keys of the residual blocks. */
function blocksOf({ numMid }: FlowHyperParameters): string[] {
  const middle = Array.from({ length: numMid }, (_, i) => `mid_blocks.${i}.0`)
  return ['down_blocks.0.0', ...middle, 'up_blocks.0.0'].map((key) => `${ESTIMATOR}.${key}`)
}
