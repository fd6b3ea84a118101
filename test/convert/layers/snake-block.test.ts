import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { Weights } from '../../../src/convert/checkpoint/weights.ts'
import { snakeBlock } from '../../../src/convert/layers/snake-block.ts'
import { GraphBuilder } from '../../../src/convert/onnx/graph-builder.ts'
import { WeightFile } from '../../../src/convert/onnx/weight-file.ts'
import { sourceOf } from '../../../src/core/tensor-source.ts'
import { openRuntime } from '../../../src/engine/runtime/open-runtime.ts'
import { noise } from '../../audio/signals.ts'
import { hostTensor } from '../../helpers/host-tensor.ts'
import { maxDifference } from '../../helpers/npy.ts'
import { SeededRandom } from '../../helpers/seeded-random.ts'

const CHANNELS = 3
const TAPS = 3
const TIME = 20
const DILATIONS = [1, 4]

type Signal = Float32Array[]

/** As the reference's `ResBlock.forward` says it, one sample at a time. */
function reference(x: Signal, of: (name: string) => Float32Array): Signal {
  const snake = (signal: Signal, alpha: Float32Array) =>
    signal.map((row, c) =>
      row.map((value) => (alpha[c] === 0 ? value : value + Math.sin(alpha[c]! * value) ** 2 / alpha[c]!)),
    )
  const convolve = (signal: Signal, name: string, dilation: number) =>
    signal.map((_, out) =>
      Float32Array.from({ length: TIME }, (_, t) => {
        let sum = of(`${name}.bias`)[out]!
        for (let c = 0; c < CHANNELS; c++)
          for (let tap = 0; tap < TAPS; tap++) {
            const from = t + dilation * (tap - (TAPS - 1) / 2)
            sum += (signal[c]![from] ?? 0) * of(`${name}.weight`)[(out * CHANNELS + c) * TAPS + tap]!
          }
        return sum
      }),
    )
  let out = x
  for (const [i, dilation] of DILATIONS.entries()) {
    const first = convolve(snake(out, of(`activations1.${i}.alpha`)), `convs1.${i}`, dilation)
    const second = convolve(snake(first, of(`activations2.${i}.alpha`)), `convs2.${i}`, 1)
    out = out.map((row, c) => row.map((value, t) => value + second[c]![t]!))
  }
  return out
}

it('a block is what its formula says, also where an alpha is small, negative or zero', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-snake-'))
  const random = new SeededRandom(19)
  const values = new Map<string, Float32Array>()
  for (const i of DILATIONS.keys()) {
    values.set(`activations1.${i}.alpha`, Float32Array.of(0.9, -0.05, 2))
    values.set(`activations2.${i}.alpha`, Float32Array.of(0.02, 1.3, 0))
    for (const convs of ['convs1', 'convs2']) {
      values.set(`${convs}.${i}.weight`, noise(random, CHANNELS * CHANNELS * TAPS, 0.7))
      values.set(`${convs}.${i}.bias`, noise(random, CHANNELS))
    }
  }
  const shapeOf = (name: string) => (name.endsWith('.weight') ? [CHANNELS, CHANNELS, TAPS] : [CHANNELS])
  const weights = new Weights(
    'hift.pt',
    new Map([...values].map(([name, data]) => [`block.${name}`, sourceOf(data, shapeOf(name))])),
  )
  const file = new WeightFile(join(folder, 'snake.data'))
  const g = new GraphBuilder('snake', file)
  const shape = [1, CHANNELS, 1, TIME]
  const author = { g, weights, dtype: 'float32' } as const
  g.output('y', snakeBlock(author, g.input('x', 'float32', shape), 'block', TAPS, DILATIONS), shape)
  await g.save(join(folder, 'snake.onnx'))
  await file.write()
  assert.deepEqual(weights.unused(), [])

  const runtime = await openRuntime()
  const session = await runtime.load(join(folder, 'snake.onnx'), { intraOpThreads: 1 })
  const x = noise(random, CHANNELS * TIME, 3)
  const tensor = hostTensor(runtime, 'float32', x, shape)
  const { y } = session.fetch({ x: tensor }, ['y'])
  const rows = Array.from({ length: CHANNELS }, (_, c) => x.slice(c * TIME, (c + 1) * TIME))
  const expected = reference(rows, (name) => values.get(name)!).flatMap((row) => [...row])
  assert(maxDifference(y!.data as Float32Array, expected) < 2e-4, 'values of some tens, in single precision')
  tensor.release()
  session.release()
  await rm(folder, { recursive: true, force: true })
})
