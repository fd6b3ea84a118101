/** The second thread of the ring test: pushes 0, 1, 2, … in pieces of seeded sizes, then ends. */
import { workerData } from 'node:worker_threads'
import { RingWriter } from '../../src/audio/ring.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'

export interface ProducerData {
  readonly rings: readonly SharedArrayBuffer[]
  readonly count: number
  readonly seed: number
}

const { rings, count, seed } = workerData as ProducerData
const random = new SeededRandom(seed)
const never = new Int32Array(new SharedArrayBuffer(4))

for (const buffer of rings) {
  const writer = new RingWriter(Float32Array, buffer)
  for (let next = 0; next < count; ) {
    const piece = Float32Array.from(
      { length: Math.min(random.below(700), count - next) },
      (_, i) => (next + i) % 65536,
    )
    for (let sent = 0; sent < piece.length; ) {
      const moved = writer.push(piece.subarray(sent))
      // Room is told by the lane's bell, not the ring's.
      if (moved === 0) Atomics.wait(never, 0, 0, 1)
      sent += moved
    }
    next += piece.length
  }
  writer.end()
}
