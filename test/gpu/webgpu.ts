/**
 * The LLM by ONNX Runtime's WebGPU provider on a Vulkan device, which software can be. Keys and values stay on it; each
 * run reads and writes them in place. Its logits against the CPU's.
 *
 * The library's own binding has what is needed here, and only here: tensors that stay on the device.
 */
import { createRequire } from 'node:module'
import type * as Ort from 'onnxruntime-node'
import { GraphBuilder } from '../../src/convert/onnx/graph-builder.ts'
import { WeightFile } from '../../src/convert/onnx/weight-file.ts'
import { readBundle } from '../../src/core/bundle.ts'
import { concatFloats } from '../../src/core/float-arrays.ts'
import { forbidTelemetry } from '../../src/core/ort-telemetry.ts'
import { maxDifference } from '../helpers/npy.ts'
import { atMost, exactly, type Line } from './line.ts'

// Before the library can load.
forbidTelemetry()
const ort = createRequire(import.meta.url)('onnxruntime-node') as typeof Ort

const ROWS = 3
const CAPACITY = 64
/** Positions of the first run, then where each row stands: what lies behind is written over. */
const PREFILL = 9
const STARTS = [9, 4, 1]
const STEPS = 12
/** Of the largest logit. */
const MOST_OFF = 1e-5

/** Where keys and values lie, by input. */
type Caches = Readonly<Record<string, Ort.Tensor>>

export async function* webgpu(folder: string, family: string): AsyncGenerator<Line> {
  const { path, manifest } = await readBundle(folder)
  const { layers, kvHeads, headDim, decoderRows } = manifest.parameters.llm
  const dims = [ROWS, kvHeads, CAPACITY, headDim]
  const empty = () =>
    new ort.Tensor('float32', new Float32Array(dims.reduce((all, dim) => all * dim, 1)), dims)
  const device = await openOnDevice(path('llm.onnx'))
  const host = await ort.InferenceSession.create(path('llm.onnx'))
  const upload = await uploader(dims)
  const names = Array.from({ length: layers }, (_, i) => [`past_key_${i}`, `past_value_${i}`]).flat()
  const onDevice: Record<string, Ort.Tensor> = {}
  for (const name of names) onDevice[name] = await upload(empty())
  const onHost = Object.fromEntries(names.map((name) => [name, empty()]))
  yield exactly(
    `${family}: where WebGPU's keys and values lie`,
    [...new Set(Object.values(onDevice).map(({ location }) => location))].join(),
    'gpu-buffer',
  )
  const made = await speak(device, onDevice)
  const expected = await speak(host, onHost)
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  yield exactly(`${family}: logits of its runs`, made.length, (1 + STEPS) * ROWS * decoderRows)
  yield atMost(
    `${family}: WebGPU's logits off the CPU's, of the largest`,
    maxDifference(made, expected) / largest,
    MOST_OFF,
  )
  for (const tensor of Object.values(onDevice)) tensor.dispose()
  await device.release()
  await host.release()
}

/** Refused where a node would be computed on the host. */
function openOnDevice(model: string | Uint8Array, more: Ort.InferenceSession.SessionOptions = {}) {
  const options = {
    executionProviders: ['webgpu'],
    extra: { session: { disable_cpu_ep_fallback: '1' } },
    ...more,
  }
  // Each kind of model has an overload of its own.
  return ort.InferenceSession.create(model as string, options)
}

/** Nothing copies to this device but a run. */
async function uploader(dims: readonly number[]): Promise<(tensor: Ort.Tensor) => Promise<Ort.Tensor>> {
  const g = new GraphBuilder('upload', new WeightFile('none.data'))
  g.output('y', g.op('Add', [g.input('x', 'float32', dims), g.float32(0)]), dims)
  const session = await openOnDevice(g.toBytes(), { preferredOutputLocation: 'gpu-buffer' })
  return async (tensor) => (await session.run({ x: tensor })).y!
}

/** A prompt in all rows at once, then steps of rows that stand at different positions. All logits. */
async function speak(session: Ort.InferenceSession, caches: Caches): Promise<Float32Array> {
  const lengths = [...STARTS]
  const prompt = Array.from({ length: ROWS * PREFILL }, (_, i) => 1 + ((i * 7) % 300))
  const runs = [await run(session, caches, prompt, Array<number>(ROWS).fill(PREFILL))]
  for (let step = 0; step < STEPS; step++) {
    for (const row of lengths.keys()) lengths[row]!++
    runs.push(
      await run(
        session,
        caches,
        lengths.map((length, row) => 1 + row * 40 + length),
        lengths,
      ),
    )
  }
  return concatFloats(runs)
}

/** `lengths`: positions of each row, the new ones included. */
async function run(
  session: Ort.InferenceSession,
  caches: Caches,
  ids: readonly number[],
  lengths: readonly number[],
): Promise<Float32Array> {
  const feeds = {
    ids: new ort.Tensor('int64', BigInt64Array.from(ids, BigInt), [ROWS, ids.length / ROWS]),
    lengths: new ort.Tensor(
      'int32',
      Int32Array.from(lengths, (length) => length - 1),
      [ROWS],
    ),
    total: new ort.Tensor('int32', Int32Array.of(Math.max(...lengths)), [1]),
    ...caches,
  }
  const present = Object.entries(caches).map(([name, tensor]) => [name.replace('past', 'present'), tensor])
  const { logits } = await session.run(feeds, { logits: null, ...Object.fromEntries(present) })
  return logits!.data as Float32Array
}
