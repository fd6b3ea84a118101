/** Row 3: listeners that read nothing hold what they have been made, and nothing that a newcomer needs. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { convertTinyLlm, type TinyLlm } from '../helpers/tiny-llm.ts'
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
