import assert from 'node:assert/strict'
import { it } from 'node:test'
import { fitLine, mean, spreadOf } from '../../bench/cost/fit.ts'

it('points on a line give that line', () => {
  const line = fitLine([1, 2, 4, 8].map((x) => ({ x, ms: 0.5 + 0.25 * x })))
  assert(Math.abs(line.fixedMs - 0.5) < 1e-9 && Math.abs(line.perUnitMs - 0.25) < 1e-9 && line.worst < 1e-9)
})

it('a cost is never negative: the other part is fitted alone', () => {
  const falling = fitLine([
    { x: 1, ms: 4 },
    { x: 10, ms: 2 },
  ])
  assert.equal(falling.perUnitMs, 0)
  assert(falling.fixedMs > 2 && falling.fixedMs < 4)
  const steep = fitLine([
    { x: 10, ms: 1 },
    { x: 20, ms: 3 },
  ])
  assert.equal(steep.fixedMs, 0)
  assert(steep.perUnitMs > 0.1 && steep.perUnitMs < 0.15)
})

it('the worst point is named by its relative error', () => {
  const { worst } = fitLine([
    { x: 1, ms: 1 },
    { x: 2, ms: 2 },
    { x: 3, ms: 6 },
  ])
  assert(worst > 0.2 && worst < 0.7, `${worst}`)
})

it('the spread keeps the mean and the rare long runs', () => {
  const times = Array.from({ length: 1000 }, (_, i) => (i % 50 === 0 ? 20 : 2))
  const spread = spreadOf([times, times.map((ms) => 7 * ms)], 20)
  assert.equal(spread.length, 20)
  assert(Math.abs(mean(spread) - 1) < 1e-9)
  assert(spread[19]! > 2 * spread[18]!)
  assert(Math.abs(spread[0]! - 2 / mean(times)) < 1e-9)
})
