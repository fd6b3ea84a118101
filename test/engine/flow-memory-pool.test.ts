import assert from 'node:assert/strict'
import { it } from 'node:test'
import { slotsThatFit } from '../../src/engine/flow/flow-bank.ts'
import type { FlowDims } from '../../src/engine/flow/flow-dims.ts'
import { flowStateBytes } from '../../src/engine/flow/flow-memory.ts'
import { FlowMemoryPool } from '../../src/engine/flow/flow-memory-pool.ts'
import { HOST_MEMORY as device } from '../../src/engine/runtime/host-memory.ts'
import type { DeviceArray } from '../../src/engine/runtime/runtime.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'

const floats = (array: DeviceArray) => device.read(array) as Float32Array

const DIMS: FlowDims = {
  stateType: 'float32',
  vocab: 10,
  mels: 4,
  speaker: 3,
  blockTokens: 25,
  lookahead: 3,
  stride: 2,
  width: 4,
  heads: 1,
  tokenBlocks: 1,
  frameBlocks: 1,
  steps: 2,
  layers: 1,
  layerHeads: 2,
  cacheWidth: 4,
  guides: [{ name: 'guide', dims: [2] }],
  encoderContexts: [{ name: 'token_context', dims: [2, 4] }],
  stepContext: [4, 2],
}

it('gives out what was given back, as new, before it reserves more', () => {
  const pool = new FlowMemoryPool(device, DIMS)
  const first = pool.take(30)
  assert.ok(first.capacity >= 30)
  const fill = (value: number) => {
    const context = first.context('token_context', false)
    device.write(context, new Float32Array(context.length).fill(value))
  }
  fill(7)
  first.turn()
  fill(8)
  pool.give(first)
  assert.equal(pool.take(500).capacity >= 500, true, 'too small for this one')
  const again = pool.take(first.capacity)
  assert.equal(again, first)
  for (const next of [false, true])
    assert.ok(floats(again.context('token_context', next)).every((value) => value === 0))
})

it('the smallest that is large enough goes first', () => {
  const pool = new FlowMemoryPool(device, DIMS)
  const [small, large] = [pool.take(10), pool.take(900)]
  for (const memory of [large, small]) pool.give(memory)
  assert.equal(pool.take(10), small)
  assert.equal(pool.take(10), large)
})

it('counts the rows that were ever written, until it is told to let go', () => {
  const pool = new FlowMemoryPool(device, DIMS)
  const memories = [100, 300, 700].map((capacity) => pool.take(capacity))
  for (const [i, memory] of memories.entries()) {
    memory.reach(60 * (i + 1))
    memory.reach(10)
    pool.give(memory)
  }
  const bytes = (tokens: number) => flowStateBytes(DIMS, tokens)
  assert.equal(pool.bytes, bytes(60) + bytes(120) + bytes(180))
  assert.equal(pool.next(250)!.bytes, bytes(120))
  assert.equal(pool.next(5000), undefined)
  assert.equal(pool.trim(1), bytes(180))
  assert.equal(pool.trim(Infinity), bytes(60) + bytes(120))
  assert.equal(pool.bytes, 0)
  assert.throws(() => memories[0]!.reach(memories[0]!.capacity + 1), /room for/)
})

it('never lends one memory twice, and reserves no more than were lent at once of one size', () => {
  const random = new SeededRandom(8)
  const pool = new FlowMemoryPool(device, DIMS)
  const lent = new Set<ReturnType<FlowMemoryPool['take']>>()
  const seen = new Set<ReturnType<FlowMemoryPool['take']>>()
  let most = 0
  for (let turn = 0; turn < 2000; turn++) {
    if (random.next() < 0.5) {
      const memory = pool.take(1 + random.below(200))
      assert.ok(!lent.has(memory))
      lent.add(memory)
      seen.add(memory)
      most = Math.max(most, lent.size)
    } else if (lent.size > 0) {
      const memory = random.pick([...lent])
      lent.delete(memory)
      pool.give(memory)
      assert.throws(() => pool.give(memory), /twice/)
    }
  }
  assert.equal(seen.size, most)
})

it('neighbours are given out side by side, and a bank goes only as a whole', () => {
  const pool = new FlowMemoryPool(device, DIMS, 3)
  const [a, b, c] = [pool.take(100), pool.take(100), pool.take(100)]
  assert.deepEqual([a.slot, b.slot, c.slot], [0, 1, 2])
  assert.ok(a.bank === b.bank && b.bank === c.bank)
  const other = pool.take(100)
  assert.notEqual(other.bank, a.bank)
  for (const memory of [c, a]) pool.give(memory)
  assert.equal(pool.freeableBytes(), 0, 'one slot of either bank is in use')
  assert.equal(pool.trim(Infinity), 0)
  assert.equal(pool.take(100), a, 'the oldest bank fills up first')
  for (const memory of [a, b]) pool.give(memory)
  assert.equal(pool.freeableBytes(), a.bytes + b.bytes + c.bytes)
  assert.ok(pool.bytes > pool.freeableBytes())
  assert.equal(pool.trim(1), a.bytes + b.bytes + c.bytes)
  assert.notEqual(pool.take(100).bank, a.bank)
})

it('where memory is given at once, what is counted beforehand is what a new bank takes', () => {
  const card = { ...device, reservesInFull: true }
  for (const neighbours of [1, 3]) {
    const pool = new FlowMemoryPool(card, DIMS, neighbours)
    const counted = pool.reservation(250)
    assert.equal(counted, pool.bankBytes(250))
    const memory = pool.take(250)
    assert.equal(pool.bytes + memory.bytes, counted, `${neighbours} slots`)
    assert.equal(pool.reservation(250), neighbours === 1 ? counted : 0, 'its neighbour is there')
    pool.give(memory)
    assert.equal(pool.reservation(30), 0)
  }
  assert.equal(
    new FlowMemoryPool(device, DIMS, 3).reservation(250),
    0,
    'pages that nobody wrote cost nothing',
  )
})

it('a bank has as many slots as one array can hold', () => {
  assert.equal(slotsThatFit(DIMS, 200, 16), 16)
  const real = {
    ...DIMS,
    width: 512,
    tokenBlocks: 6,
    frameBlocks: 4,
    layers: 56,
    cacheWidth: 1024,
    steps: 10,
  }
  // 229,376 elements a token and step: 2 ** 31 of them are 9,362 tokens.
  assert.equal(slotsThatFit(real, 200, 64), 41)
  assert.equal(slotsThatFit(real, 1200, 16), 7)
  assert.equal(slotsThatFit(real, 50_000, 16), 1)
})

it('what nobody took from one look to the next goes, what was in use in between stays', () => {
  const pool = new FlowMemoryPool(device, DIMS)
  const [idle, used] = [pool.take(100), pool.take(500)]
  for (const memory of [idle, used]) memory.reach(50)
  for (const memory of [idle, used]) pool.give(memory)
  assert.equal(pool.expire(), 0, 'the first look only marks')
  pool.give(pool.take(500))
  assert.equal(pool.expire(), idle.bytes)
  assert.equal(pool.next(100), used)
  assert.equal(pool.expire(), used.bytes)
  assert.equal(pool.bytes, 0)
  const held = pool.take(100)
  for (let look = 0; look < 3; look++) assert.equal(pool.expire(), 0)
  pool.give(held)
})
