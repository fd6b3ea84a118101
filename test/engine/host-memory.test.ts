/** Memory of the host as device memory: nothing is copied that need not be. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { HOST_MEMORY } from '../../src/engine/runtime/host-memory.ts'

it('placed values, parts and reads are views of one memory', () => {
  const values = Float32Array.of(1, 2, 3, 4)
  const array = HOST_MEMORY.place(values)
  assert.equal(HOST_MEMORY.read(array), values)
  HOST_MEMORY.write(HOST_MEMORY.part(array, 1, 3), Float32Array.of(8, 9))
  assert.deepEqual(values, Float32Array.of(1, 8, 9, 4))
  assert.throws(() => HOST_MEMORY.write(array, Float32Array.of(1)), /1 elements were to fill 4/)
})

it('memory is handed to other threads where it was reserved for that, and stays one memory', () => {
  const shared = HOST_MEMORY.allocShared('float16', 3)
  const carried = HOST_MEMORY.adopt(structuredClone(HOST_MEMORY.share(shared)))
  HOST_MEMORY.write(shared, Uint16Array.of(1, 2, 3))
  assert.deepEqual(HOST_MEMORY.read(carried), Uint16Array.of(1, 2, 3))
  assert.throws(() => HOST_MEMORY.share(HOST_MEMORY.alloc('float32', 3)), /not shared/)
})
