/**
 * What is tuned for: the load that each objective puts on a server, and the score that it reads off the result.
 *
 * Scores are positive and the lower the better.
 */

import type { Figures } from '../load/figures.ts'
import { type Chunk, percentile, play } from '../simulate/listening.ts'
import type { SimulationResult } from '../simulate/simulate.ts'

export const OBJECTIVES = ['first-audio', 'capacity', 'throughput'] as const
export type Objective = (typeof OBJECTIVES)[number]

export interface ObjectiveFacts {
  readonly what: string
  readonly unit: string
  /** Listeners (each hears all before asking again) or clients (each asks again at once), as a share of what fits. */
  readonly mode: 'listeners' | 'closed'
  readonly loadShare: number
  readonly score: (
    figures: Pick<Figures, 'ttfa_ms' | 'stall_ms' | 'audio_s_per_s' | 'ok' | 'errors'>,
  ) => number
  readonly predicted: (result: SimulationResult) => number
}

/** What a request that failed counts as. */
const FAILED_MS = 10_000

export const OBJECTIVE_FACTS: Readonly<Record<Objective, ObjectiveFacts>> = {
  'first-audio': {
    what: '95th percentile of the time to first audio at half of what the device can carry',
    unit: 'ms',
    mode: 'listeners',
    loadShare: 0.5,
    score: ({ ttfa_ms, ...rest }) => withErrors(ttfa_ms.p95, rest),
    predicted: ({ finished }) =>
      percentile(
        finished.map(({ firstAudioMs, request }) => firstAudioMs! - request.arrivedMs),
        95,
      ),
  },
  capacity: {
    what: 'mean time that a listener waits, before and within the speech, with a tenth more listeners than the device can carry',
    unit: 'ms',
    mode: 'listeners',
    loadShare: 1.1,
    score: ({ ttfa_ms, stall_ms, ...rest }) => withErrors(ttfa_ms.mean + stall_ms['100']!.mean, rest),
    predicted: ({ finished }) =>
      finished.reduce(
        (sum, { firstAudioMs, request, chunks }) =>
          sum + firstAudioMs! - request.arrivedMs + play(chunks as Chunk[], 100).stalledMs,
        0,
      ) / finished.length,
  },
  throughput: {
    what: 'ms of machine time for a second of speech, with more clients than it can keep up with',
    unit: 'ms/s',
    mode: 'closed',
    loadShare: 1.5,
    score: ({ audio_s_per_s, ...rest }) => withErrors(1000 / audio_s_per_s, rest),
    predicted: ({ finished, seconds }) =>
      (1000 * seconds) / finished.reduce((sum, { emittedMs }) => sum + emittedMs / 1000, 0),
  },
}

/** Requests that failed must never pay off. */
export function withErrors(score: number, { ok, errors }: Pick<Figures, 'ok' | 'errors'>): number {
  if (ok === 0) return FAILED_MS
  return score + (FAILED_MS * errors) / (ok + errors)
}
