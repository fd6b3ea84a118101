/**
 * The whole search: many candidates by prediction, the few most promising by measurement, the best against what is.
 */
import type { Candidate } from './parameters.ts'
import { type Measure, type RaceOptions, type RaceResult, race } from './race.ts'
import { suggest, type Trial } from './tpe.ts'

export interface SearchOptions extends RaceOptions {
  /** Values of each parameter. */
  readonly sizes: readonly number[]
  readonly incumbent: Candidate
  readonly random: () => number
  readonly numPredicted: number
  /** Candidates that are measured, beside the incumbent. */
  readonly numMeasured: number
}

export interface SearchResult extends RaceResult {
  readonly predicted: readonly Trial[]
}

/** `predict` is cheap and may be wrong; `measure` is dear and noisy. Without `measure` the prediction decides. */
export async function search(
  predict: (candidate: Candidate) => number,
  measure: Measure | undefined,
  options: SearchOptions,
): Promise<SearchResult> {
  const { incumbent, sizes, random, numPredicted, numMeasured, say } = options
  const trials: Trial[] = [{ candidate: incumbent, score: predict(incumbent) }]
  while (trials.length < numPredicted) {
    const candidate = suggest(sizes, trials, random)
    if (candidate === undefined) break
    trials.push({ candidate, score: predict(candidate) })
  }
  const ranked = [...trials].sort((a, b) => a.score - b.score)
  say(`${trials.length} predicted: now ${trials[0]!.score.toFixed(2)}, best ${ranked[0]!.score.toFixed(2)}`)
  const promising = spreadOut(ranked, incumbent, numMeasured).map((candidate) =>
    simplified(candidate, incumbent, predict),
  )
  const challengers = [
    ...new Map(promising.map((candidate) => [candidate.join(), candidate])).values(),
  ].filter((candidate) => candidate.join() !== incumbent.join())
  if (measure !== undefined)
    return { ...(await race(incumbent, challengers, measure, options)), predicted: trials }
  const candidate = challengers[0] ?? incumbent
  const best = { candidate, score: predict(candidate) }
  const gain = best.score / trials[0]!.score
  const isBetter = gain < 1 - options.worthwhile
  return {
    winner: isBetter ? best.candidate : incumbent,
    challenger: best.candidate,
    verdict: isBetter ? 'better' : 'no better',
    ratio: { ratio: gain, low: gain, high: gain },
    incumbentScores: [trials[0]!.score],
    challengerScores: [best.score],
    predicted: trials,
  }
}

/** What a parameter's return to where it was may cost before it counts as mattering. */
const NEGLIGIBLE = 0.002

/** The candidate without the changes that gain nothing: a search leaves them wherever chance had put them. */
function simplified(
  candidate: Candidate,
  incumbent: Candidate,
  predict: (candidate: Candidate) => number,
): Candidate {
  let simple = candidate
  const limit = predict(candidate) * (1 + NEGLIGIBLE)
  for (const [i, value] of incumbent.entries()) {
    if (simple[i] === value) continue
    const without = simple.map((own, at) => (at === i ? value : own))
    if (predict(without) <= limit) simple = without
  }
  return simple
}

/** The best of the ranked, no two of which differ in less than two parameters: neighbours would only repeat each other. */
function spreadOut(ranked: readonly Trial[], incumbent: Candidate, count: number): Candidate[] {
  const chosen: Candidate[] = []
  const distance = (a: Candidate, b: Candidate) => a.filter((value, i) => value !== b[i]).length
  for (const { candidate } of ranked) {
    if (chosen.length === count) break
    if (candidate.join() === incumbent.join()) continue
    if (chosen.every((other) => distance(other, candidate) >= 2)) chosen.push(candidate)
  }
  return chosen
}
