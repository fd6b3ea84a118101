import assert from 'node:assert/strict'
import { it } from 'node:test'
import { FIRST_WATCH, isHung, restartDelayMs, shouldGiveUp, watch } from '../../src/lanes/watchdog.ts'

it('a lane is hung only when one and the same model run outlasts the bound', () => {
  let state = FIRST_WATCH
  for (let i = 0; i < 12; i++) state = watch(state, { runs: 3, inModel: true }, 500, 500)
  assert(isHung(state, 5000), 'the same run for six seconds')
  state = watch(state, { runs: 4, inModel: true }, 500, 500)
  assert(!isHung(state, 0), 'the next run has only begun')
  for (let i = 0; i < 12; i++) state = watch(state, { runs: 4, inModel: false }, 500, 500)
  assert(!isHung(state, 0), 'a lane that waits for work is not in a run')
})

it('a pause of the whole process does not look like a hung lane', () => {
  const running = watch(FIRST_WATCH, { runs: 3, inModel: true }, 500, 500)
  assert(!isHung(watch(running, { runs: 3, inModel: true }, 3_600_000, 500), 1000))
})

it('restarts are spaced from half a second to half a minute, with jitter', () => {
  assert.equal(restartDelayMs(1, 0.5), 500)
  assert.equal(restartDelayMs(3, 0.5), 2000)
  assert.equal(restartDelayMs(50, 1), 37_500)
  assert.equal(restartDelayMs(1, 0), 375)
})

it('a lane that failed five times within a minute is given up', () => {
  assert(!shouldGiveUp([0, 1, 2, 3], 10))
  assert(shouldGiveUp([0, 1, 2, 3, 4], 10))
  assert(!shouldGiveUp([0, 1, 2, 3, 100_000], 100_001))
})
