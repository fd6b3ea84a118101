/**
 * The shared ring: nothing lost, doubled, reordered or written outside, alone and between two threads.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { Bell } from '../../src/audio/bell.ts'
import { createRing, RingReader, RingWriter, resetRing } from '../../src/audio/ring.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import type { ProducerData } from './ring-producer.ts'

const CANARIES = 16

function ringOf(capacity: number) {
  const buffer = createRing(Float32Array, capacity)
  return {
    buffer,
    writer: new RingWriter(Float32Array, buffer),
    reader: new RingReader(Float32Array, buffer),
  }
}

/** Numbers counted up, so that a hole, a repetition or a swap shows. */
class Sequence {
  #next = 0

  piece(length: number): Float32Array {
    return Float32Array.from({ length }, () => this.#next++)
  }

  /** Takes numbers of the last piece back that were not moved. */
  putBack(count: number): void {
    this.#next -= count
  }

  verify(elements: ArrayLike<number>): void {
    for (const value of Array.from(elements)) assert.equal(value, this.#next++)
  }
}

/** Over, and everything was read; the state is looked at first, as readers must. */
const isDrained = (reader: RingReader<Float32Array>) => reader.state !== 'open' && reader.available === 0

/** An array between canaries; `intact` fails where a neighbour was written. */
function guarded(length: number): { inner: Float32Array; intact: () => void } {
  const outer = new Float32Array(length + 2 * CANARIES).fill(Number.NaN)
  const intact = () => {
    const around = [...outer.subarray(0, CANARIES), ...outer.subarray(CANARIES + length)]
    assert(around.every(Number.isNaN), 'a canary is dead')
  }
  return { inner: outer.subarray(CANARIES, CANARIES + length), intact }
}

describe('moving elements', () => {
  it('keeps the sequence for seeded capacities and piece sizes, and writes nothing outside', () => {
    const random = new SeededRandom(11)
    for (let round = 0; round < 60; round++) {
      const capacity = 1 + random.below(round < 10 ? 4 : 300)
      const exact = createRing(Float32Array, capacity)
      // The same ring in a larger buffer: what lies behind it must stay untouched.
      const buffer = new SharedArrayBuffer(exact.byteLength + CANARIES * 4)
      new Uint8Array(buffer).set(new Uint8Array(exact))
      const behind = new Float32Array(buffer, exact.byteLength).fill(Number.NaN)
      const writer = new RingWriter(Float32Array, buffer)
      const reader = new RingReader(Float32Array, buffer)
      const [sent, got] = [new Sequence(), new Sequence()]
      let inside = 0
      for (let step = 0; step < 400; step++) {
        assert.deepEqual([writer.freeSpace, reader.available], [capacity - inside, inside])
        if (random.below(2) === 0) {
          const piece = sent.piece(random.below(capacity * 2))
          const moved = writer.push(piece)
          assert.equal(moved, Math.min(piece.length, capacity - inside))
          sent.putBack(piece.length - moved)
          inside += moved
        } else {
          const { inner, intact } = guarded(random.below(capacity * 2))
          const moved = reader.pop(inner)
          assert.equal(moved, Math.min(inner.length, inside))
          got.verify(inner.subarray(0, moved))
          assert(inner.subarray(moved).every(Number.isNaN), 'more was written than was counted')
          intact()
          inside -= moved
        }
      }
      assert(behind.every(Number.isNaN))
    }
  })

  it('holds exactly its capacity, and nothing twice', () => {
    const { writer, reader } = ringOf(3)
    assert.equal(writer.push(Float32Array.of(1, 2, 3, 4)), 3)
    assert.equal(writer.push(Float32Array.of(9)), 0)
    assert.deepEqual([...reader.take()], [1, 2, 3])
    assert.deepEqual([...reader.take()], [])
  })

  it('carries integers as integers', () => {
    const buffer = createRing(Int32Array, 4)
    const writer = new RingWriter(Int32Array, buffer)
    const reader = new RingReader(Int32Array, buffer)
    writer.push(Int32Array.of(6561, -1, 2 ** 31 - 1))
    assert.deepEqual(reader.take(2), Int32Array.of(6561, -1))
    assert.deepEqual(reader.take(2), Int32Array.of(2 ** 31 - 1))
  })

  it('is refused to a side that expects another element type', () => {
    const buffer = createRing(Int32Array, 4)
    assert.throws(() => new RingReader(Float32Array, buffer), /another element type/)
    assert.throws(() => createRing(Float32Array, 0), /no capacity: 0/)
  })
})

describe('states', () => {
  it('an ended stream can still be read to its end, and is drained only then', () => {
    const { writer, reader } = ringOf(8)
    writer.push(Float32Array.of(1, 2))
    assert.deepEqual([reader.state, isDrained(reader)], ['open', false])
    writer.end()
    assert.deepEqual([reader.state, isDrained(reader)], ['ended', false])
    assert.equal(writer.push(Float32Array.of(3)), 0)
    assert.deepEqual([...reader.take()], [1, 2])
    assert.equal(isDrained(reader), true)
  })

  it('the first of end and fail stands', () => {
    const { writer, reader } = ringOf(8)
    writer.fail()
    writer.end()
    assert.equal(reader.state, 'failed')
    const other = ringOf(8)
    other.writer.end()
    other.writer.fail()
    assert.equal(other.reader.state, 'ended')
  })

  it('a reset ring is open and empty, whatever was in it', () => {
    const { buffer, writer, reader } = ringOf(4)
    writer.push(Float32Array.of(1, 2, 3))
    reader.take(1)
    writer.fail()
    resetRing(buffer)
    const next = {
      writer: new RingWriter(Float32Array, buffer),
      reader: new RingReader(Float32Array, buffer),
    }
    assert.deepEqual([next.reader.state, next.reader.available], ['open', 0])
    assert.equal(next.writer.push(Float32Array.of(5, 6, 7, 8, 9)), 4)
    assert.deepEqual([...next.reader.take()], [5, 6, 7, 8])
  })
})

describe('bells', () => {
  it('the consumer wakes for data and for the end', async () => {
    const { writer, reader } = ringOf(4)
    const acts: readonly (() => void)[] = [() => writer.push(Float32Array.of(1)), () => writer.end()]
    for (const act of acts) {
      const waiting = reader.dataBell.signalled(reader.dataBell.count)
      act()
      await waiting
    }
  })

  it('a ring between reading the count and waiting is not lost', async () => {
    const { writer, reader } = ringOf(4)
    const seen = reader.dataBell.count
    writer.push(Float32Array.of(1))
    await reader.dataBell.signalled(seen)
    reader.dataBell.wait(seen, 10_000)
  })

  it('a wait with a time limit ends by itself', async () => {
    const bell = new Bell(new Int32Array(new SharedArrayBuffer(4)), 0)
    const started = performance.now()
    const alive = setTimeout(() => undefined, 10_000)
    await bell.signalled(0, 20)
    clearTimeout(alive)
    assert(performance.now() - started >= 15)
  })

  it('a pending wait does not keep a process alive', async () => {
    const bell = new URL('../../src/audio/bell.js', import.meta.url).href
    const script = `import { Bell } from '${bell}'
      new Bell(new Int32Array(new SharedArrayBuffer(4)), 0).signalled(0).then(() => console.log('woken'))
      console.log('waiting')`
    const run = promisify(execFile)
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000 })
    assert.equal(stdout, 'waiting\n')
  })
})

