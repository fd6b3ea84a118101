import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { StreamLoad } from '../../src/scheduler/admission.ts'
import { Admission } from '../../src/speech/admission.ts'
import { HeldStart, NO_CUSHION } from '../../src/speech/held-start.ts'
import { aheadOf } from '../../src/speech/speech-piece.ts'

it('first samples wait for the cushion and no longer, however large it is', () => {
  let now = 0
  let seconds = 1.5
  const start = new HeldStart(
    () => ({ seconds, mostMs: 3000 }),
    () => now,
  )
  const made = (made: number, most = Infinity) => ({ made, most })
  assert(!start.holds(made(0)))
  now = 10_000
  assert(start.holds(made(0.4)), 'the clock begins with the first samples')
  assert(!start.holds(made(1.5)))
  seconds = 0.3
  assert(!start.holds(made(0.4)))
  seconds = 1.9
  now = 12_999
  assert(start.holds(made(0.4)))
  assert(!start.holds(made(0.4, 0.4)), 'no more can come')
  assert(!start.holds(made(0.4), 0.75), 'its request would fail before long')
  now = 13_000
  assert(!start.holds(made(0.4)))
  assert(!new HeldStart(() => NO_CUSHION).holds(made(0.1)))
})

it('the cushion is nothing on a device with room, all of it on a full one, and more where listeners run dry', () => {
  const load: StreamLoad = { heard: true, leadSeconds: 2, leftSeconds: 5 }
  const admission = new Admission({ rate: () => 20, listeners: 10, maxWaitMs: 1000 })
  const add = () => admission.add({ priority: 'stream', load: () => load })
  const leave = [add(), add(), add()]
  assert.equal(admission.cushion(5).seconds, 0)
  while (leave.length < 10) leave.push(add())
  const full = admission.cushion(5).seconds
  assert(full > 1)
  for (let i = 0; i < 100; i++) admission.missed()
  const most = admission.cushion(5).seconds
  assert(most > full && most < 5)
  for (let i = 0; i < 1000; i++) {
    leave.pop()!()
    leave.push(add())
  }
  assert.equal(admission.cushion(5).seconds.toFixed(6), full.toFixed(6))
})

it('a speech that is made more slowly than it is heard begins once the rest can follow', () => {
  for (const rate of [0.1, 0.5, 0.7, 0.9]) {
    const slow = new Admission({
      rate: () => rate,
      listeners: undefined,
      maxWaitMs: 1000,
      startWhenSafe: true,
    })
    for (const seconds of [2, 5, 10]) {
      const { seconds: ahead, mostMs } = slow.cushion(seconds)
      // Made until the last is heard: what was ahead, and what came meanwhile.
      assert(ahead + rate * seconds >= seconds || ahead >= 14, `${rate} ${seconds}`)
      assert(mostMs >= (1000 * ahead) / rate, 'it is not given up before it can be there')
    }
    assert.match(slow.warning!, /^whole answers only: RTF \d+\.\d$/)
    const eager = new Admission({ rate: () => rate, listeners: undefined, maxWaitMs: 1000 })
    assert.equal(eager.cushion(10).seconds, 0)
  }
  const fast = new Admission({ rate: () => 8, listeners: undefined, maxWaitMs: 1000, startWhenSafe: true })
  assert.deepEqual([fast.cushion(10).seconds, fast.warning], [0, undefined])
})

/** Gaps in a speech whose device makes `rate` seconds a second, in blocks, in rings of 8 s. */
function gapsOf(
  parts: readonly number[],
  rate: number,
  believed: number,
): { gapMs: number; begunMs: number } {
  let nowMs = 0
  const device = new Admission({
    rate: () => believed,
    listeners: undefined,
    maxWaitMs: 1000,
    startWhenSafe: true,
  })
  const expected = parts.reduce((sum, seconds) => sum + seconds, 0)
  const start = new HeldStart(
    () => device.cushion(expected),
    () => nowMs,
  )
  const made = parts.map(() => 0)
  const taken = parts.map(() => 0)
  let reading = 0
  let begunMs = 0
  let gapMs = 0
  let dryMs = Infinity
  for (let block = 0; reading < parts.length; ) {
    nowMs += 100
    block += 0.1 * rate
    const room = made.findIndex(
      (seconds, i) => i <= reading + 1 && seconds < parts[i]! && seconds - taken[i]! < 7,
    )
    if (block >= 1 && room >= 0) {
      block -= 1
      made[room] = Math.min(parts[room]!, made[room]! + 1)
    }
    const pieces = [reading, reading + 1].filter((i) => i < parts.length)
    const lent = pieces.map((i) => ({
      lent: { audio: { available: made[i]! - taken[i]!, state: made[i]! < parts[i]! ? 'open' : 'ended' } },
    }))
    if (begunMs === 0 && start.holds(aheadOf(lent as never, 1))) continue
    const fresh = made[reading]! - taken[reading]!
    if (fresh > 0) {
      if (begunMs === 0) begunMs = dryMs = nowMs
      gapMs += Math.max(0, nowMs - dryMs)
      dryMs = Math.max(dryMs, nowMs) + 1000 * fresh
      taken[reading]! += fresh
    }
    if (taken[reading]! >= parts[reading]!) reading++
  }
  return { gapMs, begunMs }
}

it('on a slow device a speech has no gap, as far as rings hold what has to be ahead', () => {
  for (const parts of [[4], [7], [3, 5], [7, 7], [2, 2, 2, 2]])
    for (const rate of [0.12, 0.3, 0.45, 0.8]) {
      const { gapMs } = gapsOf(parts, rate, rate)
      const total = parts.reduce((sum, seconds) => sum + seconds, 0)
      const most = parts.slice(0, 2).reduce((sum, seconds) => sum + Math.min(7, seconds), 0)
      if (total * (1 - rate / 1.15) + rate / 1.15 <= most) assert.equal(gapMs, 0, `${parts} at ${rate}`)
    }
  // However little is believed, it begins: at the latest once nothing more can be made before it does.
  assert(gapsOf([20], 0.3, 0.01).begunMs < 8000 / 0.3)
})
