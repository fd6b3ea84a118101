import assert from 'node:assert/strict'
import { it } from 'node:test'
import { FIRST_WATCH, isHung, isLost, restartDelayMs, watch } from '../../src/lanes/watchdog.ts'

it('a lane stands still only when neither a turn nor a model run ends within the bound', () => {
  let state = FIRST_WATCH
  for (let i = 0; i < 12; i++) state = watch(state, { turns: 7, runs: 3 }, 500, 500)
  assert(isHung(state, 5000), 'the same run, or the same loop, for six seconds')
  state = watch(state, { turns: 7, runs: 4 }, 500, 500)
  assert(!isHung(state, 0), 'the next run has only begun')
  for (let i = 0; i < 12; i++) state = watch(state, { turns: i, runs: 4 }, 500, 500)
  assert(!isHung(state, 0), 'a lane that waits for work turns')
})

it('a pause of the whole process does not look like a lane that stands still', () => {
  const running = watch(FIRST_WATCH, { turns: 7, runs: 3 }, 500, 500)
  assert(!isHung(watch(running, { turns: 7, runs: 3 }, 3_600_000, 500), 1000))
})

it('restarts are spaced from half a second to half a minute, with jitter, and a long life forgives', () => {
  const row = (count: number) => Array.from({ length: count }, (_, i) => i * 30_000)
  assert.equal(restartDelayMs(row(1), 1, 0.5), 500)
  assert.equal(restartDelayMs(row(3), 60_001, 0.5), 2000)
  assert.equal(restartDelayMs(row(50), 49 * 30_000, 1), 37_500)
  assert.equal(restartDelayMs(row(1), 1, 0), 375)
  assert.equal(restartDelayMs([0, 1, 2, 200_000], 200_000, 0.5), 500)
})

it('five failures in a row are many, at any pace of a row', () => {
  assert(!isLost([0, 1, 2, 3], 10))
  assert(isLost([0, 1, 2, 3, 4], 10))
  assert(isLost([0, 60_000, 120_000, 180_000, 240_000], 250_000))
  assert(!isLost([0, 1, 2, 3, 100_000], 100_001))
})
