/** How many kernels a card starts for an evaluation of the estimator, by the nodes of its graphs. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { basename } from 'node:path'
import { describe, it } from 'node:test'
import { COSYVOICE2, COSYVOICE3 } from '../../../bench/cards/model-work.ts'
import { REAL_DIMENSIONS } from '../../../bench/real-dims/dimensions.ts'
import { REAL_DIT, REAL_DIT_CONV_CHANNELS } from '../../../bench/real-dims/dit-dimensions.ts'
import { randomWeightsOf } from '../../../bench/real-dims/random-weights.ts'
import { flowTensors } from '../../../src/convert/checkpoint/expected-tensors.ts'
import { buildFlow } from '../../../src/convert/models/flow.ts'
import { GraphBuilder } from '../../../src/convert/onnx/graph-builder.ts'
import { WeightFile } from '../../../src/convert/onnx/weight-file.ts'
import { planDitFlow } from '../../../src/families/cosyvoice3/model-parts.ts'
import { ditFlowTensors } from '../../../src/families/cosyvoice3/tensors.ts'
import { launchesOf } from '../../gpu/graph-launches.ts'

const solvers = ['euler10']
// Nothing is read or written: only nodes are counted.
const unet = (dtype: 'float16' | 'float32') => {
  const model = REAL_DIMENSIONS.flow
  return buildFlow(model, randomWeightsOf('flow.pt', flowTensors(model)), tmpdir(), { dtype, solvers })
}
const dit = (dtype: 'float16' | 'float32') =>
  planDitFlow(
    REAL_DIT,
    randomWeightsOf('flow.pt', ditFlowTensors(REAL_DIT, REAL_DIT_CONV_CHANNELS)),
    tmpdir(),
    { dtype, solvers },
  )

const counted = ({ graphs }: ReturnType<typeof unet> | ReturnType<typeof dit>) =>
  Object.fromEntries(
    graphs
      .filter(({ path }) => path.includes('estimator'))
      .map(({ path, graph }) => [basename(path, '.onnx'), launchesOf(graph.toBytes())]),
  )

describe('an evaluation at the published dimensions', () => {
  it('of CosyVoice2 starts fewer than 900 kernels where utterances are alone', () => {
    assert.deepEqual(counted(unet('float16')), { 'flow-estimator': 1009, 'flow-estimator-alone': 887 })
  })

  it('of CosyVoice3 starts fewer than 500', () => {
    assert.deepEqual(counted(dit('float16')), { 'flow-estimator': 417, 'flow-estimator-alone': 391 })
  })

  it('has the form for CPUs in single precision: no fused sums, one estimator', () => {
    assert.deepEqual(Object.keys(counted(unet('float32'))), ['flow-estimator'])
    assert.deepEqual(Object.keys(counted(dit('float32'))), ['flow-estimator'])
    assert.deepEqual(counted(unet('float32')), { 'flow-estimator': 1276 })
  })
})

it('estimates for cards count with these kernels', () => {
  for (const [{ eulerStep }, graphs] of [
    [COSYVOICE2, counted(unet('float16'))],
    [COSYVOICE3, counted(dit('float16'))],
  ] as const) {
    assert.equal(eulerStep(0).launches, graphs['flow-estimator-alone'])
    assert.equal(eulerStep(0, true).launches, graphs['flow-estimator'])
  }
})

it('sizes are the host’s, and an operator without a count is named', () => {
  const g = new GraphBuilder('count', new WeightFile('unused'))
  const x = g.input('x', 'float32', ['N', 4])
  const rows = g.op('Shape', [x], { start: 0, end: 1 }, { dtype: 'int64' })
  const shape = g.op('Concat', [g.op('Mul', [rows, g.int64([2])]), g.int64([2])], { axis: 0 })
  g.output('y', g.op('Add', [g.op('Reshape', [x, shape]), g.float32(1)]), ['M', 2])
  assert.equal(launchesOf(g.toBytes()), 1)
  g.output('z', g.op('Einsum', [x], { equation: 'ij->ji' }), [4, 'N'])
  assert.throws(() => launchesOf(g.toBytes()), /no count is known for operator Einsum/)
})
