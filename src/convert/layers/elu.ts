/** The exponential linear unit: x where it is positive, exp(x) − 1 elsewhere. */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'

/**
 * Single precision. `forCards`: of operators that a CUDA card has in this opset, which the one for the whole is not. It
 * is the sum of both branches, each 0 where the other holds.
 */
export function elu(g: GraphBuilder, x: Value, forCards: boolean): Value {
  if (!forCards) return g.op('Elu', [x])
  const below = g.op('Exp', [g.op('Min', [x, g.float32(0)])])
  return g.op('Add', [g.op('Relu', [x]), g.op('Sub', [below, g.float32(1)])])
}
