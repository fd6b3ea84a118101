/** One load test: warm-up, the plan, its figures. */
import { type Figures, figuresOf } from './figures.ts'
import type { LoadOptions } from './options.ts'
import type { Outcome } from './outcome.ts'
import type { LoadPlan } from './plan.ts'
import { runPlan } from './run-plan.ts'
import { schedule } from './schedule.ts'

export interface LoadResult {
  readonly figures: Figures
  readonly outcomes: readonly Outcome[]
}

/** Requests where neither a number nor a duration says how many. */
const DEFAULT_REQUESTS = 20
/** More requests than any client can begin in its time. */
const PLENTY_PER_SECOND = 50

export function planOf(options: LoadOptions, changes: Partial<LoadOptions> = {}): LoadPlan {
  const all = { ...options, ...changes }
  const { mode, concurrency, rate, arrivals, burstEveryMs, durationMs, texts, seed, target } = all
  const requests = schedule({
    mode,
    requests: requestCount(all),
    rate,
    burst: concurrency,
    burstEveryMs,
    arrivals,
    texts,
    speakers: target.speakers.length,
    seed,
    kept: all.judge === undefined ? 0 : all.judgeSample,
  })
  const { rampMs, bufferMs, honourRetry } = all
  return { target, mode, concurrency, requests, durationMs, rampMs, playerBufferMs: bufferMs, honourRetry }
}

function requestCount({
  mode,
  requests,
  durationMs,
  rate,
  arrivals,
  concurrency,
  burstEveryMs,
}: LoadOptions): number {
  if (arrivals !== undefined && mode === 'open') return Math.min(requests ?? arrivals.length, arrivals.length)
  if (requests !== undefined) return requests
  if (durationMs === undefined) return mode === 'burst' ? concurrency : DEFAULT_REQUESTS
  if (mode === 'open') return Math.max(1, Math.round((rate * durationMs) / 1000))
  if (mode === 'burst') return concurrency * Math.max(1, Math.ceil(durationMs / burstEveryMs))
  return Math.ceil((durationMs / 1000) * PLENTY_PER_SECOND * Math.max(1, concurrency / 4))
}

export async function loadTest(
  options: LoadOptions,
  changes: Partial<LoadOptions> = {},
  onOutcome?: (outcome: Outcome) => void,
): Promise<LoadResult> {
  const all = { ...options, ...changes }
  await warmUp(all)
  const outcomes = await runPlan(planOf(all), {
    ...(all.threads === undefined ? {} : { threads: all.threads }),
    ...(onOutcome === undefined ? {} : { onOutcome }),
  })
  const figures = figuresOf(outcomes, { firstAudioMs: all.limitFirstAudioMs, bufferMs: all.bufferMs })
  return { figures, outcomes }
}

/** The same texts and voice, not counted. */
async function warmUp(options: LoadOptions): Promise<void> {
  if (options.warmup === 0) return
  await runPlan(
    planOf(options, {
      mode: 'closed',
      requests: options.warmup,
      durationMs: undefined,
      rampMs: 0,
      concurrency: Math.min(options.concurrency, options.warmup),
      seed: options.seed + 7919,
    }),
  )
}
