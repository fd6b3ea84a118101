import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { GraphBuilder } from '../../src/convert/onnx/graph-builder.ts'
import { WeightFile } from '../../src/convert/onnx/weight-file.ts'
import { sourceOf } from '../../src/core/tensor-source.ts'
import { openRuntime, selfCheck } from '../../src/engine/runtime/open-runtime.ts'
import type { Runtime } from '../../src/engine/runtime/runtime.ts'
import { SELF_CHECK_MODEL } from '../../src/engine/runtime/self-check-model.ts'
import { allocatedBytes, TELLS_ALLOCATED } from '../helpers/allocated-bytes.ts'
import { hostTensor } from '../helpers/host-tensor.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'light-tts-runtime-'))
})
after(() => rm(folder, { recursive: true, force: true }))

/** y = x · W with an external weight, and a state that is input and output: state' = state + x. */
async function saveModel(): Promise<string> {
  const weights = new WeightFile(join(folder, 'model.data'))
  const graph = new GraphBuilder('toy', weights)
  const x = graph.input('x', 'float32', [1, 3])
  const state = graph.input('state', 'float32', [1, 3])
  const matrix = graph.weight('matrix', sourceOf(Float32Array.from([1, 2, 3, 4, 5, 6]), [3, 2]))
  graph.output('y', graph.op('MatMul', [x, matrix]), [1, 2])
  graph.output('next', graph.op('Add', [state, x]), [1, 3])
  const path = join(folder, 'model.onnx')
  await graph.save(path)
  await weights.write()
  return path
}

it('the stored self-check model is what the graph builder makes', () => {
  const graph = new GraphBuilder('self-check', new WeightFile(join(tmpdir(), 'unused.data')))
  const x = graph.input('x', 'float32', [4])
  graph.output('y', graph.op('Add', [x, x]), [4])
  assert.deepEqual(Buffer.from(graph.toBytes()), SELF_CHECK_MODEL)
})

it('memory that runs keep goes after a run that forgets it', async () => {
  const SIDE = 4096
  const graph = new GraphBuilder('large inside', new WeightFile(join(tmpdir(), 'unused.data')))
  const column = graph.input('column', 'float32', [SIDE, 1])
  const row = graph.input('row', 'float32', [1, SIDE])
  // A small value comes first: the first memory that is asked for stays.
  const square = graph.op('MatMul', [graph.op('Mul', [column, column]), row])
  graph.output('y', graph.op('MatMul', [square, column]), [SIDE, 1])
  const runtime = await openRuntime({ kind: 'native' })
  const session = await runtime.load(graph.toBytes(), { intraOpThreads: 1, keepsMemory: true })
  const ones = () => new Float32Array(SIDE).fill(1)
  const y = ones()
  const feeds = {
    column: hostTensor(runtime, 'float32', ones(), [SIDE, 1]),
    row: hostTensor(runtime, 'float32', ones(), [1, SIDE]),
  }
  const run = () => {
    const binding = session.bind(feeds, { y: hostTensor(runtime, 'float32', y, [SIDE, 1]) })
    binding.run()
    binding.release()
    assert.deepEqual(y, ones().fill(SIDE))
  }
  const before = process.memoryUsage.rss()
  const risen = () => process.memoryUsage.rss() - before
  const squareBytes = SIDE * SIDE * 4
  run()
  assert(risen() > 0.8 * squareBytes, `${risen()} bytes are kept`)
  session.forgetMemory!()
  run()
  assert(risen() < 0.3 * squareBytes, `${risen()} bytes are kept`)
  session.release()
})

