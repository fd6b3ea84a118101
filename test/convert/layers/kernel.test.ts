import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Weights } from '../../../src/convert/checkpoint/weights.ts'
import { readKernel, scaled } from '../../../src/convert/layers/kernel.ts'
import { readFloat32, sourceOf } from '../../../src/core/tensor-source.ts'
import { maxDifference } from '../../helpers/npy.ts'

const direction = Float32Array.from([3, 0, 4, 0, /* norm 5 */ 1, 2, 2, 0 /* norm 3 */])
const gain = Float32Array.from([10, -3])
/** gain · direction / norm */
const folded = Float32Array.from([6, 0, 8, 0, -1, -2, -2, 0])
const bias = sourceOf(Float32Array.from([0.5, -0.5]), [2])

function weights(entries: Record<string, Float32Array>): Weights {
  const tensors = Object.entries(entries).map(([name, values]) => {
    const shape = values.length === 2 ? [2, 1, 1] : [2, 2, 2]
    return [`conv.${name}`, sourceOf(values, shape)] as const
  })
  return new Weights('hift.pt', new Map([...tensors, ['conv.bias', bias]]))
}

it('a kernel is the same however weight norm saved it', async () => {
  for (const saved of [
    { weight: folded },
    { weight_g: gain, weight_v: direction },
    { 'parametrizations.weight.original0': gain, 'parametrizations.weight.original1': direction },
  ]) {
    const kernel = readKernel(weights(saved), 'conv', [2, 2, 2])
    assert(maxDifference(await readFloat32(kernel.weight), folded) < 1e-6, Object.keys(saved).join())
  }
})

it('a kernel of another shape is refused by its key', () => {
  assert.throws(() => readKernel(weights({ weight: folded }), 'conv', [2, 2, 3]), {
    code: 'BAD_CHECKPOINT',
    message: /conv\.weight/,
  })
})

it('gains multiply rows, columns and bias', async () => {
  const kernel = readKernel(weights({ weight: folded }), 'conv', [2, 2, 2])
  const perRow = sourceOf(Float32Array.from([2, 3]), [2])
  const perColumn = sourceOf(Float32Array.from([10, 100]), [2])
  const made = scaled(kernel, { rows: perRow, columns: perColumn, bias: perRow })
  assert.deepEqual([...(await readFloat32(made.weight))], [120, 0, 1600, 0, -30, -60, -600, 0])
  assert.deepEqual([...(await readFloat32(made.bias))], [1, -1.5])
  const halved = scaled(kernel, { rows: 0.5 })
  assert.deepEqual([...(await readFloat32(halved.weight))], [3, 0, 4, 0, -0.5, -1, -1, 0])
  assert.deepEqual([...(await readFloat32(halved.bias))], [0.5, -0.5])
})
