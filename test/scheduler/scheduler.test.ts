import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import type { TtsError } from '../../src/core/errors.ts'
import type { AdmissionGate, Waiting } from '../../src/scheduler/scheduler.ts'
import { SlotDevice, setup } from './scheduler-setup.ts'

it('a request starts at once where a slot is free, on the device that is done soonest', () => {
  const { scheduler, log, request } = setup([1, 3])
  scheduler.submit(request('a'))
  scheduler.submit(request('b'))
  scheduler.submit(request('c'))
  assert.deepEqual(log, ['a on 1', 'b on 1', 'c on 0'])
})

it('slots that become free while a request starts are lent too, to one request each', () => {
  // As those do whose listeners have not read for a second by then, or whose rings are full.
  const { scheduler, log, request, devices } = setup([0])
  const parking = (name: string) =>
    request(name, {
      start: () => {
        log.push(name)
        if (log.length === 1) devices[0]!.free++
        else devices[0]!.free--
      },
    })
  for (const name of ['a', 'b', 'c', 'd']) scheduler.submit(parking(name))
  assert.deepEqual(log, [])
  devices[0]!.free = 1
  scheduler.turn()
  assert.deepEqual(log, ['a', 'b', 'c'])
  assert.equal(scheduler.queued, 1)
})

it('streams leave the queue before batch work, and one that waits too long is told so at its time', () => {
  const { scheduler, log, request, clock, devices } = setup([0])
  scheduler.submit(request('batch', { priority: 'batch' }))
  scheduler.submit(request('late', { timeoutMs: 600 }))
  clock.advance(100)
  scheduler.submit(request('stream'))
  clock.advance(599)
  assert.deepEqual(log, [])
  clock.advance(600)
  assert.deepEqual(log, ['late DEADLINE_EXCEEDED'])
  devices[0]!.free = 1
  scheduler.turn()
  assert.deepEqual(log.slice(1), ['stream on 0'])
  devices[0]!.free = 1
  scheduler.turn()
  assert.deepEqual(log.slice(2), ['batch on 0'])
  assert.equal(clock.pending, 0, 'a timer is left over')
})

it('what cannot be served is refused at the door with a time to come back', () => {
  const { scheduler, request, devices } = setup([0], 1)
  scheduler.submit(request('a'))
  assert.throws(() => scheduler.submit(request('b')), { code: 'OVERLOADED', retryAfterSeconds: 1 })
  devices[0]!.healthy = false
  assert.throws(() => scheduler.check(request('c')), {
    code: 'OVERLOADED',
    detail: 'no device is working at the moment',
  })
  scheduler.close()
  assert.throws(() => scheduler.check(request('d')), { code: 'DRAINING' })
})

it('closing refuses all who wait; withdrawing takes one out without an answer', () => {
  const { scheduler, log, request, clock } = setup([0])
  scheduler.submit(request('a'))
  const { withdraw } = scheduler.submit(request('b'))
  withdraw()
  withdraw()
  scheduler.close()
  assert.deepEqual(log, ['a DRAINING'])
  assert.equal(scheduler.queued, 0)
  clock.advance(10_000)
  assert.equal(log.length, 1)
})

it('over thousands of seeded arrivals every request ends exactly once and every slot comes back', () => {
  const step = fc.record({
    gapMs: fc.nat(200),
    priority: fc.constantFrom('stream' as const, 'batch' as const),
    timeoutMs: fc.integer({ min: 50, max: 3000 }),
    serviceMs: fc.integer({ min: 10, max: 1500 }),
    withdrawMs: fc.option(fc.nat(800), { nil: undefined }),
  })
  fc.assert(
    fc.property(fc.array(step, { minLength: 200, maxLength: 400 }), (steps) => {
      const { clock, devices, scheduler } = setup([2, 3], 16)
      const ends = new Map<number, string[]>()
      const end = (id: number, how: string) => ends.set(id, [...(ends.get(id) ?? []), how])
      let at = 0
      for (const [id, { gapMs, priority, timeoutMs, serviceMs, withdrawMs }] of steps.entries()) {
        at += gapMs
        clock.advance(at)
        const request: Waiting = {
          priority,
          arrivedMs: clock.now,
          askedMs: clock.now,
          continues: false,
          timeoutMs,
          voiceKey: 'v',
          voiceSeconds: 3,
          expectedSeconds: serviceMs / 100,
          start: (deviceId) => {
            devices[deviceId]!.free--
            end(id, 'started')
            clock.after(serviceMs, () => {
              devices[deviceId]!.free++
              scheduler.turn()
            })
          },
          refuse: ({ code }) => end(id, code),
        }
        try {
          const { withdraw } = scheduler.submit(request)
          if (withdrawMs !== undefined) {
            clock.after(withdrawMs, () => {
              const before = scheduler.queued
              withdraw()
              if (scheduler.queued < before) end(id, 'withdrawn')
            })
          }
        } catch (error) {
          end(id, (error as TtsError).code)
        }
      }
      clock.advance(at + 60_000)
      assert.equal(ends.size, steps.length)
      for (const [id, how] of ends) assert.equal(how.length, 1, `request ${id}: ${how}`)
      assert.deepEqual(
        devices.map(({ free }) => free),
        [2, 3],
      )
      assert.equal(scheduler.queued, 0)
      assert.equal(clock.pending, 0)
    }),
    { seed: 12, numRuns: 15 },
  )
})

