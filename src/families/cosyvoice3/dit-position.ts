/** The DiT's position convolutions: causal and grouped, their left contexts packed into one input and one output. */
import { type Author, constant } from '../../convert/layers/gemm.ts'
import { putBefore } from '../../convert/layers/replayable.ts'
import { axisSize } from '../../convert/layers/windows.ts'
import type { Value } from '../../convert/onnx/graph-builder.ts'
import type { DitFlowParameters } from '../../core/hyper-parameters.ts'
import type { TensorSource } from '../../core/tensor-source.ts'
import { ESTIMATOR, ROWS } from './dit-projections.ts'

const TIME = 3

/**
 * The input and two causal grouped convolutions of it, Mish behind each: `[N, S, 2, W]`. `replayed`: in a graph whose runs
 * a card records.
 */
export function withPosition(author: Author, hyper: DitFlowParameters, x: Value, replayed: boolean): Value {
  const { g, dtype } = author
  const { width, convTaps } = hyper
  const shape = ['N', ROWS * 2 * width, convTaps - 1]
  const packed = g.input('context', dtype, shape)
  const contexts = g.op('Reshape', [packed, g.int64([-1, 2 * width, 1, convTaps - 1])])
  const [first, second] = g.ops(2, 'Split', [contexts], { axis: 1, num_outputs: 2 }) as [Value, Value]
  // [N, S, 2, W] → [2N, W, 1, S]: channels first, the guidance rows of a request side by side.
  const signal = g.op('Reshape', [
    g.op('Transpose', [x], { perm: [0, 2, 3, 1] }),
    g.op('Concat', [g.int64([-1, width, 1]), axisSize(g, x, 1)], { axis: 0 }),
  ])
  const one = positionConv(author, hyper, 'conv1', signal, { context: first, replayed })
  const two = positionConv(author, hyper, 'conv2', one.out, { context: second, replayed })
  const next = g.op('Concat', [one.context, two.context], { axis: 1 })
  const flat = g.op('Reshape', [next, g.int64([-1, ROWS * 2 * width, convTaps - 1])])
  g.output('context_next', flat, shape)
  const rows = g.op('Reshape', [
    two.out,
    g.op('Concat', [g.int64([-1, ROWS, width]), axisSize(g, x, 1)], { axis: 0 }),
  ])
  return g.op('Add', [x, g.op('Transpose', [rows], { perm: [0, 3, 1, 2] })])
}

function positionConv(
  author: Author,
  { width, convTaps }: DitFlowParameters,
  name: string,
  x: Value,
  { context, replayed }: { readonly context: Value; readonly replayed: boolean },
): { out: Value; context: Value } {
  const { g, weights } = author
  const key = `${ESTIMATOR}.input_embed.conv_pos_embed.${name}.0`
  const perGroup = weights.dim(`${key}.weight`, 1)
  const kernel = weights.take(`${key}.weight`, [width, perGroup, convTaps])
  return g.scope(name, () => {
    const extended = putBefore(g, context, convTaps - 1, x, { axis: TIME, replayed })
    const flat: TensorSource = { ...kernel, shape: [width, perGroup, 1, convTaps] }
    const bias = constant(author, `${key}.bias`, weights.take(`${key}.bias`, [width]))
    const sum = g.op('Conv', [extended, constant(author, `${key}.kernel`, flat), bias], {
      kernel_shape: [1, convTaps],
      group: width / perGroup,
    })
    const end = g.int64([Number.MAX_SAFE_INTEGER])
    return {
      out: g.op('Mish', [sum]),
      context: g.op('Slice', [extended, g.int64([1 - convTaps]), end, g.int64([TIME])]),
    }
  })
}
