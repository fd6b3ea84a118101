/** Whose words about a slot count: those of the utterance that has it now. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createRing, RingReader } from '../../src/audio/ring.ts'
import { DeviceUtterances } from '../../src/lanes/device-utterances.ts'
import { LaneSeat } from '../../src/lanes/lane-seat.ts'

const SAMPLE_RATE = 100

function openOne() {
  let freed = 0
  const acoustic = new LaneSeat('acoustic', 0)
  const utterances = new DeviceUtterances(1, SAMPLE_RATE, new LaneSeat('llm', 0), () => freed++)
  const lend = () => {
    const own = utterances.take()
    const lent = utterances.lend(own, { expectedSeconds: 1, onStages: undefined }, acoustic, {
      audio: new RingReader(Float32Array, createRing(Float32Array, 10)),
      places: new RingReader(Int32Array, createRing(Int32Array, 10)),
    })
    return { own, lent }
  }
  return { utterances, lend, freed: () => freed }
}

it('what comes late of the utterance that had the slot before does not fail the one that has it now', () => {
  const { utterances, lend, freed } = openOne()
  const before = lend()
  for (const role of ['llm', 'acoustic'] as const) utterances.left(before.own, role)
  before.lent.close()
  assert.equal(freed(), 1)
  const now = lend()
  assert.deepEqual(now.own, { slot: before.own.slot, epoch: before.own.epoch + 1 })
  utterances.left({ ...before.own, failed: 'late words' }, 'llm')
  assert.equal(now.lent.failure, undefined)
  assert.equal(before.lent.failure, undefined)
  utterances.left({ ...now.own, failed: 'its own' }, 'llm')
  assert.match(now.lent.failure!.detail, /its own/)
})

it('words about a free slot are without effect, and a slot that is closed twice is free once', () => {
  const { utterances, lend, freed } = openOne()
  const { own, lent } = lend()
  for (const role of ['llm', 'acoustic'] as const) utterances.left(own, role)
  lent.close()
  lent.close()
  utterances.left({ ...own, failed: 'late words' }, 'acoustic')
  assert.equal(lent.failure, undefined)
  assert.equal(freed(), 1)
  assert.equal(utterances.used, 0)
})
