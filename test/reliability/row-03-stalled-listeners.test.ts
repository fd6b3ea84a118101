/** Row 3: listeners that read nothing hold what they have been made, and nothing that a newcomer needs. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { isParked, lendable, PARK_AFTER_MS } from '../../src/lanes/parking.ts'
import { convertTinyLlm, type TinyLlm } from '../helpers/tiny-llm.ts'
import { ask, assertAtRest, convertTiny, digest, listen, openTiny } from '../helpers/tiny-synthesizer.ts'
import { admitOne, openUnlucky, until } from './faults/unlucky-device.ts'
import { openLane } from './llm-lane.ts'

let llm: TinyLlm
before(async () => {
  llm = await convertTinyLlm()
})
after(() => llm.remove())

it('a row of the LLM is parked while its listener does not read, and comes back with the same bytes', async () => {
  const wide = await llm.open(3)
  const calm = openLane(llm, wide)
  for (let slot = 0; slot < 3; slot++) calm.admit(slot)
  for (let turn = 0; calm.left.size < 3 && turn < 2000; turn++) calm.turns.turn()
  wide.release()

  // One row for three: two of them read nothing, the third is served beside them.
  const narrow = await llm.open(1)
  const lane = openLane(llm, narrow, 4)
  lane.admit(0)
  lane.admit(1)
  for (let turn = 0; turn < 60; turn++) lane.turns.turn()
  assert.equal(lane.said.get(0)!.length, 4)
  assert.equal(lane.said.get(1)!.length, 4)
  assert.equal(lane.left.size, 0)
  lane.admit(2)
  const readAll = (slot: number) => lane.taken.set(slot, lane.said.get(slot)!.length)
  for (let turn = 0; !lane.left.has(2) && turn < 2000; turn++) {
    lane.turns.turn()
    readAll(2)
  }
  assert.deepEqual(lane.said.get(2), calm.said.get(2))
  // They read again: not a token is lost or other.
  for (let turn = 0; lane.left.size < 3 && turn < 4000; turn++) {
    lane.turns.turn()
    readAll(0)
    readAll(1)
  }
  for (let slot = 0; slot < 3; slot++)
    assert.deepEqual(lane.said.get(slot), calm.said.get(slot), `slot ${slot}`)
  assert.equal(narrow.pool.used, 0)
  narrow.release()
})

it('one who writes no further holds no row either, and one who leaves while parked holds nothing', async () => {
  const runner = await llm.open(1)
  const lane = openLane(llm, runner, 4)
  lane.admit(0, { live: true, promptSpeechTokens: new Int32Array(0), promptTextIds: new Int32Array(0) })
  for (let turn = 0; turn < 400; turn++) {
    lane.turns.turn()
    lane.taken.set(0, lane.said.get(0)!.length)
  }
  assert.equal(lane.left.size, 0, 'it waits for text')
  lane.admit(1)
  for (let turn = 0; !lane.left.has(1) && turn < 2000; turn++) {
    lane.turns.turn()
    lane.taken.set(1, lane.said.get(1)!.length)
  }
  assert.equal(lane.left.get(1), undefined)
  assert(lane.said.get(1)!.length > 0)
  lane.turns.apply({ type: 'cancel', slot: 0, epoch: 1 })
  assert.equal(lane.turns.size, 0)
  assert.equal(runner.pool.used, 0)
  runner.release()
})

it('a slot whose listener takes nothing is lent anew, as far as there are rings', async () => {
  const device = await openUnlucky({ do: 'ok' })
  const lent = [admitOne(device), admitOne(device), admitOne(device)]
  await until('they are parked', () => device.freeSlots === 3)
  assert.equal(device.usedSlots, 3)
  lent[0]!.roomMade()
  assert.equal(device.freeSlots, 2)
  await until('it is parked again', () => device.freeSlots === 3)
  while (lent.length < 12) {
    await until('a slot is free', () => device.freeSlots > 0)
    lent.push(admitOne(device))
  }
  await until('all are parked', () => device.parkedSlots === 12)
  assert.equal(device.freeSlots, 0, 'every ring is in use')
  for (const each of lent) each.close()
  await until('all are free', () => device.usedSlots === 0 && device.freeSlots === 3)
  assert.equal(await device.stop(5000), true)
})

it('parked is who does not read while nothing can be made for him', () => {
  const now = 10_000
  const since = { readMs: now - PARK_AFTER_MS }
  assert(isParked({ hasRoom: false, inLanes: true, ...since }, now))
  assert(isParked({ hasRoom: true, inLanes: false, ...since }, now))
  assert(!isParked({ hasRoom: true, inLanes: true, ...since }, now))
  assert(!isParked({ hasRoom: false, inLanes: false, readMs: now - 1 }, now))
  assert.equal(lendable(4, 4, 0), 0)
  assert.equal(lendable(4, 4, 3), 3)
  assert.equal(lendable(4, 15, 15), 1)
  assert.equal(lendable(4, 6, 0), 0, 'more read again than are served at once')
})

const SENTENCE = 'The quick brown fox jumps over the lazy dog, and nobody is surprised at all.'
const LONG = Array.from({ length: 3 }, () => SENTENCE).join(' ')

it('a newcomer is served beside stalled listeners of three times the slots, and they lose nothing', async (t) => {
  const bundle = await convertTiny()
  t.after(() => bundle.remove())
  const server = await openTiny(bundle, { slots: 2, tuning: { llmSlots: 2, llmMaxBatch: 2 } })
  const expected = digest(await listen(await ask(server, { text: SENTENCE, seed: 5 })))
  const whole = digest(await listen(await ask(server, { text: LONG, seed: 7 })))
  const stalled = await Promise.all(Array.from({ length: 3 }, () => ask(server, { text: LONG, seed: 7 })))
  assert.equal(digest(await listen(await ask(server, { text: SENTENCE, seed: 5 }))), expected)
  const heard = await Promise.all(stalled.map((stream) => listen(stream)))
  for (const samples of heard) assert.equal(digest(samples), whole)
  await assertAtRest(server)
  assert.equal(await server.close(5000), true)
})
