import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isParked, lendable, PARK_AFTER_MS, RINGS_PER_SLOT } from '../../src/lanes/parking.ts'

it('parked is who has not read for a while and for whom nothing can be made now', () => {
  const now = 50_000
  const since = (ms: number) => ({ readMs: now - ms })
  const [long, brief] = [since(PARK_AFTER_MS), since(PARK_AFTER_MS - 1)]
  assert.equal(isParked({ hasRoom: false, inLanes: true, ...long }, now), true)
  assert.equal(isParked({ hasRoom: true, inLanes: false, ...long }, now), true)
  assert.equal(isParked({ hasRoom: true, inLanes: true, ...long }, now), false)
  assert.equal(isParked({ hasRoom: false, inLanes: false, ...brief }, now), false)
})

it('parked slots are lent anew, as far as there are rings, and never fewer than none', () => {
  assert.equal(lendable(4, 0, 0), 4)
  assert.equal(lendable(4, 4, 0), 0)
  assert.equal(lendable(4, 4, 3), 3)
  assert.equal(lendable(4, 6, 2), 0)
  const rings = 4 * RINGS_PER_SLOT
  assert.equal(lendable(4, rings - 1, rings - 1), 1)
  assert.equal(lendable(4, rings, rings), 0)
  assert.equal(lendable(4, 7, 2), 0)
})
