/** Which requests there are and when each begins. Pure. */
import type { Mode, PlannedRequest } from './plan.ts'
import { seededRandom } from './random.ts'

export interface ScheduleOptions {
  readonly mode: Mode
  readonly requests: number
  /** Requests a second (open). */
  readonly rate: number
  /** Requests of one burst, and ms between two. */
  readonly burst: number
  readonly burstEveryMs: number
  /** Recorded arrivals in ms, instead of drawn ones. */
  readonly arrivals: readonly number[] | undefined
  readonly texts: readonly string[]
  /** How many voices there are to draw from. */
  readonly speakers: number
  readonly seed: number
  /** Requests whose samples are kept, of all drawn. */
  readonly kept?: number
}

export function schedule(options: ScheduleOptions): PlannedRequest[] {
  const random = seededRandom(options.seed)
  const times = arrivalTimes(options, random)
  return Array.from({ length: options.requests }, (_, index) => ({
    index,
    text: options.texts[Math.floor(random() * options.texts.length)]!,
    seed: Math.floor(random() * 2 ** 32),
    speaker: Math.floor(random() * options.speakers),
    atMs: times?.[index],
    isKept: index < (options.kept ?? 0),
  }))
}

/**
 * Poisson arrivals under the condition that all come in requests / rate seconds: independent uniform times, sorted. So
 * a short run has exactly the asked rate. A free process of 100 arrivals would be off by a tenth.
 */
function arrivalTimes(options: ScheduleOptions, random: () => number): number[] | undefined {
  const { mode, requests, rate, burst, burstEveryMs, arrivals } = options
  if (mode === 'burst')
    return Array.from({ length: requests }, (_, i) => Math.floor(i / burst) * burstEveryMs)
  if (mode !== 'open') return undefined
  if (arrivals !== undefined) return arrivals.slice(0, requests)
  const spanMs = (requests / rate) * 1000
  return Array.from({ length: requests }, () => random() * spanMs).sort((a, b) => a - b)
}
