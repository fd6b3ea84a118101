import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StreamLoad } from '../../src/scheduler/admission.ts'
import { Admission } from '../../src/speech/admission.ts'
import { HELD_LOOK_MS, HeldStart } from '../../src/speech/held-start.ts'

it('first samples wait for the cushion and no longer, however large it is', async () => {
  let cushion = 1.5
  const start = new HeldStart(() => cushion)
  assert(!start.holds(0))
  assert(start.holds(0.4))
  assert(!start.holds(1.5))
  cushion = 0.3
  assert(!start.holds(0.4))
  cushion = 1.9
  for (let looks = 0; start.holds(0.4); looks++) {
    assert(looks < 600, 'it never lets go')
    await sleep(HELD_LOOK_MS)
  }
  assert(!new HeldStart(() => 0).holds(0.1))
})

it('the cushion is nothing on a device with room, all of it on a full one, and more where listeners run dry', () => {
  const load: StreamLoad = { heard: true, leadSeconds: 2, leftSeconds: 5 }
  const admission = new Admission({ rate: () => 20, listeners: 10, maxWaitMs: 1000 })
  const add = () => admission.add({ priority: 'stream', load: () => load })
  const leave = [add(), add(), add()]
  assert.equal(admission.cushionSeconds(5), 0)
  while (leave.length < 10) leave.push(add())
  const full = admission.cushionSeconds(5)
  assert(full > 1)
  for (let i = 0; i < 100; i++) admission.missed()
  const most = admission.cushionSeconds(5)
  assert(most > full && most < 5)
  for (let i = 0; i < 1000; i++) {
    leave.pop()!()
    leave.push(add())
  }
  assert.equal(admission.cushionSeconds(5).toFixed(6), full.toFixed(6))
})

it('a speech that is made more slowly than it is heard begins once the rest can follow', () => {
  for (const rate of [0.5, 0.7, 0.9]) {
    const slow = new Admission({
      rate: () => rate,
      listeners: undefined,
      maxWaitMs: 1000,
      startWhenSafe: true,
    })
    for (const seconds of [2, 5, 10]) {
      const ahead = slow.cushionSeconds(seconds)
      // Made until the last is heard: what was ahead, and what came meanwhile.
      assert(ahead + rate * seconds >= seconds || ahead >= 7, `${rate} ${seconds}`)
    }
    assert.match(slow.warning!, /^whole answers only: RTF [12]\.\d$/)
    const eager = new Admission({ rate: () => rate, listeners: undefined, maxWaitMs: 1000 })
    assert.equal(eager.cushionSeconds(10), 0)
  }
  const fast = new Admission({ rate: () => 8, listeners: undefined, maxWaitMs: 1000, startWhenSafe: true })
  assert.deepEqual([fast.cushionSeconds(10), fast.warning], [0, undefined])
})
