import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import type { FlowHyperParameters } from '../../src/core/hyper-parameters.ts'
import { type DistanceTable, DistanceTables } from '../../src/engine/flow/distance-tables.ts'
import { flowDims } from '../../src/engine/flow/flow-dims.ts'
import type { DeviceArray, Runtime, RuntimeTensor, Session } from '../../src/engine/runtime/runtime.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'
import { convertTinyFlow, openTinyCheckpoint } from '../helpers/tiny-flow.ts'

let folder: string
let runtime: Runtime
let session: Session
let encoder: Session
let estimator: Session
let hyper: FlowHyperParameters

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-distances-'))
  runtime = await openStrictRuntime()
  const checkpoint = await openTinyCheckpoint()
  const paths = await convertTinyFlow(checkpoint, folder)
  await checkpoint.close()
  hyper = checkpoint.parameters.flow
  session = await runtime.load(paths.distances, { intraOpThreads: 1, provider: { kind: 'cpu' } })
  encoder = await runtime.load(paths.encoder, { intraOpThreads: 1 })
  estimator = await runtime.load(paths.estimator, { intraOpThreads: 1 })
})
after(async () => {
  session.release()
  encoder.release()
  estimator.release()
  await rm(folder, { recursive: true, force: true })
})

const WIDTH = 64

const arrays = new Map<RuntimeTensor, DeviceArray>()
const valuesOf = (tensor: RuntimeTensor) => runtime.memory().read(arrays.get(tensor)!)

/** Row of one distance in one block's table. */
function row(table: DistanceTable, name: string, distance: number): Float32Array {
  const [zero] = valuesOf(table.zeroRow) as BigInt64Array
  const at = Number(zero) - distance
  const data = valuesOf(table.tensors.get(name)!) as Float32Array
  assert(at >= 0 && (at + 1) * WIDTH <= data.length, `distance ${distance} is not covered`)
  return data.subarray(at * WIDTH, (at + 1) * WIDTH)
}

it('tables grow to the distances asked for, and a distance keeps its row', () => {
  const recording: Runtime = {
    ...runtime,
    tensor: (dtype, array, shape) => {
      const tensor = runtime.tensor(dtype, array, shape)
      arrays.set(tensor, array)
      return tensor
    },
  }
  const dims = flowDims(hyper, encoder, estimator, 10)
  const tables = new DistanceTables(recording, runtime.memory(), session, dims, 30)
  const small = tables.tokens(25, 30)
  assert.deepEqual([...small.tensors.keys()], ['distances.0', 'distances.1'])
  assert.equal(tables.tokens(3, 28), small, 'what is covered is not made again')
  const grown = tables.tokens(70, 110)
  for (const name of small.tensors.keys())
    for (const distance of [-25, -1, 0, 1, 29])
      assert.deepEqual(row(grown, name, distance), row(small, name, distance))
  for (const distance of [-70, 109]) assert(row(grown, 'distances.1', distance).every(Number.isFinite))
  const frames = tables.frames(50, 60)
  assert.deepEqual([...frames.tensors.keys()], ['distances.2', 'distances.3', 'distances.4', 'distances.5'])
  assert.notDeepEqual(row(frames, 'distances.2', 1), row(frames, 'distances.3', 1))
  assert.notDeepEqual(row(frames, 'distances.2', 1), row(frames, 'distances.2', -1))
  tables.release()
})
