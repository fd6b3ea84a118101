/**
 * What rounded weights (fp16, int8, int4) may cost against the reference's exact ones.
 *
 * Tokens that a rounded model chooses part from the stored ones for good after the first that differs. So it is given the
 * stored tokens, and what it would have chosen is compared step by step.
 */
import { DistanceSum } from '../core/mel-distance.ts'
import { bounded, type Check, lengths, score } from './check.ts'

/**
 * Correlation of all log-probabilities of a step: 1 where none moved, 0 for a model that knows nothing. Random weights in
 * int4 keep .7 in the mean of a few steps; those of a trained model are far nearer.
 */
const CORRELATION_LIMIT = 0.5
/** Share of steps whose likeliest token is the stored one. */
const AGREEMENT_LIMIT = 0.1
/** dB, root of the mean square; another noise of the flow makes 4. */
const MEL_LIMIT = 2

/** Whether weights of this type are compared by what rounding may cost. */
export function isRounded(type: 'fp32' | 'fp16' | 'int8' | 'int4'): boolean {
  return type !== 'fp32'
}

/** The mean of several correlations. */
export function correlated(name: string, what: string, correlations: readonly number[]): Check {
  const mean = correlations.reduce((sum, one) => sum + one, 0) / correlations.length
  return bounded(name, `${what}, correlation`, mean, 'at least', CORRELATION_LIMIT)
}

export function agreeing(name: string, what: string, same: number, all: number): Check {
  return score(name, what, same, all, AGREEMENT_LIMIT)
}

/** Of mels, which are natural logarithms. */
export function nearMel(name: string, what: string, actual: Float32Array, expected: Float32Array): Check {
  if (actual.length !== expected.length)
    return {
      ...bounded(name, `${what}, dB rms`, Infinity, 'at most', MEL_LIMIT),
      detail: lengths(actual, expected),
    }
  const sum = new DistanceSum()
  sum.add(actual, expected)
  return bounded(name, `${what}, dB rms`, sum.distance.rms, 'at most', MEL_LIMIT)
}

/** Pearson's, −1 where lengths differ. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return -1
  let [sumA, sumB, squareA, squareB, product] = [0, 0, 0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!]
    sumA += x
    sumB += y
    squareA += x * x
    squareB += y * y
    product += x * y
  }
  const n = a.length
  const spread = Math.sqrt((squareA - (sumA * sumA) / n) * (squareB - (sumB * sumB) / n))
  return spread === 0 ? 0 : (product - (sumA * sumB) / n) / spread
}
