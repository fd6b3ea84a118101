/** A card's memory over a CUDA runtime that lies in the host's: blocks, arrays, copies, and what goes back when. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { collectGarbage } from '../../src/core/collect-garbage.ts'
import { blockBytes, CudaBlocks } from '../../src/engine/runtime/cuda-blocks.ts'
import { type CudaArray, cudaMemory } from '../../src/engine/runtime/cuda-memory.ts'
import type { HostArray } from '../../src/engine/runtime/runtime.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { until } from '../helpers/until.ts'

/** Bytes at made-up addresses, and what was asked of them. */
class PretendCard {
  readonly blocks = new Map<bigint, Uint8Array>()
  limit = Number.POSITIVE_INFINITY
  mallocs = 0
  #next = 4096n

  malloc(bytes: number): bigint {
    const used = [...this.blocks.values()].reduce((sum, { length }) => sum + length, 0)
    if (used + bytes > this.limit) return 0n
    this.mallocs++
    const address = this.#next
    this.#next += BigInt(bytes + 4096)
    // A card's memory is not zero when it is taken.
    this.blocks.set(address, new Uint8Array(bytes).fill(0xaa))
    return address
  }

  free(address: bigint): void {
    assert(this.blocks.delete(address), `${address} is freed and was not taken`)
  }

  bytesAt(address: bigint, bytes: number): Uint8Array {
    for (const [first, block] of this.blocks)
      if (address >= first && address + BigInt(bytes) <= first + BigInt(block.length))
        return block.subarray(Number(address - first), Number(address - first) + bytes)
    return assert.fail(`${bytes} bytes at ${address} are in no block`)
  }

  copy(to: bigint | HostArray, from: bigint | HostArray, bytes: number): void {
    const seen = (place: bigint | HostArray) =>
      typeof place === 'bigint'
        ? this.bytesAt(place, bytes)
        : new Uint8Array(place.buffer, place.byteOffset, place.byteLength)
    seen(to).set(seen(from))
  }

  copyOnDevice(pairs: Iterable<{ to: bigint; from: bigint; bytes: number }>): void {
    for (const { to, from, bytes } of pairs) this.bytesAt(to, bytes).set(this.bytesAt(from, bytes).slice())
  }

  zero(parts: Iterable<{ address: bigint; bytes: number }>): void {
    for (const { address, bytes } of parts) this.bytesAt(address, bytes).fill(0)
  }
}

function open(ledger = new SharedArrayBuffer(64 * 8)) {
  const card = new PretendCard()
  const blocks = new CudaBlocks(card, ledger, () => {})
  return { card, blocks, ledger, memory: cudaMemory(0, blocks, card) }
}

it('arrays are zeros, parts lie in place, and copies reach what they name', () => {
  const { memory } = open()
  const array = memory.alloc('float32', 10)
  assert.deepEqual([...memory.read(array)], new Array(10).fill(0))
  const part = memory.part(array, 2, 6)
  assert.equal(part.length, 4)
  memory.write(part, Float32Array.of(1, 2, 3, 4))
  memory.copy([{ from: memory.part(part, 1, 3), to: memory.part(array, 8, 10) }])
  assert.deepEqual([...memory.read(array)], [0, 0, 1, 2, 3, 4, 0, 0, 2, 3])
  memory.change(part, (values) => (values as Float32Array).reverse())
  memory.zero([memory.part(array, 5, 9)])
  assert.deepEqual([...memory.read(array)], [0, 0, 4, 3, 2, 0, 0, 0, 0, 3])
  assert.deepEqual([...memory.read(memory.place(BigInt64Array.of(7n, -1n)))], [7n, -1n])
  const halves = memory.alloc('float16', 3)
  assert(memory.read(halves) instanceof Uint16Array)
  assert.equal(memory.read(memory.alloc('float32', 0)).length, 0)
  // The host's own copy is not the card's.
  const values = Float32Array.of(1, 2)
  const placed = memory.place(values)
  values[0] = 9
  assert.deepEqual([...memory.read(placed)], [1, 2])
})

