/** Memory of values that are wanted no more goes back, and the arrays stay whole. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { it } from 'node:test'
import { createRing, forgetRing, RingReader, RingWriter, resetRing } from '../../src/audio/ring.ts'
import { forgetValues } from '../../src/core/native-pages.ts'
import { KvPool } from '../../src/engine/llm/kv-pool.ts'
import { HOST_MEMORY } from '../../src/engine/runtime/host-memory.ts'

const SIZE = 64 * 1024 * 1024

function residentBytes(): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024
}

for (const Buffer of [ArrayBuffer, SharedArrayBuffer])
  it(`of an array over ${Buffer.name}`, { skip: process.platform !== 'linux' }, () => {
    const array = new Float32Array(new Buffer(SIZE)).fill(1)
    const full = residentBytes()
    forgetValues(array)
    assert.ok(full - residentBytes() > 0.8 * SIZE, `${full} bytes before, ${residentBytes()} after`)
    assert.equal(array[array.length / 2], 0)
    array.fill(2)
    assert.ok(array.every((value) => value === 2))
  })

it('an array smaller than a page, or off its borders, keeps its neighbours', () => {
  const whole = new Uint8Array(new ArrayBuffer(64 * 1024)).fill(7)
  const from = 1000
  for (const bytes of [0, 1, 4095, 4096, 10_000, 40_000]) {
    forgetValues(whole.subarray(from, from + bytes))
    assert.ok(whole.subarray(0, from).every((value) => value === 7))
    assert.ok(whole.subarray(from + bytes).every((value) => value === 7))
    whole.fill(7)
  }
})

it('a ring that was forgotten carries the next stream', () => {
  const buffer = createRing(Float32Array, 100_000)
  for (let stream = 0; stream < 3; stream++) {
    resetRing(buffer)
    const samples = Float32Array.from({ length: 70_000 }, (_, i) => i + stream)
    const [writer, reader] = [new RingWriter(Float32Array, buffer), new RingReader(Float32Array, buffer)]
    assert.equal(writer.push(samples), samples.length)
    writer.end()
    assert.deepEqual(reader.take(), samples)
    assert.equal(reader.state, 'ended')
    forgetRing(buffer)
  }
})

it('rows in use keep their keys and values, and those without use leave nothing', () => {
  const shape = { layers: 2, kvHeads: 2, headDim: 16, rows: 5, capacity: 256, dtype: 'float32' } as const
  const pool = new KvPool(HOST_MEMORY, shape)
  const rowOf = (row: number) =>
    pool.arrays.map((array) =>
      HOST_MEMORY.read(HOST_MEMORY.part(array, row * pool.rowElements, (row + 1) * pool.rowElements)),
    )
  const fill = (row: number) => {
    for (const values of rowOf(row)) (values as Float32Array).fill(row + 1)
    pool.extend(row, shape.capacity)
  }
  assert.equal(pool.forgetUnused(), 0, 'nothing was touched yet')
  for (let row = 0; row < 4; row++) fill(pool.take())
  pool.release(3)
  pool.release(2)
  assert.ok(pool.forgetUnused() >= 2 * pool.bytesFor(shape.capacity))
  for (const row of [0, 1])
    for (const values of rowOf(row)) assert.ok((values as Float32Array).every((value) => value === row + 1))
  if (process.platform === 'linux')
    // All but the pages that the row shares with its neighbours.
    for (const values of rowOf(3))
      assert.ok((values as Float32Array).filter((value) => value !== 0).length < 2048)
  assert.equal(pool.forgetUnused(), 0, 'nothing was touched since')
  assert.equal(pool.take(), 2)
  assert.ok(pool.forgetUnused() === 0 || pool.used === 3)
})
