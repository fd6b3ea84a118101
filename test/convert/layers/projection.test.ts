import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { projection, quantised, type WeightFormat } from '../../../src/convert/layers/projection.ts'
import { GraphBuilder } from '../../../src/convert/onnx/graph-builder.ts'
import { WeightFile } from '../../../src/convert/onnx/weight-file.ts'
import { snrDb } from '../../../src/core/float-arrays.ts'
import { readFloat32, sourceOf } from '../../../src/core/tensor-source.ts'
import { openRuntime } from '../../../src/engine/runtime/open-runtime.ts'
import { noise } from '../../audio/signals.ts'
import { hostTensor } from '../../helpers/host-tensor.ts'
import { maxDifference } from '../../helpers/npy.ts'
import { SeededRandom } from '../../helpers/seeded-random.ts'

const OUT = 24
const WIDTH = 64
const ROWS = 3

const random = new SeededRandom(41)
const weight = noise(random, OUT * WIDTH)
const bias = noise(random, OUT)
const x = noise(random, ROWS * WIDTH)

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-projection-'))
})
after(() => rm(folder, { recursive: true, force: true }))

function product(matrix: Float32Array): Float32Array {
  return Float32Array.from({ length: ROWS * OUT }, (_, i) => {
    const [row, out] = [Math.floor(i / OUT), i % OUT]
    let sum = bias[out]!
    for (let c = 0; c < WIDTH; c++) sum += x[row * WIDTH + c]! * matrix[out * WIDTH + c]!
    return sum
  })
}

async function run(format: WeightFormat): Promise<Float32Array> {
  const file = new WeightFile(join(folder, `${format}.data`))
  const g = new GraphBuilder(format, file)
  const input = g.input('x', 'float32', ['R', WIDTH])
  const matrix = sourceOf(weight, [OUT, WIDTH])
  g.output('y', projection(g, format, input, 'layer', matrix, sourceOf(bias, [OUT])), ['R', OUT])
  const path = join(folder, `${format}.onnx`)
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

/** Weights as a block-wise format keeps them. */
async function kept(bits: 8 | 4, block: number): Promise<Float32Array> {
  const { packed, scales } = quantised(sourceOf(weight, [OUT, WIDTH]), bits, block)
  const bytes = await packed.read()
  const scale = await readFloat32(scales)
  return weight.map((_, i) => {
    const level = bits === 8 ? bytes[i]! : (bytes[i >> 1]! >> (4 * (i & 1))) & 15
    return (level - 2 ** (bits - 1)) * scale[Math.floor(i / block)]!
  })
}

for (const bits of [8, 4] as const) {
  it(`int${bits} keeps each weight within half a step, and the largest of each block exactly`, async () => {
    const block = 16
    const values = await kept(bits, block)
    for (let start = 0; start < weight.length; start += block) {
      const original = weight.subarray(start, start + block)
      const largest = original.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0)
      const step = Math.abs(largest) / 2 ** (bits - 1)
      for (const [i, value] of original.entries()) {
        const error = Math.abs(values[start + i]! - value)
        // On the side away from the largest there is one level less: a weight beyond the last is clamped to it.
        const clamped = value * largest < 0 && Math.abs(value) > Math.abs(largest) - step
        assert(
          error <= (clamped ? 1 : 0.5) * step * 1.0001,
          `weight ${start + i}: off by ${error / step} steps`,
        )
        if (value === largest) assert(error < 1e-6 * Math.abs(value))
      }
    }
  })

  it(`the int${bits} layer computes with the weights that it keeps`, async () => {
    const expected = product(await kept(bits, bits === 8 ? 64 : 32))
    // Activations are quantised to int8 as well.
    assert(snrDb(await run(`int${bits}`), expected) > 35)
  })
}

it('the fp32 layer is the product', async () => {
  assert(maxDifference(await run('fp32'), product(weight)) < 1e-5)
})
