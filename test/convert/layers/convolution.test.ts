/** Convolutions in the forms that ONNX Runtime gives the same bits for at any width, against their definitions. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { Weights } from '../../../src/convert/checkpoint/weights.ts'
import { convolve, convolveTransposed } from '../../../src/convert/layers/convolution.ts'
import type { Author } from '../../../src/convert/layers/gemm.ts'
import type { Kernel } from '../../../src/convert/layers/kernel.ts'
import { GraphBuilder, type Value } from '../../../src/convert/onnx/graph-builder.ts'
import { WeightFile } from '../../../src/convert/onnx/weight-file.ts'
import { sourceOf } from '../../../src/core/tensor-source.ts'
import { openRuntime } from '../../../src/engine/runtime/open-runtime.ts'
import { noise } from '../../audio/signals.ts'
import { hostTensor } from '../../helpers/host-tensor.ts'
import { maxDifference } from '../../helpers/npy.ts'
import { SeededRandom } from '../../helpers/seeded-random.ts'

const OUT = 3
const TIME = 7
const random = new SeededRandom(23)

function randomKernel(shape: readonly [number, number, number]): {
  kernel: Kernel
  values: Float32Array
  bias: Float32Array
} {
  const values = noise(random, shape[0] * shape[1] * shape[2], 0.2)
  const bias = noise(random, OUT)
  return {
    kernel: { name: 'conv', weight: sourceOf(values, shape), bias: sourceOf(bias, [OUT]) },
    values,
    bias,
  }
}

/** Two rows `[2, channels, 1, TIME]` through one layer; `[2, OUT, 1, …]`. */
async function through(
  t: TestContext,
  x: Float32Array,
  layer: (author: Author, x: Value) => Value,
): Promise<Float32Array> {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-convolution-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = new WeightFile(join(folder, 'layer.data'))
  const g = new GraphBuilder('layer', file)
  const channels = x.length / 2 / TIME
  const author: Author = { g, weights: new Weights('hift.pt', new Map()), dtype: 'float32' }
  g.output('y', layer(author, g.input('x', 'float32', ['N', channels, 1, 'T'])), ['N', OUT, 1, 'S'])
  await g.save(join(folder, 'layer.onnx'))
  await file.write()
  const runtime = await openRuntime()
  const session = await runtime.load(join(folder, 'layer.onnx'), { intraOpThreads: 1 })
  t.after(() => session.release())
  const tensor = hostTensor(runtime, 'float32', x, [2, channels, 1, TIME])
  t.after(() => tensor.release())
  return session.fetch({ x: tensor }, ['y']).y!.data as Float32Array
}

for (const { channels, taps, stride, pad } of [
  { channels: 130, taps: 16, stride: 8, pad: 4 },
  { channels: 130, taps: 11, stride: 5, pad: 3 },
  { channels: 130, taps: 7, stride: 3, pad: 2 },
  { channels: 130, taps: 4, stride: 2, pad: 0 },
  { channels: 5, taps: 11, stride: 5, pad: 3 },
])
  it(`transposed, ${channels} channels, ${taps} taps, stride ${stride}`, async (t) => {
    const { kernel, values, bias } = randomKernel([channels, OUT, taps])
    const x = noise(random, 2 * channels * TIME)
    const length = (TIME - 1) * stride + taps - 2 * pad
    const expected = new Float32Array(2 * OUT * length)
    for (let row = 0; row < 2 * OUT; row++) {
      expected.fill(bias[row % OUT]!, row * length, (row + 1) * length)
      for (let c = 0; c < channels; c++)
        for (let at = 0; at < TIME; at++)
          for (let tap = 0; tap < taps; tap++) {
            const to = at * stride + tap - pad
            if (to < 0 || to >= length) continue
            const value = x[(Math.floor(row / OUT) * channels + c) * TIME + at]!
            expected[row * length + to]! += value * values[(c * OUT + (row % OUT)) * taps + tap]!
          }
    }
    const made = await through(t, x, (author, y) => convolveTransposed(author, y, kernel, { stride, pad }))
    assert(maxDifference(made, expected) < 1e-4)
  })

for (const channels of [18, 48, 5])
  it(`with stride, ${channels} channels`, async (t) => {
    const [taps, stride] = [9, 3]
    const { kernel, values, bias } = randomKernel([OUT, channels, taps])
    const x = noise(random, 2 * channels * TIME)
    const length = Math.floor((TIME + 2 - taps) / stride) + 1
    const expected = Float32Array.from({ length: 2 * OUT * length }, (_, i) => {
      const [row, at] = [Math.floor(i / length), i % length]
      let sum = bias[row % OUT]!
      for (let c = 0; c < channels; c++)
        for (let tap = 0; tap < taps; tap++) {
          const from = at * stride + tap - 1
          if (from < 0 || from >= TIME) continue
          sum +=
            x[(Math.floor(row / OUT) * channels + c) * TIME + from]! *
            values[((row % OUT) * channels + c) * taps + tap]!
        }
      return sum
    })
    const made = await through(t, x, (author, y) => convolve(author, y, kernel, { stride, pad: 1 }))
    assert(maxDifference(made, expected) < 1e-4)
  })
