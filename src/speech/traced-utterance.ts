/** What a trace is told of one utterance: its wait for a slot, and when its stages ran in the lanes. */
import { monotonicMs } from '../core/monotonic.ts'
import type { StageTimes } from '../core/stage-clock.ts'
import type { Trace } from '../core/trace.ts'

export interface TracedUtterance {
  /** It has a slot, for which it waited since `askedMs`. */
  queued(askedMs: number): void
  ran(stages: readonly StageTimes[]): void
}

/** Undefined where nothing is recorded. `index`: its place in the speech, from 0. */
export function tracedUtterance(trace: Trace | undefined, index: number): TracedUtterance | undefined {
  if (trace === undefined || !trace.isRecorded) return undefined
  const facts = { 'light_tts.utterance': index }
  return {
    queued: (askedMs) => trace.stage('queue', askedMs, monotonicMs(), facts),
    ran: (stages) => {
      for (const { stage, fromMs, toMs, busyMs, runs } of stages) {
        const busy = { 'light_tts.runs': runs, 'light_tts.busy_ms': Math.round(busyMs * 1000) / 1000 }
        trace.stage(stage, fromMs, toMs, { ...facts, ...busy })
      }
    },
  }
}
