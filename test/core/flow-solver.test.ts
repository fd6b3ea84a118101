import assert from 'node:assert/strict'
import { it } from 'node:test'
import {
  chosenSolver,
  evaluationsOf,
  findSolver,
  isSolverName,
  mixPrediction,
} from '../../src/core/flow-solver.ts'

const NAMES = ['euler10', 'euler100', '2m-10', '2m-7', '2m-6']

/** Velocity of the flow from N(0, 1) to N(mean, spread²), whose true solution is x → mean + spread · x. */
const MEAN = 0.8
const SPREAD = 0.7
function velocity(x: number, t: number): number {
  const variance = (1 - t) ** 2 + (t * SPREAD) ** 2
  const off = (x - t * MEAN) / variance
  return MEAN + t * SPREAD ** 2 * off - (1 - t) * off
}

/** Largest error of a solver over some starts, run the way the engine runs it. */
function error(name: string): number {
  const solver = findSolver(NAMES, name, 'cosine')!
  const starts = Float32Array.of(-2, -1, -0.3, 0, 0.5, 1.4)
  let x = starts.slice()
  const before = new Float32Array(x.length)
  for (const [i, { t, gain }] of evaluationsOf(name, 'cosine').entries()) {
    const next = x.map((value) => value + gain * velocity(value, t))
    const mix = solver.mixes?.[i]
    if (mix !== undefined) mixPrediction(mix, x, next, before)
    x = next
  }
  return Math.max(...starts.map((start, i) => Math.abs(x[i]! - (MEAN + SPREAD * start))))
}

it('second order comes closer to the true solution with seven evaluations than Euler with ten', () => {
  assert.ok(error('euler100') < error('euler10') / 5, 'the field is one that Euler converges on')
  assert.ok(error('2m-10') < error('euler10') / 4)
  assert.ok(error('2m-7') < 0.7 * error('euler10'), `${error('2m-7')} against ${error('euler10')}`)
})

it('solvers of one graph have rows behind each other, as many as they have evaluations', () => {
  let row = 0
  for (const name of NAMES) {
    const solver = findSolver(NAMES, name, 'cosine')!
    assert.equal(solver.firstRow, row)
    assert.equal(solver.evaluations, evaluationsOf(name, 'cosine').length)
    row += solver.evaluations
  }
  assert.equal(findSolver(NAMES, '2m-8', 'cosine'), undefined)
})

it('the last step of a second-order solver is the prediction itself', () => {
  for (const grid of ['cosine', 'linear'] as const)
    assert.deepEqual(findSolver(['2m-7'], '2m-7', grid)!.mixes!.at(-1), { keep: 0, correction: 0 })
})

it('names are checked, and auto is second order on a CPU whose bundle has it', () => {
  for (const name of ['euler10', '2m-7', '2m-20']) assert.ok(isSolverName(name))
  for (const name of ['euler', '2m-0', '2m7', 'heun5', '2m-1000', '']) assert.ok(!isSolverName(name))
  assert.equal(chosenSolver('auto', { solvers: ['euler10', '2m-7'] }, 'cpu'), '2m-7')
  assert.equal(chosenSolver('auto', { solvers: ['euler10', '2m-7'] }, 'cuda'), 'euler10')
  assert.equal(chosenSolver('auto', { solvers: ['euler10'] }, 'cpu'), 'euler10')
  assert.equal(chosenSolver('auto', { solvers: ['euler10', '2m-6'], solver: '2m-6' }, 'cpu'), '2m-6')
  assert.equal(chosenSolver('2m-6', { solvers: ['euler10', '2m-7'], solver: '2m-7' }, 'cpu'), '2m-6')
})