describe('order', () => {
  /** Runs `other` in the very moment in which a position is published, as an unlucky other thread would. */
  function whenPublished(t: TestContext, other: () => void): void {
    const { store } = Atomics
    let running = false
    t.mock.method(Atomics, 'store', (...args: Parameters<typeof store>) => {
      const result = store(...args)
      if (!running) {
        running = true
        other()
        running = false
      }
      return result
    })
  }

  it('elements are in place when the write position says so, across the wrap too', (t) => {
    const { writer, reader } = ringOf(5)
    const [sent, got] = [new Sequence(), new Sequence()]
    whenPublished(t, () => got.verify(reader.take()))
    for (let i = 0; i < 20; i++) assert.equal(writer.push(sent.piece(3)), 3)
    assert.equal(reader.available, 0)
  })

  it('elements are copied out when the read position says so', (t) => {
    const { writer, reader } = ringOf(5)
    const [sent, got] = [new Sequence(), new Sequence()]
    writer.push(sent.piece(5))
    whenPublished(t, () => assert.equal(writer.push(sent.piece(3)), 3))
    for (let i = 0; i < 20; i++) got.verify(reader.take(3))
  })

  it('a ring never looks drained while elements are in it, whenever the producer ends', (t) => {
    const { load } = Atomics
    let loads = 0
    let act: (() => void) | undefined
    t.mock.method(Atomics, 'load', (...args: Parameters<typeof load>) => {
      const value = load(...args)
      if (loads-- === 0) act?.()
      return value
    })
    for (let after = 0; after < 4; after++) {
      const { writer, reader } = ringOf(5)
      act = () => {
        act = undefined
        writer.push(Float32Array.of(1))
        writer.end()
      }
      loads = after
      assert.equal(isDrained(reader), false, `ended after ${after} looks`)
    }
  })
})

describe('two threads', () => {
  it('every element arrives once and in order, and a drained ring is a complete one', async () => {
    const random = new SeededRandom(5)
    const count = 100_000
    // Small ones for many collisions, large ones as in life.
    const rings = [1, 2, 3, 64, 1000, 24_000].map((capacity) => createRing(Float32Array, capacity))
    const counts = rings.map((_, i) => (i < 3 ? 2000 : count))
    for (const [i, ring] of rings.entries()) {
      const workerData: ProducerData = { rings: [ring], count: counts[i]!, seed: i }
      const worker = new Worker(new URL('./ring-producer.js', import.meta.url), { workerData })
      const failed = new Promise<never>((_, reject) => worker.once('error', reject))
      const ended = new Promise((resolve) => worker.once('exit', resolve))
      const read = readAll(new RingReader(Float32Array, ring), random)
      assert.equal(await Promise.race([read, failed]), counts[i])
      await ended
    }
  })

  it('an end is never seen before the elements that precede it', async () => {
    // Streams of a few elements: the end follows right behind the data.
    const rings = Array.from({ length: 3000 }, () => createRing(Float32Array, 8))
    const workerData: ProducerData = { rings, count: 5, seed: 1 }
    const worker = new Worker(new URL('./ring-producer.js', import.meta.url), { workerData })
    const ended = new Promise((resolve) => worker.once('exit', resolve))
    for (const ring of rings) {
      const reader = new RingReader(Float32Array, ring)
      const deadline = performance.now() + 20_000
      while (reader.state === 'open') assert(performance.now() < deadline)
      assert.equal(reader.available, 5)
    }
    await ended
  })
})

/** Reads pieces of seeded sizes until the ring is drained; resolves to the number of elements. */
async function readAll(reader: RingReader<Float32Array>, random: SeededRandom): Promise<number> {
  let total = 0
  for (;;) {
    const seen = reader.dataBell.count
    if (isDrained(reader)) return total
    const piece = reader.take(1 + random.below(900))
    for (const value of piece) assert.equal(value, total++ % 65536)
    if (piece.length === 0) await reader.dataBell.signalled(seen, 5000)
  }
}
