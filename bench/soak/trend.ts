/** Whether a measured line rises: its lower envelope's slope over the second part of a run. Pure. */

export interface Sample {
  /** Seconds since the run began. */
  readonly at: number
  readonly value: number
}

export interface Trend {
  /** Of the envelope's line at the start and the end of what is judged. */
  readonly from: number
  readonly to: number
  /** Whether it rises by more than is allowed. */
  readonly rises: boolean
}

/** Share of a run that warms caches, pools and code, and is not judged. */
const WARM_UP = 0.4
/** Parts of the rest; the lowest value of each is what was held whatever the work was just then. */
const PARTS = 6

/**
 * The median of the slopes between all pairs of the envelope's points (Theil and Sen). One odd part does not move it.
 * `allowed` is the rise over what is judged.
 */
export function trendOf(samples: readonly Sample[], allowed: number): Trend {
  const end = samples.at(-1)?.at ?? 0
  const start = end * WARM_UP
  const width = (end - start) / PARTS
  const points: Sample[] = []
  for (let part = 0; part < PARTS; part++) {
    const within = samples.filter(
      ({ at }) => at >= start + part * width && (at < start + (part + 1) * width || part === PARTS - 1),
    )
    if (within.length > 0)
      points.push({ at: start + (part + 0.5) * width, value: Math.min(...within.map(({ value }) => value)) })
  }
  const slope = medianSlope(points)
  const middle = median(points.map(({ at, value }) => value - slope * (at - (start + end) / 2)))
  const from = middle - (slope * (end - start)) / 2
  const to = middle + (slope * (end - start)) / 2
  return { from, to, rises: to - from > allowed }
}

function medianSlope(points: readonly Sample[]): number {
  const slopes: number[] = []
  for (const [i, a] of points.entries())
    for (const b of points.slice(i + 1)) slopes.push((b.value - a.value) / (b.at - a.at))
  return slopes.length === 0 ? 0 : median(slopes)
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2
}
