/** The strict runtime is strict: what would work on a CPU alone fails on it. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import type { DeviceMemory, Runtime } from '../../src/engine/runtime/runtime.ts'
import { SELF_CHECK_MODEL } from '../../src/engine/runtime/self-check-model.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'

let runtime: Runtime
let device: DeviceMemory
before(async () => {
  runtime = await openStrictRuntime()
  device = runtime.memory()
})

it('arrays are looked at by their memory alone', () => {
  const array = device.place(Float32Array.of(1, 2, 3))
  assert.equal(array.length, 3)
  const direct = array as unknown as Float32Array
  for (const look of [
    () => direct[0],
    () => direct.buffer,
    () => direct.subarray(1),
    () => [...direct],
    () => new Float32Array(3).set(direct),
    () => {
      direct[0] = 4
    },
  ])
    assert.throws(look, /device memory was looked at/)
  assert.throws(() => runtime.tensor('float32', direct.constructor as never, [3]), /looked at/)
  assert.throws(() => runtime.tensor('float32', new Float32Array(3) as never, [3]), /not of device memory/)
  assert.throws(() => runtime.tensor('int32', array, [3]), /not of int32/)
})

it('what was placed or read is a copy, parts and copies lie at offsets', () => {
  const host = Float32Array.of(1, 2, 3, 4)
  const array = device.place(host)
  host.fill(9)
  const read = device.read(array) as Float32Array
  read.fill(8)
  device.write(device.part(array, 1, 2), Float32Array.of(7))
  device.copy([{ from: device.part(array, 0, 2), to: device.part(array, 2, 4) }])
  assert.deepEqual(device.read(array), Float32Array.of(1, 7, 1, 7))
  device.change(array, (values) => {
    values[0] = 5
  })
  device.zero([device.part(array, 1, 3)])
  assert.deepEqual(device.read(array), Float32Array.of(5, 0, 0, 7))
  const adopted = device.adopt(structuredClone(device.share(array)))
  device.write(array, Float32Array.of(1, 2, 3, 4))
  assert.deepEqual(device.read(adopted), Float32Array.of(1, 2, 3, 4), 'shared memory is one memory')
})

it('a session takes memory of its own provider', async () => {
  const session = await runtime.load(SELF_CHECK_MODEL, { intraOpThreads: 1, provider: { kind: 'cpu' } })
  const tensor = (memory: DeviceMemory) => runtime.tensor('float32', memory.alloc('float32', 4), [4])
  const [here, there] = [runtime.memory({ kind: 'cpu' }), device].map(tensor)
  assert.throws(() => session.bind({ x: there! }, { y: here! }), /'x' lies elsewhere/)
  session.bind({ x: here! }, { y: here! }).release()
  session.release()
})
