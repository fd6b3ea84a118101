import assert from 'node:assert/strict'
import { it } from 'node:test'
import { estimate, pairedRatio } from '../../bench/report/confidence.ts'
import { seededRandom } from '../../bench/simulate/workload.ts'

/** Roughly normal, mean 0, variance 1. */
const normal = (random: () => number) => Array.from({ length: 12 }, random).reduce((sum, x) => sum + x, -6)

it('the interval holds the truth in about 95 of 100 experiments', () => {
  const random = seededRandom(3)
  let held = 0
  for (let i = 0; i < 1000; i++) {
    const { mean, plusMinus } = estimate(Array.from({ length: 6 }, () => 10 + normal(random)))
    if (Math.abs(mean - 10) <= plusMinus) held++
  }
  assert(held > 930 && held < 970, `${held} of 1000`)
})

it('what disturbs both of a pair cancels out of the ratio', () => {
  const random = seededRandom(5)
  const weather = Array.from({ length: 10 }, () => 1 + 3 * random())
  const base = weather.map((slow) => 5 * slow)
  const over = weather.map((slow) => 4 * slow)
  const { ratio, low, high } = pairedRatio(over, base)
  assert(Math.abs(ratio - 0.8) < 1e-9 && high - low < 1e-6)
  assert.equal(estimate([4]).plusMinus, Number.POSITIVE_INFINITY)
})
