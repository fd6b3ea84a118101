import assert from 'node:assert/strict'
import test from 'node:test'
import { machineCores } from '../../src/config/machine-cores.ts'
import { heldUntil, paceOf, RefusalPace } from '../../src/server/limits/refusal-pace.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { startTestServer, zeroShotForm } from '../helpers/test-server.ts'

const PACE = { perSecond: 20, burst: 20, maxHoldMs: 1000 }

/** When each of the refusals made at these times is told, in ms. */
function toldAt(times: readonly number[]): number[] {
  let due = 0
  return times.map((now) => {
    const { holdMs, dueMs } = heldUntil(due, now, PACE)
    due = dueMs
    return now + holdMs
  })
}

test('refusals at less than the pace, and the first of a crowd, are told at once', () => {
  const slow = Array.from({ length: 100 }, (_, k) => 1000 + k * 50)
  assert.deepEqual(toldAt(slow), slow)
  const crowd = toldAt(Array(21).fill(1000))
  assert.deepEqual(crowd, Array(21).fill(1000))
  assert.equal(heldUntil(toldAt([]).length, 5, { ...PACE, maxHoldMs: 0 }).holdMs, 0)
})

test('whatever comes: none is held for longer than it may be, none overtakes another, and a load that the hold can carry keeps the pace', () => {
  const random = new SeededRandom(7)
  let paced = 0
  for (let trial = 0; trial < 50; trial++) {
    let now = 1000
    const gap = 5 + random.below(60)
    const times = Array.from({ length: 400 }, () => (now += random.below(2 * gap)))
    const told = toldAt(times)
    for (const [k, at] of told.entries()) {
      assert.ok(at >= times[k]! && at <= times[k]! + PACE.maxHoldMs)
      assert.ok(k === 0 || at >= told[k - 1]!)
    }
    // Those held for as long as any may be come at the pace of their asking; while none is, the pace holds.
    if (told.some((at, k) => at >= times[k]! + PACE.maxHoldMs)) continue
    paced++
    for (const [k, at] of told.entries()) {
      const within = told.slice(k).filter((other) => other < at + 1000).length
      assert.ok(within <= PACE.burst + PACE.perSecond + 2, `${within} told in a second`)
    }
  }
  assert.ok(paced >= 10, `${paced} of 50 trials kept the pace`)
})

test('a crowd that asks again at once is told over time, each with when to come back; what was held is nothing afterwards', async (t) => {
  const { url, server } = await startTestServer(t, {
    script: { slots: 0, queueLimit: 0 },
    set: ['limits.max_share_per_address=1'],
  })
  const { burst, maxHoldMs } = paceOf(machineCores(), 1000)
  const crowd = Math.min(250, 3 * burst)
  const began = performance.now()
  const told = await Promise.all(
    Array.from({ length: crowd }, async () => {
      const body = zeroShotForm({ tts_text: 'Good morning.', stream: 'true' })
      const answer = await fetch(`${url}/inference_zero_shot`, { method: 'POST', body })
      assert.equal(answer.status, 503)
      assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
      await answer.arrayBuffer()
      return performance.now() - began
    }),
  )
  // The last one was held for as long as any may be, or until its turn.
  const turn = ((crowd - burst - 1) / burst) * 1000
  assert.ok(Math.max(...told) >= Math.min(turn, maxHoldMs) * 0.9)
  assert.equal(server.counts().requests, 0)
})

test('a refusal whose client has left is not held', async () => {
  const pace = new RefusalPace({ perSecond: 0.001, burst: 0.001, maxHoldMs: 60_000 })
  const left = new AbortController()
  await pace.turn(left.signal)
  const second = Promise.all([pace.turn(left.signal), pace.turn(left.signal)])
  left.abort()
  await second
})
