/** Means and ratios of noisy rounds with how far they can be trusted. Pure arithmetic. */

export interface Estimate {
  readonly mean: number
  /** Half the width of the 95 % confidence interval; infinite for a single value. */
  readonly plusMinus: number
}

/** Student's t at 97.5 % by degrees of freedom 1…30; beyond that the normal's 1.96 is near enough. */
const T = [
  12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.1,
  2.09, 2.09, 2.08, 2.07, 2.07, 2.06, 2.06, 2.06, 2.05, 2.05, 2.05, 2.04,
]

export function estimate(values: readonly number[]): Estimate {
  const count = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  if (count < 2) return { mean, plusMinus: Number.POSITIVE_INFINITY }
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1)
  return { mean, plusMinus: (T[count - 2] ?? 1.96) * Math.sqrt(variance / count) }
}

export interface Ratio {
  readonly ratio: number
  readonly low: number
  readonly high: number
}

/**
 * `over` ÷ `base` round by round: the geometric mean of the ratios with its 95 % interval. Rounds must be pairs made one
 * right after the other, so that what disturbs the machine disturbs both.
 */
export function pairedRatio(over: readonly number[], base: readonly number[]): Ratio {
  const { mean, plusMinus } = estimate(over.map((value, i) => Math.log(value / base[i]!)))
  return { ratio: Math.exp(mean), low: Math.exp(mean - plusMinus), high: Math.exp(mean + plusMinus) }
}
