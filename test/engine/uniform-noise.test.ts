import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { it } from 'node:test'
import { MersenneTwister } from '../../src/core/mersenne-twister.ts'
import { uniformNoise } from '../../src/engine/vocoder/uniform-noise.ts'

/** Draws of the published model before its table. */
const PUBLISHED = 5_052_970
const HARMONICS = 9

const table = (from: number, samples: number): Float32Array => {
  const noise = uniformNoise(PUBLISHED, HARMONICS)
  const out = new Float32Array(samples * HARMONICS)
  for (let h = 0; h < HARMONICS; h++) {
    const merged = new Float32Array(samples)
    noise(
      from,
      merged,
      Float32Array.from({ length: HARMONICS }, (_, i) => (i === h ? 1 : 0)),
    )
    for (const [i, value] of merged.entries()) out[i * HARMONICS + h] = value
  }
  return out
}

it('is the table that the published model has', () => {
  const first = table(0, 1000)
  const expected = [0.922826, 0.4774475, 0.8270518, 0.2834572]
  for (const [i, value] of expected.entries()) assert.ok(Math.abs(first[i]! - value) < 1e-6)
  const bytes = new Uint8Array(first.buffer)
  const sha = createHash('sha256').update(bytes).digest('hex')
  assert.equal(sha, '1b015ac6291b59de7ce0c9726772bee6528aa7064abe56ec3c1bc1a5504c1eb2')
})

it('a sample has its value wherever a stretch begins', () => {
  const whole = table(0, 13_000)
  for (const from of [0, 1, 5999, 6000, 6001, 12_345])
    assert.deepEqual(table(from, 500), whole.slice(from * HARMONICS, (from + 500) * HARMONICS))
})

it('the generator goes on by itself after a fork, and leaves out what it is told', () => {
  const random = MersenneTwister.seeded(0)
  // First outputs of the published generator with seed 0.
  assert.deepEqual([random.next(), random.next()], [2357136044, 2546248239])
  const copy = random.fork()
  const ahead = Array.from({ length: 2000 }, () => random.next())
  for (const skipped of [0, 621, 622, 623, 1246, 1999]) {
    const other = copy.fork()
    other.skip(skipped)
    assert.equal(other.next(), ahead[skipped], `${skipped}`)
  }
})
