import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { liveAndDie } from '../../bench/siege/mortal-lane.ts'
import { LaneSeat } from '../../src/lanes/lane-seat.ts'
import { allocatedBytes, TELLS_ALLOCATED } from '../helpers/allocated-bytes.ts'
import { convertTiny, TINY_TUNING, type TinyBundle } from '../helpers/tiny-synthesizer.ts'

/** Deaths until everything is loaded that is loaded once, and deaths that are counted. */
const FIRST_DEATHS = 2
const DEATHS = 5
/** Bytes that a death may leave; sessions of the reference model's acoustic lane take 10 MB. */
const LEFT_PER_DEATH = 6e6

let bundle: TinyBundle
before(async () => {
  bundle = await convertTiny()
})
after(() => bundle.remove())

it('a lane that dies leaves no sessions: memory stays flat', async (t) => {
  if (!TELLS_ALLOCATED) return t.skip('only glibc tells what is allocated')
  const seat = new LaneSeat('acoustic', 0)
  const die = async () => {
    const reason = await liveAndDie(seat, bundle.dir, TINY_TUNING)
    assert.doesNotMatch(reason, /ended with code 0/)
  }
  for (let i = 0; i < FIRST_DEATHS; i++) await die()
  const before = await allocatedBytes()
  for (let i = 0; i < DEATHS; i++) await die()
  const left = ((await allocatedBytes()) - before) / DEATHS
  assert.ok(left < LEFT_PER_DEATH, `${(left / 1e6).toFixed(1)} MB stay with each death`)
})
