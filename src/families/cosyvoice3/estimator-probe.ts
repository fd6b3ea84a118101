/**
 * The estimator alone, at times of its own and with the four inputs as they are: for comparing single calls with the
 * reference. A bundle's graph knows only its solvers' times, and gets condition, mu and speaker from the encoder's.
 */
import { join } from 'node:path'
import type { Weights } from '../../convert/checkpoint/weights.ts'
import { gemm, linear } from '../../convert/layers/gemm.ts'
import { GraphBuilder } from '../../convert/onnx/graph-builder.ts'
import { WeightFile } from '../../convert/onnx/weight-file.ts'
import type { DitFlowParameters } from '../../core/hyper-parameters.ts'
import type { ModelPart } from '../family.ts'
import { DitBody } from './dit-estimator.ts'
import { ESTIMATOR, inputMatrix } from './dit-projections.ts'

const INPUTS = 4

/**
 * Inputs `x` `[1, S, M]`, `others` `[1, S, 3M]` (condition, mu, speaker of each frame), `mask` `[S, S]` bool. Also
 * `step` (index of `times`), and an empty state as in `buildDitStep`. Output `velocity` `[S, M]`.
 */
export function planEstimatorProbe(
  hyper: DitFlowParameters,
  weights: Weights,
  folder: string,
  times: readonly number[],
): ModelPart {
  const name = 'estimator-probe'
  const file = new WeightFile(join(folder, `${name}.data`))
  const g = new GraphBuilder(name, file)
  const author = { g, weights, dtype: 'float32' as const }
  const { mel, width } = hyper
  const key = `${ESTIMATOR}.input_embed.proj`
  const x = g.input('x', 'float32', ['N', 'S', mel])
  const body = new DitBody(author, hyper, x, { times, masked: true })
  const others = g.op('Reshape', [
    g.input('others', 'float32', ['N', 'S', (INPUTS - 1) * mel]),
    g.int64([-1, (INPUTS - 1) * mel]),
  ])
  const matrix = inputMatrix(weights, hyper, 1, INPUTS)
  const guide = gemm(author, others, `${key}.probe`, matrix, weights.take(`${key}.bias`, [width]))
  // Both guidance rows get the same; one comes out.
  const both = g.op('Unsqueeze', [guide, g.int64([1])])
  const hidden = body.build(g.op('Concat', [both, both], { axis: 1 }), g.input('step', 'int64', []))
  const first = g.op('Reshape', [
    g.op('Slice', [hidden, g.int64([0]), g.int64([1]), g.int64([2])]),
    g.int64([-1, width]),
  ])
  g.output('velocity', linear(author, first, `${ESTIMATOR}.proj_out`), ['F', mel])
  return { name, graphs: [{ path: join(folder, `${name}.onnx`), graph: g }], weights: file }
}
