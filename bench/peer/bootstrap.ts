/** Ratios of two series of rounds, with an interval. Pure and seeded. */
import { seededRandom } from '../load/random.ts'

export interface Ratio {
  /** Means of the rounds. */
  readonly a: number
  readonly b: number
  readonly ratio: number
  /** 95 % interval of the ratio by resampling pairs of rounds. */
  readonly low: number
  readonly high: number
}

const SAMPLES = 4000

/** `a[i]` and `b[i]` were measured one after the other, so they are drawn together: what slowed both cancels. */
export function bootstrapRatio(a: readonly number[], b: readonly number[], seed = 1): Ratio {
  const random = seededRandom(seed)
  const ratios = Array.from({ length: SAMPLES }, () => {
    let left = 0
    let right = 0
    for (let i = 0; i < a.length; i++) {
      const pick = Math.floor(random() * a.length)
      left += a[pick]!
      right += b[pick]!
    }
    return right / left
  }).sort((x, y) => x - y)
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  return {
    a: mean(a),
    b: mean(b),
    ratio: mean(b) / mean(a),
    low: ratios[Math.floor(0.025 * SAMPLES)]!,
    high: ratios[Math.floor(0.975 * SAMPLES)]!,
  }
}