it('a speech being heard keeps its place: its next part ranks by the whole, and expires by itself', () => {
  const { clock, scheduler, devices, log, request } = setup([1], 5)
  scheduler.submit(request('long 1'))
  clock.advance(4000)
  for (let i = 1; i <= 5; i++) scheduler.submit(request(`short ${i}`))
  // The queue is full. Four of the five seconds that a part may wait have passed since the whole came.
  scheduler.submit(request('long 2', { arrivedMs: 0, continues: true }))
  clock.advance(6000)
  devices[0]!.free++
  scheduler.turn()
  assert.deepEqual(log, ['long 1 on 0', 'long 2 on 0'])
  clock.advance(8999)
  assert.equal(scheduler.queued, 5)
  scheduler.submit(request('long 3', { arrivedMs: 0, continues: true }))
  clock.advance(13_998)
  assert.equal(scheduler.queued, 1)
  clock.advance(13_999)
  assert.equal(log.at(-1), 'long 3 DEADLINE_EXCEEDED')
})

it('a stream that cannot be heard waits for a moment, and is told when to come back', () => {
  let open = false
  let seconds = 0.5
  const gate: AdmissionGate = {
    maxWaitMs: 1000,
    admits: ({ admission }) => admission === undefined || open,
    secondsUntil: () => seconds,
  }
  const { scheduler, clock, request, log } = setup([4], 8, gate)
  scheduler.submit(request('waits', { admission: 'stream' }))
  scheduler.submit(request('more of an admitted one'))
  assert.deepEqual(log, ['more of an admitted one on 0'])
  clock.advance(500)
  open = true
  clock.advance(600)
  assert.deepEqual(log.splice(0), ['more of an admitted one on 0', 'waits on 0'])
  open = false
  seconds = 0.9
  scheduler.submit(request('waits in vain', { admission: 'stream', arrivedMs: clock.now }))
  clock.advance(2000)
  assert.deepEqual(log, ['waits in vain OVERLOADED'])
  seconds = 7.2
  assert.throws(() => scheduler.submit(request('hopeless', { admission: 'stream' })), {
    code: 'OVERLOADED',
    retryAfterSeconds: 8,
  })
  assert.equal(clock.pending, 0, 'nobody waits, nothing is looked at')
})

it('once closed nothing more is taken, the next part of a speech included', () => {
  const { scheduler, request } = setup([1])
  scheduler.close()
  assert.throws(() => scheduler.submit(request('part', { continues: true })), { code: 'DRAINING' })
})

it('what waits is counted in seconds of speech, and the first can be withdrawn as well', () => {
  const { scheduler, request } = setup([0])
  const first = scheduler.submit(request('a'))
  scheduler.submit(request('b', { expectedSeconds: 5 }))
  assert.equal(scheduler.queuedSeconds, 9)
  first.withdraw()
  assert.deepEqual([scheduler.queued, scheduler.queuedSeconds], [1, 5])
})

it('a voice that a device would have to solve first counts as long as its prompt', () => {
  const { scheduler, request, devices, log } = setup([1, 1])
  const [near, far] = [devices[0]!, devices[1]!]
  near.view = () => ({ ...SlotDevice.prototype.view.call(near), backlogSeconds: 0, hasVoice: false })
  far.view = () => ({ ...SlotDevice.prototype.view.call(far), backlogSeconds: 2 })
  scheduler.submit(request('a', { voiceSeconds: 3 }))
  far.free = 1
  scheduler.submit(request('b', { voiceSeconds: 1 }))
  assert.deepEqual(log, ['a on 1', 'b on 0'])
})

it('of two that one turn could start, the second is judged with the first under way', () => {
  let underWay = 0
  const gate: AdmissionGate = {
    maxWaitMs: 3000,
    admits: () => underWay === 0,
    secondsUntil: () => 0,
  }
  const { scheduler, request, devices, log } = setup([0], 8, gate)
  const stream = (name: string) =>
    request(name, {
      admission: 'stream',
      start: (deviceId) => {
        devices[deviceId]!.free--
        underWay++
        log.push(name)
      },
    })
  scheduler.submit(stream('a'))
  scheduler.submit(stream('b'))
  devices[0]!.free = 2
  scheduler.turn()
  assert.deepEqual(log, ['a'])
  underWay = 0
  scheduler.turn()
  assert.deepEqual(log, ['a', 'b'])
})
