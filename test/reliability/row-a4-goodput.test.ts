/**
 * A4: three times as many listeners as a device carries. As much as it carries is heard without a gap.
 * Every stream that is taken begins soon. Scheduler, gate and meter are the server's own; lanes are simulated, on a virtual clock.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import { costSource } from '../../bench/simulate/cost-source.ts'
import { setupOf } from '../../bench/simulate/setup.ts'
import { simulateCrowd } from '../../bench/simulate/simulate-crowd.ts'
import { ADMISSION_RULES } from '../../src/speech/admission.ts'

const SHAPE = { prefillTokens: 130, promptTokens: 90, seconds: 9, secondsSpread: 3, voices: 2 }
/** ms of the main thread for each request, answered or refused. */
const REQUEST_MS = 2
/** Bound on the wait of a stream that cannot be heard yet. */
const MAX_WAIT_MS = 1000

const { profile, cost, facts } = await costSource({
  profile: 'cpu:2',
  file: undefined,
  slower: 2.6,
  evaluations: 7,
})
const setup = setupOf(profile, [{ cost, acousticLanes: 2, threads: 2 }], facts)

/** `retryMs`: when refused listeners ask again; undefined: as they were told. */
function hear(listeners: number, retryMs: number | undefined) {
  return simulateCrowd(setup, {
    ...{ listeners, retryMs, shape: SHAPE, requestMs: REQUEST_MS, rules: ADMISSION_RULES },
    ...{ seconds: 60, seed: 1, believed: 1, overestimate: 1.2, busy: 0, busyFrom: 0 },
  })
}

test('three times the listeners that a device carries: goodput is what it was, everyone taken hears soon and whole', (t) => {
  const loads = [8, 16, 24, 32].map((listeners) => ({ listeners, ...hear(listeners, undefined) }))
  const peak = Math.max(...loads.map(({ goodput }) => goodput))
  const { listeners: capacity, firstAudioMs: calm } = loads.find(({ goodput }) => goodput >= 0.95 * peak)!
  const unloaded = loads[0]!.firstAudioMs.p95
  for (const [retryMs, share] of [
    [undefined, 0.95],
    // Each of their thousands of requests takes the main thread two milliseconds that lanes go without.
    [500, 0.9],
  ] as const) {
    const crowd = hear(3 * capacity, retryMs)
    t.diagnostic(
      `${3 * capacity} listeners, again after ${retryMs ?? 'as told'}: ${crowd.goodput.toFixed(1)} of ${peak.toFixed(1)} audio-s/s, ${crowd.refused} refusals, first audio p95 ${Math.round(crowd.firstAudioMs.p95)} ms (${Math.round(calm.p95)} at capacity)`,
    )
    assert(crowd.refused > 2 * capacity)
    assert(crowd.goodput >= share * peak, `${crowd.goodput} of ${peak}`)
    assert.equal(crowd.clean, 1, 'who is taken hears without a gap')
    assert(crowd.firstAudioMs.p95 <= MAX_WAIT_MS + 2 * unloaded, `${crowd.firstAudioMs.p95} ms`)
  }
})