it('what does not fit is refused', () => {
  const { memory } = open()
  const array = memory.alloc('float32', 4)
  assert.throws(() => memory.part(array, 2, 5), /no part 2 to 5 of 4/)
  assert.throws(() => memory.write(array, new Float32Array(3)), /3 elements were to fill 4/)
  assert.throws(
    () => memory.copy([{ from: memory.part(array, 0, 1), to: array }]),
    /1 elements were to fill 4/,
  )
  assert.throws(() => memory.read(new Float32Array(4) as never), /memory of the host/)
  assert.throws(() => memory.share(array), /stays with the thread/)
})

it('a block is at most an eighth larger than was asked, in few sizes', () => {
  const random = new SeededRandom(7)
  const sizes = new Set<number>()
  for (let i = 0; i < 2000; i++) {
    const wanted = Math.floor(2 ** (random.next() * 34))
    const bytes = blockBytes(wanted)
    sizes.add(bytes)
    assert(bytes >= wanted && bytes <= Math.max(1024, wanted * 1.125 + 1024), `${wanted}: ${bytes}`)
  }
  assert(sizes.size < 250, `${sizes.size} sizes`)
})

it('a block that no array reaches any more is used again, and counts as free', async () => {
  const { card, blocks, memory } = open()
  const kept = memory.alloc('uint8', 5000)
  const address = (memory.alloc('uint8', 100_000) as unknown as CudaArray).address
  const part = (() => memory.part(memory.alloc('uint8', 300_000), 10, 20))()
  await until(() => {
    collectGarbage()
    return blocks.usedBytes === blockBytes(5000) + blockBytes(300_000)
  }, 'the unreachable array’s block')
  const { mallocs } = card
  assert.equal((memory.alloc('uint8', 100_000) as unknown as CudaArray).address, address)
  assert.equal(card.mallocs, mallocs)
  assert.equal(memory.read(part).length + memory.read(kept).length, 5010)
})

it('where the card is full what is kept goes back, and then it says so', () => {
  const { card, blocks } = open()
  card.limit = 100 * 1024
  const taken = [0, 1, 2].map(() => blocks.take(30 * 1024))
  assert.throws(() => blocks.take(30 * 1024), {
    code: 'LANE_FAILED',
    detail: /expected 30720 bytes more, got none/,
  })
  for (const block of taken) blocks.give(block)
  assert.equal(blocks.usedBytes, 0)
  assert.equal(card.blocks.size, 3)
  blocks.take(90 * 1024)
  assert.equal(card.blocks.size, 1)
})

it('where the ledger is full what is kept goes back, and then it says so', () => {
  const { card, blocks, ledger } = open()
  const taken = Array.from({ length: ledger.byteLength / 8 }, () => blocks.take(1024))
  assert.throws(() => blocks.take(1024), {
    code: 'LANE_FAILED',
    detail: /expected 1024 bytes more, got a ledger full of 64 blocks; 65536 bytes are in use/,
  })
  for (const block of taken) blocks.give(block)
  blocks.take(2048 * 1024)
  assert.equal(card.blocks.size, 1)
})

it('a thread that died leaves its blocks to the next, which frees them', () => {
  const { card, blocks, ledger } = open()
  blocks.take(1000)
  blocks.give(blocks.take(5000))
  assert.equal(card.blocks.size, 2)
  const next = new CudaBlocks(card, ledger, () => {})
  assert.equal(card.blocks.size, 0)
  assert.equal(next.usedBytes, 0)
  next.take(1000)
  assert.equal(card.blocks.size, 1)
})

it('asks for a collection when much was handed out', () => {
  const card = new PretendCard()
  let asked = 0
  const blocks = new CudaBlocks(
    { malloc: () => 1n, free: (address) => card.free(address) },
    new SharedArrayBuffer(512 * 8),
    () => asked++,
  )
  for (let i = 0; i < 110; i++) blocks.give(blocks.take(10e6))
  assert.equal(asked, 2)
  for (let i = 0; i < 4 * 129; i++) blocks.give(blocks.take(1))
  assert.equal(asked, 2 + 4)
})
