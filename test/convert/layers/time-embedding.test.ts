import assert from 'node:assert/strict'
import { it } from 'node:test'
import { eulerSteps, timePoints } from '../../../src/core/flow-solver.ts'
import { goldenFloats, maxDifference } from '../../helpers/npy.ts'

it('the cosine schedule has the reference’s time points', () => {
  const expected = goldenFloats('flow/t_span').data
  assert.ok(maxDifference(timePoints(10, 'cosine'), expected) <= 6e-8)
  assert.deepEqual(timePoints(4, 'linear'), [0, 0.25, 0.5, 0.75, 1])
})

it('the steps go from 0 to 1', () => {
  const steps = eulerSteps(10, 'cosine')
  assert.equal(steps.length, 10)
  assert.equal(steps[0]!.t, 0)
  const { t, dt } = steps[9]!
  assert.equal(Math.fround(t + dt), 1)
  assert.ok(
    steps.every(({ dt }, i) => i === 0 || dt > steps[i - 1]!.dt),
    'steps of the cosine schedule grow',
  )
})
