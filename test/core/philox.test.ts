import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { fillNormal, philox, uniformAt } from '../../src/core/philox.ts'

it('blocks are those of the published known-answer tests', () => {
  const out = new Uint32Array(4)
  // Random123's kat_vectors, philox4x32 10 rounds, zero counter and key.
  philox(0, 0, 0, out)
  assert.deepEqual([...out], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8])
})

it('products of 32 bits are exact: blocks equal those of arithmetic without limits', () => {
  const mask = 0xffffffffn
  const exact = (seed: number, stream: number, counter: number): number[] => {
    const big = BigInt(counter)
    let c = [big & mask, big >> 32n, 0n, 0n]
    let k = [BigInt(seed), BigInt(stream)]
    for (let round = 0; round < 10; round++) {
      const a = 0xd2511f53n * c[0]!
      const b = 0xcd9e8d57n * c[2]!
      c = [(b >> 32n) ^ c[1]! ^ k[0]!, b & mask, (a >> 32n) ^ c[3]! ^ k[1]!, a & mask]
      k = [(k[0]! + 0x9e3779b9n) & mask, (k[1]! + 0xbb67ae85n) & mask]
    }
    return c.map(Number)
  }
  const out = new Uint32Array(4)
  fc.assert(
    fc.property(
      fc.nat({ max: 2 ** 32 - 1 }),
      fc.nat({ max: 2 ** 32 - 1 }),
      fc.maxSafeNat(),
      (seed, stream, counter) => {
        philox(seed, stream, counter, out)
        assert.deepEqual([...out], exact(seed, stream, counter))
      },
    ),
    { seed: 3, numRuns: 2000 },
  )
})

it('numbers depend on seed, stream and counter alone', () => {
  assert.equal(uniformAt(1, 2, 3), uniformAt(1, 2, 3))
  assert.equal(
    new Set([uniformAt(1, 2, 3), uniformAt(2, 2, 3), uniformAt(1, 3, 3), uniformAt(1, 2, 4)]).size,
    4,
  )
  assert.notEqual(uniformAt(1, 2, 5), uniformAt(1, 2, 5 + 2 ** 32))
})

it('uniform values fill [0, 1) evenly', () => {
  const bins = new Float64Array(10)
  for (let i = 0; i < 50_000; i++) bins[Math.floor(uniformAt(9, 0, i) * 10)]!++
  for (const bin of bins) assert(Math.abs(bin / 5000 - 1) < 0.06, `bin of ${bin}`)
})

it('normal values are the same whatever the chunking, with mean 0 and variance 1', () => {
  const whole = new Float32Array(100_001)
  fillNormal(5, 1, 7, whole)
  for (const [from, length] of [
    [0, 10],
    [13, 501],
    [100_000, 1],
  ] as const) {
    const part = new Float32Array(length)
    fillNormal(5, 1, 7 + from, part)
    assert.deepEqual(part, whole.slice(from, from + length))
  }
  const mean = whole.reduce((sum, x) => sum + x, 0) / whole.length
  const variance = whole.reduce((sum, x) => sum + x * x, 0) / whole.length
  assert(Math.abs(mean) < 0.01 && Math.abs(variance - 1) < 0.02, `mean ${mean}, variance ${variance}`)
})
