import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import {
  fits,
  leastLead,
  listenersAt,
  type StreamLoad,
  secondsUntilFit,
  wholeAnswersBeside,
} from '../../src/scheduler/admission.ts'
import { Admission, type Loaded } from '../../src/speech/admission.ts'

const fresh = (leftSeconds = 10): StreamLoad => ({ heard: false, leadSeconds: 0, leftSeconds })
const heard = (leadSeconds: number, leftSeconds = 10): StreamLoad => ({
  heard: true,
  leadSeconds,
  leftSeconds,
})
const many = (count: number, stream: StreamLoad) => Array.from({ length: count }, () => stream)

it('as many streams fit as are made, and one fewer than that leaves room for one', () => {
  assert.ok(fits(many(8, heard(1, 60)), 8.5))
  assert.ok(!fits(many(10, heard(0, 60)), 8.5))
  assert.ok(fits([...many(7, heard(1, 60)), fresh(60)], 8.5))
})

it('first blocks of a crowd are not promised all at once, whatever comes later', () => {
  assert.ok(!fits(many(3, fresh(1)), 16))
  assert.ok(fits(many(2, fresh(1)), 16))
  for (const rate of [0.5, 2, 4, 8]) assert.ok(fits([fresh(1)], rate), `${rate}`)
})

it('streams that are made, or far ahead, leave room', () => {
  assert.ok(fits([...many(40, heard(2, 0)), fresh()], 4))
  assert.ok(fits([...many(8, heard(14, 4)), fresh()], 4))
})

it('the wait is that for streams which end: none where there is room, longer the more wait before', () => {
  const busy = many(8, heard(1, 4))
  assert.equal(secondsUntilFit([], [], fresh(), 4), 0)
  const alone = secondsUntilFit(busy, [], fresh(), 6)
  const behind = secondsUntilFit(busy, many(4, fresh()), fresh(), 6)
  assert.ok(alone > 0 && alone < 8, `${alone}`)
  assert.ok(behind > alone, `${behind} behind others, ${alone} alone`)
  assert.equal(secondsUntilFit(many(90, heard(0, 1000)), [], fresh(), 1), 60)
})

it('less of a load never fits worse, and a faster device never carries less', () => {
  const stream = fc.record({
    heard: fc.boolean(),
    leadSeconds: fc.double({ min: 0, max: 8, noNaN: true }),
    leftSeconds: fc.double({ min: 0, max: 30, noNaN: true }),
  })
  fc.assert(
    fc.property(
      fc.array(stream, { maxLength: 20 }),
      fc.double({ min: 0.2, max: 20, noNaN: true }),
      (all, rate) => {
        if (!fits(all, rate)) return
        assert.ok(fits(all.slice(1), rate))
        assert.ok(fits(all, 2 * rate))
        assert.equal(secondsUntilFit(all.slice(1), [], all[0] ?? fresh(0), rate), 0)
      },
    ),
  )
})

it('whole answers take what streams leave, and one is made where nobody streams', () => {
  assert.equal(wholeAnswersBeside(0, 0.4), 1)
  assert.equal(wholeAnswersBeside(3, 8.8), 5)
  assert.equal(wholeAnswersBeside(8, 8.8), 0)
  assert.equal(listenersAt(0.3), 1)
})

it('the gate: someone alone is always served, a crowd up to what is made, more of the same speech always', () => {
  const admission = new Admission({ rate: () => 5, listeners: undefined, maxWaitMs: 1000 })
  const stream = { admission: 'stream', expectedSeconds: 10 } as const
  const speaking = (): Loaded => ({ priority: 'stream', load: () => heard(2, 20) })
  assert.ok(admission.admits(stream))
  let admitted = 0
  while (admission.admits(stream) && admitted < 50) {
    admission.add(speaking())
    admitted++
  }
  assert.ok(admitted >= 3 && admitted <= 5, `${admitted} streams of 5 × the margin`)
  assert.ok(admission.admits({ expectedSeconds: 10 }), 'a later segment')
  assert.ok(!admission.admits({ admission: 'batch', expectedSeconds: 10 }))
  assert.ok(admission.secondsUntil(stream, []) > 0)
})

it('on a slow device a long whole answer keeps no other client waiting, and its own client waits', () => {
  const admission = new Admission({ rate: () => 0.7, listeners: undefined, maxWaitMs: 1000 })
  const whole = (client: string) => ({ admission: 'batch', expectedSeconds: 3, client }) as const
  const making = (client: string): Loaded => ({ priority: 'batch', client, load: () => heard(0, 200) })
  assert.ok(admission.admits(whole('a')))
  const end = admission.add(making('a'))
  assert.deepEqual([admission.admits(whole('a')), admission.admits(whole('b'))], [false, true])
  admission.add(making('b'))
  assert.deepEqual([admission.admits(whole('b')), admission.admits(whole('c'))], [false, false])
  end()
  assert.ok(admission.admits(whole('c')))
  const leave = admission.add({ priority: 'stream', client: 'd', load: () => heard(0, 20) })
  assert.ok(!admission.admits(whole('c')), 'nothing beside a listener, whose device is slow')
  leave()
})

it('listeners that ran dry make the promise smaller, speeches that went well make it larger again', () => {
  const admission = new Admission({ rate: () => 10, listeners: undefined, maxWaitMs: 1000 })
  const before = admission.promised
  for (let i = 0; i < 5; i++) admission.missed()
  const after = admission.promised
  assert.ok(after < before)
  for (let i = 0; i < 5; i++) admission.add({ priority: 'stream', load: () => undefined })()
  assert.ok(admission.promised > after)
  for (let i = 0; i < 1000; i++) admission.missed()
  assert.ok(admission.promised >= 4)
})

it('a number of listeners that is set is what is admitted', () => {
  const admission = new Admission({ rate: () => 0.1, listeners: 2, maxWaitMs: 1000 })
  const stream = { admission: 'stream', expectedSeconds: 10 } as const
  admission.add({ priority: 'stream', load: () => heard(0, 20) })
  assert.ok(admission.admits(stream))
  admission.add({ priority: 'stream', load: () => heard(0, 7) })
  assert.ok(!admission.admits(stream))
  assert.equal(admission.secondsUntil(stream, []), 7)
})

it('on a full device nobody begins while a listener is about to run dry, however fast the device is believed to be', () => {
  const admission = new Admission({ rate: () => 30, listeners: undefined, maxWaitMs: 1000 })
  const stream = { admission: 'stream', expectedSeconds: 10 } as const
  let lead = 4
  const crowd = Array.from({ length: 18 }, () =>
    admission.add({ priority: 'stream', load: () => heard(lead, 6) }),
  )
  assert.ok(admission.admits(stream))
  lead = 0.4
  assert.ok(!admission.admits(stream))
  assert.ok(admission.secondsUntil(stream, []) > 0.5, 'it is told to come later')
  // Beside a few only, the lanes make up for it at once.
  for (const leave of crowd.slice(4)) leave()
  assert.ok(admission.admits(stream))
})

it('the listener worst off is one that is owed more', () => {
  assert.equal(leastLead([]), Infinity)
  assert.equal(leastLead([heard(3), heard(1.5), heard(0.2, 0), fresh()]), 1.5)
})
