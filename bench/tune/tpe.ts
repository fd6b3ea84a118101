/**
 * Which candidate to try next: a tree-structured Parzen estimator over ordered lists of values.
 *
 * Source: Bergstra et al., "Algorithms for Hyper-Parameter Optimization" (2011): model where good trials lie and where
 * the others do, draw from the first. Take what is most likelier under the first than under the second.
 */
import type { Candidate } from './parameters.ts'

export interface Trial {
  readonly candidate: Candidate
  /** The lower the better. */
  readonly score: number
}

/** Share of trials that count as good; random draws before there are enough; draws per suggestion. */
const GOOD_SHARE = 0.2
const RANDOM_START = 12
const DRAWS = 32
/** What a trial says of values beside its own, per step of distance. */
const NEIGHBOUR = 0.4
const MAX_TRIES = 200

/** A candidate that has not been tried, or undefined where none was found. `sizes[i]`: values of parameter i. */
export function suggest(
  sizes: readonly number[],
  trials: readonly Trial[],
  random: () => number,
): Candidate | undefined {
  const tried = new Set(trials.map(({ candidate }) => candidate.join()))
  const uniform = () => sizes.map((size) => Math.floor(random() * size))
  if (trials.length < RANDOM_START) return untried(tried, uniform)
  const ranked = [...trials].sort((a, b) => a.score - b.score)
  const numGood = Math.max(3, Math.ceil(GOOD_SHARE * ranked.length))
  const good = sizes.map((size, i) => density(size, ranked.slice(0, numGood), i))
  const rest = sizes.map((size, i) => density(size, ranked.slice(numGood), i))
  let best: Candidate | undefined
  let bestGain = -Infinity
  for (let i = 0; i < DRAWS; i++) {
    const candidate = untried(tried, () => good.map((weights) => draw(weights, random())))
    if (candidate === undefined) break
    const gain = candidate.reduce((sum, at, i) => sum + Math.log(good[i]![at]! / rest[i]![at]!), 0)
    if (gain > bestGain) {
      best = candidate
      bestGain = gain
    }
  }
  return best ?? untried(tried, uniform)
}

function untried(tried: ReadonlySet<string>, make: () => Candidate): Candidate | undefined {
  for (let i = 0; i < MAX_TRIES; i++) {
    const candidate = make()
    if (!tried.has(candidate.join())) return candidate
  }
  return undefined
}

/** How likely each value of parameter `at` is among these trials; no value is impossible. */
function density(size: number, trials: readonly Trial[], at: number): number[] {
  const weights = new Array<number>(size).fill(1 / size)
  for (const { candidate } of trials) {
    for (let value = 0; value < size; value++)
      weights[value]! += NEIGHBOUR ** Math.abs(value - candidate[at]!)
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

function draw(weights: readonly number[], uniform: number): number {
  let left = uniform
  for (const [i, weight] of weights.entries()) {
    left -= weight
    if (left < 0) return i
  }
  return weights.length - 1
}
