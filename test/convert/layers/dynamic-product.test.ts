import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { dynamicProduct, quantisedColumns } from '../../../src/convert/layers/dynamic-product.ts'
import { GraphBuilder } from '../../../src/convert/onnx/graph-builder.ts'
import { WeightFile } from '../../../src/convert/onnx/weight-file.ts'
import { readFloat32, sourceOf } from '../../../src/core/tensor-source.ts'
import { openRuntime } from '../../../src/engine/runtime/open-runtime.ts'
import { noise } from '../../audio/signals.ts'
import { hostTensor } from '../../helpers/host-tensor.ts'
import { maxDifference } from '../../helpers/npy.ts'
import { SeededRandom } from '../../helpers/seeded-random.ts'

const [ROWS, WIDTH, OUT] = [5, 48, 20]

const random = new SeededRandom(17)
// Columns of very different sizes, one of nothing but zeros.
const matrix = noise(random, WIDTH * OUT).map(
  (value, i) => value * (i % OUT === 3 ? 0 : 4 ** ((i % OUT) - 10)),
)
const bias = noise(random, OUT)

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-dynamic-'))
})
after(() => rm(folder, { recursive: true, force: true }))

it('a weight is kept within half a step of its column, in seven bits', async () => {
  const { levels, scales } = quantisedColumns(sourceOf(matrix, [WIDTH, OUT]))
  const level = new Int8Array((await levels.read()).buffer)
  const scale = await readFloat32(scales)
  for (const [i, value] of matrix.entries()) {
    const step = scale[i % OUT]!
    assert(Math.abs(level[i]!) <= 63)
    assert(Math.abs(level[i]! * step - value) <= step * 0.5001)
  }
  assert.equal(Math.max(...level), 63)
})

for (const withBias of [true, false]) {
  it(`products are those of rounded weights and rounded inputs ${withBias ? 'and a' : 'without'} bias`, async () => {
    const x = noise(random, ROWS * WIDTH).map((value) => value + 0.3)
    const made = await run(x, withBias)
    const { levels, scales } = quantisedColumns(sourceOf(matrix, [WIDTH, OUT]))
    const level = new Int8Array((await levels.read()).buffer)
    const scale = await readFloat32(scales)
    // One scale for all of x, over a range that holds zero.
    const [low, high] = [Math.min(0, ...x), Math.max(0, ...x)]
    const step = (high - low) / 255
    const zero = Math.round(-low / step)
    const rounded = x.map(
      (value) => step * (Math.min(255, Math.max(0, Math.round(value / step) + zero)) - zero),
    )
    for (let row = 0; row < ROWS; row++)
      for (let out = 0; out < OUT; out++) {
        let sum = withBias ? bias[out]! : 0
        let size = 1e-3
        for (let c = 0; c < WIDTH; c++) {
          const weight = level[c * OUT + out]! * scale[out]!
          sum += rounded[row * WIDTH + c]! * weight
          size += Math.abs(weight)
        }
        // A value on the border between two levels may go to either.
        assert(Math.abs(made[row * OUT + out]! - sum) <= (step * size) / WIDTH, `row ${row}, column ${out}`)
      }
    assert(maxDifference(made.subarray(0, OUT), made.subarray(OUT, 2 * OUT)) > 0.1)
  })
}

async function run(x: Float32Array, withBias: boolean): Promise<Float32Array> {
  const name = `product-${withBias}`
  const file = new WeightFile(join(folder, `${name}.data`))
  const g = new GraphBuilder(name, file)
  const input = g.input('x', 'float32', ['R', WIDTH])
  const added = withBias ? g.weight('bias', sourceOf(bias, [OUT])) : undefined
  g.output('y', dynamicProduct(g, input, 'layer', sourceOf(matrix, [WIDTH, OUT]), added), ['R', OUT])
  const path = join(folder, `${name}.onnx`)
  await g.save(path)
  await file.write()
  const runtime = await openRuntime()
  const session = await runtime.load(path, { intraOpThreads: 1 })
  const tensor = hostTensor(runtime, 'float32', x, [ROWS, WIDTH])
  const { y } = session.fetch({ x: tensor }, ['y'])
  tensor.release()
  session.release()
  return y!.data as Float32Array
}
