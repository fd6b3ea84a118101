import assert from 'node:assert/strict'
import { it } from 'node:test'
import { collectGarbage } from '../../src/core/collect-garbage.ts'
import { ClientShares } from '../../src/server/limits/client-shares.ts'

it('a client holds up to its share, in any amounts, and others theirs', () => {
  const shares = new ClientShares(10, 'bytes')
  shares.take('a', 4)
  shares.take('a', 6)
  assert.throws(() => shares.take('a', 1), {
    code: 'OVERLOADED',
    detail: 'expected at most 10 bytes at a time from one address, got more',
  })
  shares.take('b', 10)
  assert.throws(() => shares.take('c', 11), { code: 'OVERLOADED' })
})

it('what is given back can be taken again, as much and no more', () => {
  const shares = new ClientShares(10, 'bytes')
  shares.take('a', 10)
  shares.give('a', 7)
  shares.take('a', 7)
  assert.throws(() => shares.take('a', 1), { code: 'OVERLOADED' })
  shares.give('a', 10)
  shares.take('a', 10)
})

it('of a client that has given all back nothing is kept', () => {
  const shares = new ClientShares(10, 'requests')
  const clients = 200_000
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < clients; i++) {
    shares.take(`10.0.${i >> 8}.${i & 255}`, 1)
    shares.give(`10.0.${i >> 8}.${i & 255}`, 1)
  }
  collectGarbage()
  const bytes = process.memoryUsage().heapUsed - before
  assert.ok(bytes < 20 * clients, `${(bytes / clients).toFixed(1)} bytes a client`)
  assert.ok(shares.hasRoom('10.0.0.0', 10), 'it is still there when it is measured')
})