it('runs of ever new lengths leave no plan of memory behind', async (t) => {
  if (!TELLS_ALLOCATED) return t.skip('only glibc tells what is allocated')
  const [NODES, SIDE, LENGTHS] = [100, 4, 1500]
  const graph = new GraphBuilder('chain', new WeightFile(join(tmpdir(), 'unused.data')))
  const square = graph.input('square', 'float32', [SIDE, SIDE])
  let value = graph.input('x', 'float32', ['n', SIDE])
  for (let node = 0; node < NODES; node++) value = graph.op('MatMul', [value, square])
  graph.output('y', value, ['n', SIDE])
  const runtime = await openRuntime({ kind: 'native' })
  const session = await runtime.load(graph.toBytes(), { intraOpThreads: 1 })
  const unit = Float32Array.from({ length: SIDE * SIDE }, (_, i) => Number(i % (SIDE + 1) === 0))
  const run = (length: number) => {
    const x = hostTensor(runtime, 'float32', new Float32Array(length * SIDE).fill(length), [length, SIDE])
    const { y } = session.fetch({ x, square: hostTensor(runtime, 'float32', unit, [SIDE, SIDE]) }, ['y'])
    assert.equal(y!.data.at(-1), length)
  }
  const each = (from: number) => {
    for (let length = from; length < from + LENGTHS; length++) run(length)
  }
  each(1)
  const before = await allocatedBytes()
  each(LENGTHS + 1)
  const risen = (await allocatedBytes()) - before
  assert(risen < LENGTHS * 4000, `${Math.round(risen / LENGTHS)} bytes a length are kept`)
  session.release()
})

for (const kind of ['native', 'stock'] as const) {
  describe(`the ${kind} runtime`, () => {
    let runtime: Runtime
    before(async () => {
      runtime = await openRuntime({ kind })
    })

    it('passes its own self-check', () => selfCheck(runtime))

    it('loads external weights, describes its tensors and keeps state in place', async () => {
      const session = await runtime.load(await saveModel(), { intraOpThreads: 1 })
      assert.deepEqual(session.inputs, [
        { name: 'x', dtype: 'float32', dims: [1, 3] },
        { name: 'state', dtype: 'float32', dims: [1, 3] },
      ])
      const memory = new Float32Array(new SharedArrayBuffer(64))
      const x = hostTensor(runtime, 'float32', Float32Array.from([1, 0, 2]), [1, 3])
      const written = new Float32Array(2)
      const y = hostTensor(runtime, 'float32', written, [1, 2])
      const state = hostTensor(runtime, 'float32', memory.subarray(4, 7), [1, 3])
      const binding = session.bind({ x, state }, { y, next: state })
      binding.run()
      binding.run()
      assert.deepEqual([...written], [11, 14])
      assert.deepEqual([...memory], [0, 0, 0, 0, 2, 0, 4, ...new Array(9).fill(0)])
      const fetched = session.fetch({ x, state }, ['next', 'y'])
      assert.deepEqual([...fetched.next!.data], [3, 0, 6])
      assert.deepEqual(fetched.y!.dims, [1, 2])
      binding.release()
      session.release()
    })

    it('reports a missing model, an unknown name and an empty tensor as what they are', async () => {
      await assert.rejects(runtime.load(join(folder, 'absent.onnx'), { intraOpThreads: 1 }), {
        code: 'BAD_BUNDLE',
      })
      await assert.rejects(
        runtime.load(SELF_CHECK_MODEL, { intraOpThreads: 1, provider: { kind: 'cuda', deviceId: 0 } }),
        { code: 'DEVICE_UNAVAILABLE' },
      )
      assert.throws(() => hostTensor(runtime, 'float32', new Float32Array(0), [0]), /must not be empty/)
      assert.throws(() => hostTensor(runtime, 'float32', new Float32Array(3), [4]), /needs 16 bytes/)
    })
  })
}

it('the native runtime refuses names that the graph does not have, and inputs not given', async () => {
  const runtime = await openRuntime({ kind: 'native' })
  const session = await runtime.load(SELF_CHECK_MODEL, { intraOpThreads: 1 })
  const x = hostTensor(runtime, 'float32', new Float32Array(4), [4])
  assert.throws(() => session.bind({ x }, { z: x }), /no such input or output: z/)
  assert.throws(() => session.bind({}, { y: x }), /inputs not given: x/)
  session.release()
})
