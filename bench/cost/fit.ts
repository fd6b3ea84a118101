/** A straight line through measured times. Pure arithmetic: knows nothing of what was measured. */

export interface Point {
  readonly x: number
  readonly ms: number
}

export interface Line {
  /** Milliseconds at x = 0, and per unit of x. Neither is negative: a cost cannot be. */
  readonly fixedMs: number
  readonly perUnitMs: number
  /** Largest deviation of a point from the line, as a share of the point. */
  readonly worst: number
}

/**
 * The line that deviates least, by relative error: a point at 1 ms counts as much as one at 100 ms. Where one part
 * would be negative it is zero and the other is fitted alone.
 */
export function fitLine(points: readonly Point[]): Line {
  let w = 0
  let wx = 0
  let wy = 0
  let wxx = 0
  let wxy = 0
  for (const { x, ms } of points) {
    const weight = 1 / (ms * ms)
    w += weight
    wx += weight * x
    wy += weight * ms
    wxx += weight * x * x
    wxy += weight * x * ms
  }
  const spread = w * wxx - wx * wx
  let perUnitMs = spread === 0 ? 0 : (w * wxy - wx * wy) / spread
  let fixedMs = (wy - perUnitMs * wx) / w
  if (fixedMs < 0) {
    fixedMs = 0
    perUnitMs = wxy / wxx
  } else if (perUnitMs < 0) {
    perUnitMs = 0
    fixedMs = wy / w
  }
  const worst = Math.max(...points.map(({ x, ms }) => Math.abs(fixedMs + perUnitMs * x - ms) / ms))
  return { fixedMs, perUnitMs, worst }
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** `bins` equally likely factors, mean 1, that scatter as the values of each group do around that group's mean. */
export function spreadOf(groups: readonly (readonly number[])[], bins: number): number[] {
  const factors = groups.flatMap((values) => {
    const center = mean(values)
    return values.map((value) => value / center)
  })
  factors.sort((a, b) => a - b)
  const size = factors.length / bins
  return Array.from({ length: bins }, (_, i) =>
    mean(factors.slice(Math.floor(i * size), Math.max(Math.floor(i * size) + 1, Math.floor((i + 1) * size)))),
  )
}
