/** B5: an utterance that finds no memory on a card is told when to come back; the card takes fewer for a while and serves on. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { MemoryShortage } from '../../src/lanes/memory-shortage.ts'
import { testFolder } from '../helpers/proxy-process.ts'
import { admitOne, openUnlucky, until } from './faults/unlucky-device.ts'
import { assertCensus, census } from './invariant.ts'

test('a shortage halves what a device takes, once, and one more is tried every few seconds', () => {
  let nowMs = 0
  const shortage = new MemoryShortage(() => nowMs)
  const limitAt = (ms: number) => {
    nowMs = ms
    return shortage.limit
  }
  assert.equal(limitAt(0), Number.POSITIVE_INFINITY)
  for (nowMs = 1000; nowMs < 1024; nowMs++) shortage.heed('CUDA failure 2: out of memory', 24)
  assert.equal(limitAt(1024), 12)
  assert.equal(limitAt(3999), 12)
  assert.equal(limitAt(7000), 14)
  assert.deepEqual([shortage.roomOf(24, 10), shortage.roomOf(2, 10), shortage.roomOf(24, 20)], [4, 2, 0])
  shortage.heed('told to fail', 14)
  assert.equal(limitAt(7000), 14, 'another failure says nothing of memory')
  shortage.heed('cudaErrorMemoryAllocation', 14)
  assert.equal(limitAt(7000), 7)
  for (let again = 0; again < 10; again++) {
    nowMs = 10_000 + 2000 * again
    shortage.heed('Failed to allocate memory for requested buffer of size 5', 1)
  }
  assert.equal(limitAt(28_500), 1, 'one is always taken')
  assert(limitAt(28_000 + 3000 * 100) >= 100, 'in the end as before')
})

test('a card without memory refuses for a while, keeps its lanes, and takes more again by itself', async (t) => {
  const before = census()
  const starts = join(testFolder(t), 'starts')
  let changes = 0
  const device = await openUnlucky({ do: 'short', starts }, { onChange: () => changes++ })
  const lent = [admitOne(device), admitOne(device)]
  for (const { failed } of lent) {
    const { status, retryAfterSeconds, detail } = await failed
    assert.deepEqual([status, retryAfterSeconds], [503, 2])
    assert.match(detail, /out of memory/)
  }
  for (const each of lent) each.close()
  await until('both are gone', () => device.usedSlots === 0)
  assert(device.healthy)
  assert.equal(device.freeSlots, 1, 'half of those that were there')
  const told = changes
  await until('another has room', () => device.freeSlots === 2)
  assert(changes > told, 'those who wait are told')
  assert.equal((await readFile(starts)).length, 1, 'no lane was started again')
  assert.equal(await device.stop(5000), true)
  await assertCensus(before)
})
