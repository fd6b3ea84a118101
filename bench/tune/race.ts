/**
 * Successive halving among candidates whose scores are noisy, then a duel of the best against the incumbent.
 *
 * Every candidate is measured once before any is measured twice: what disturbs the machine for a while disturbs all
 * alike.
 */
import { pairedRatio, type Ratio } from '../report/confidence.ts'
import type { Candidate } from './parameters.ts'

export interface RaceOptions {
  /** Pairs of the duel before it may be decided, and at most. */
  readonly minPairs: number
  readonly maxPairs: number
  /** A gain below this share is not worth a change. */
  readonly worthwhile: number
  /** No more measuring: decide with what is there. */
  readonly isOver: () => boolean
  readonly say: (line: string) => void
}

/** One score, positive, the lower the better; `repeat` numbers the measurements of a candidate. */
export type Measure = (candidate: Candidate, repeat: number) => Promise<number>

export interface RaceResult {
  readonly winner: Candidate
  /** The challenger that came through the halving; the incumbent itself where there was none. */
  readonly challenger: Candidate
  readonly verdict: 'better' | 'no better' | 'cannot be told apart'
  /** Challenger ÷ incumbent, pair by pair; undefined where too few pairs were measured. */
  readonly ratio: Ratio | undefined
  readonly incumbentScores: readonly number[]
  readonly challengerScores: readonly number[]
}

export async function race(
  incumbent: Candidate,
  challengers: readonly Candidate[],
  measure: Measure,
  options: RaceOptions,
): Promise<RaceResult> {
  const { isOver, say, minPairs, maxPairs, worthwhile } = options
  const scores = new Map<string, number[]>()
  const take = async (candidate: Candidate) => {
    const all = scores.get(candidate.join()) ?? []
    all.push(await measure(candidate, all.length))
    scores.set(candidate.join(), all)
  }
  const meanOf = (candidate: Candidate) => {
    const all = scores.get(candidate.join())
    return all === undefined ? Infinity : all.reduce((sum, score) => sum + score, 0) / all.length
  }

  let left = [...challengers]
  for (let round = 1; left.length > 1 && !isOver(); round++) {
    for (const candidate of left) if (!isOver()) await take(candidate)
    left.sort((a, b) => meanOf(a) - meanOf(b))
    left = left.slice(0, Math.ceil(left.length / 2))
    say(`round ${round}: ${left.length} left, best ${meanOf(left[0]!).toFixed(2)}`)
  }
  const challenger = left[0] ?? incumbent
  if (challenger.join() === incumbent.join())
    return {
      winner: incumbent,
      challenger,
      verdict: 'no better',
      ratio: undefined,
      incumbentScores: [],
      challengerScores: [],
    }

  // The scores that chose the challenger flatter it: the duel counts only its own.
  const ours: number[] = []
  const theirs: number[] = []
  const repeats = (candidate: Candidate, duel: readonly number[]) =>
    measure(candidate, (scores.get(candidate.join())?.length ?? 0) + duel.length)
  let ratio: Ratio | undefined
  let verdict: RaceResult['verdict'] = 'cannot be told apart'
  while (ours.length < maxPairs && !isOver()) {
    // The first of a pair alternates.
    if (ours.length % 2 === 0) ours.push(await repeats(incumbent, ours))
    theirs.push(await repeats(challenger, theirs))
    if (ours.length < theirs.length) ours.push(await repeats(incumbent, ours))
    ratio = pairedRatio(theirs, ours)
    say(
      `pair ${ours.length}: challenger ÷ incumbent ${ratio.ratio.toFixed(3)} (${ratio.low.toFixed(3)}–${ratio.high.toFixed(3)})`,
    )
    if (ours.length < minPairs) continue
    if (ratio.high < 1 - worthwhile) verdict = 'better'
    else if (ratio.low > 1 - worthwhile) verdict = 'no better'
    if (verdict !== 'cannot be told apart') break
  }
  return {
    winner: verdict === 'better' ? challenger : incumbent,
    challenger,
    verdict,
    ratio,
    incumbentScores: ours,
    challengerScores: theirs,
  }
}
