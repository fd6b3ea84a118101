/**
 * Sums and layer norms in one operator, `SkipLayerNormalization`: a card starts one kernel where it would start three.
 *
 * A CPU takes three times as long for it as for sum and norm, so only half precision has it.
 */
import { derive, type TensorSource } from '../../core/tensor-source.ts'
import { CONTRIB, float, type Value } from '../onnx/graph-builder.ts'
import { type Author, constant } from './gemm.ts'

/** A sum that is not made yet: `added` + `to` + `bias`, rows `[rows, channels]` and a vector `[channels]`. */
export interface PendingSum {
  readonly added: Value
  readonly to: Value
  readonly bias?: TensorSource | Value | undefined
  /** Of the bias among the graph's weights. */
  readonly name: string
}

export interface NormWeights {
  readonly scale: Value
  readonly shift: Value
  readonly epsilon: number
}

/** The sum's norm, and the sum itself. */
export function normOfSum(
  author: Author,
  pending: PendingSum,
  { scale, shift, epsilon }: NormWeights,
): { readonly norm: Value; readonly sum: Value } {
  const inputs = [pending.added, pending.to, scale, shift]
  const { bias } = pending
  if (bias !== undefined) inputs.push('read' in bias ? constant(author, `${pending.name}.bias`, bias) : bias)
  // The two in the middle are the mean and the deviation, which only training asks for.
  const [norm, , , sum] = author.g.ops(
    4,
    'SkipLayerNormalization',
    inputs,
    { epsilon: float(epsilon) },
    { domain: CONTRIB },
  ) as [Value, Value, Value, Value]
  return { norm, sum }
}

/** The norm of rows `x` `[rows, channels]` after a bias, which every row gets. */
export function normAfterBias(
  author: Author,
  x: Value,
  name: string,
  bias: TensorSource,
  weights: NormWeights,
): Value {
  const { g } = author
  const [channels] = bias.shape as [number]
  // A request of one row each: what is added to all requests may be one row.
  const single = g.op('Reshape', [x, g.int64([-1, 1, channels])])
  const row = derive([bias], [1, channels], (values) => values!)
  const to = constant(author, `${name}.bias.row`, row)
  const { norm } = normOfSum(author, { added: single, to, name }, weights)
  return g.op('Reshape', [norm, g.int64([-1, channels])])
}
