import assert from 'node:assert/strict'
import { it } from 'node:test'
import { seededRandom } from '../../../bench/simulate/workload.ts'
import type { Candidate } from '../../../bench/tune/parameters.ts'
import { race } from '../../../bench/tune/race.ts'
import { search } from '../../../bench/tune/search.ts'

const OPTIONS = { minPairs: 4, maxPairs: 10, worthwhile: 0.02, isOver: () => false, say: () => {} }

/** Scores `truth` with noise of ±`noise`, all of it disturbed by weather that changes slowly. */
function noisy(truth: (candidate: Candidate) => number, noise: number, seed: number) {
  const random = seededRandom(seed)
  let weather = 1
  return async (candidate: Candidate) => {
    weather = 0.9 * weather + 0.1 * (1 + random())
    return truth(candidate) * weather * (1 + noise * (2 * random() - 1))
  }
}

const truth = ([value]: Candidate) => [100, 70, 95, 104, 130][value!]!

it('a challenger that is 30 % better wins through 10 % of noise, in every one of ten seeds', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { winner, verdict } = await race([0], [[1], [2], [3], [4]], noisy(truth, 0.1, seed), OPTIONS)
    assert.deepEqual(winner, [1])
    assert.equal(verdict, 'better')
  }
})

it('equals are rarely called better, and the incumbent then stays', async () => {
  let better = 0
  for (let seed = 1; seed <= 60; seed++) {
    const { winner, verdict } = await race(
      [0],
      [[1], [2], [3]],
      noisy(() => 100, 0.1, seed),
      OPTIONS,
    )
    if (verdict === 'better') better++
    else assert.deepEqual(winner, [0])
  }
  assert(better <= 6, `${better} of 60`)
})

it('what cannot be told apart is called so', async () => {
  const verdicts = new Set<string>()
  for (let seed = 1; seed <= 10; seed++) {
    const result = await race(
      [0],
      [[1]],
      noisy(([value]) => 100 - value! * 4, 0.5, seed),
      OPTIONS,
    )
    verdicts.add(result.verdict)
    if (result.verdict === 'cannot be told apart') {
      assert(result.ratio!.low < 0.98 && result.ratio!.high > 0.98)
      assert.equal(result.challengerScores.length, 10)
    }
  }
  assert(verdicts.has('cannot be told apart'))
})

it('when time is up the incumbent stays, and nothing is measured any more', async () => {
  let measured = 0
  const measure = async () => ++measured
  const { winner, ratio } = await race([0], [[1], [2]], measure, { ...OPTIONS, isOver: () => measured >= 2 })
  assert.deepEqual(winner, [0])
  assert.equal(ratio, undefined)
  assert(measured <= 2)
})

it('a search finds what is best in truth although the prediction is off, and twice the same', async () => {
  const real = ([a, b, c]: Candidate) => 50 + 10 * Math.abs(a! - 4) + 6 * Math.abs(b! - 1) + c!
  const predicted = (candidate: Candidate) => 0.7 * real(candidate) + 3 * Math.sin(candidate[2]! * 7)
  const find = (seed: number) =>
    search(predicted, noisy(real, 0.05, seed), {
      ...OPTIONS,
      sizes: [6, 6, 6],
      incumbent: [0, 5, 3],
      random: seededRandom(seed),
      numPredicted: 100,
      numMeasured: 6,
    })
  const winners = await Promise.all([1, 2, 3].map(find))
  for (const { winner, verdict } of winners) {
    assert.equal(verdict, 'better')
    assert(real(winner) < 1.2 * 50, `${winner} is ${real(winner)}`)
  }
  assert.deepEqual((await find(1)).winner, winners[0]!.winner)
})

it('a parameter that gains nothing stays as it was', async () => {
  const score = ([a]: Candidate) => 50 + 10 * Math.abs(a! - 4)
  const { winner } = await search(score, undefined, {
    ...OPTIONS,
    sizes: [6, 6, 6, 6],
    incumbent: [0, 5, 3, 1],
    random: seededRandom(1),
    numPredicted: 60,
    numMeasured: 6,
  })
  assert.deepEqual(winner, [4, 5, 3, 1])
})
