/** What a trace is to code that fills it; `src/traces` sends it to a collector. Off, there is none. */

import { monotonicMs } from './monotonic.ts'

/** Numbers, names and outcomes; never a text or audio. */
export type TraceFacts = Readonly<Record<string, string | number | boolean>>

/** One request's. */
export interface Trace {
  /** W3C trace context to give on: this request is the parent. */
  readonly traceparent: string
  readonly traceId: string
  /** Whether it is kept: stages need not be measured otherwise. */
  readonly isRecorded: boolean
  /** A stage that is over; times are `monotonicMs`. Also after `end`. */
  stage(name: string, fromMs: number, toMs: number, facts?: TraceFacts): void
  /** More of what is known of the request. */
  about(facts: TraceFacts): void
  end(isFailure: boolean): void
}

/** What `act` resolves to; how long it took is a stage of the trace, if there is one. */
export async function inStage<T>(trace: Trace | undefined, name: string, act: () => Promise<T>): Promise<T> {
  if (trace?.isRecorded !== true) return await act()
  const fromMs = monotonicMs()
  try {
    return await act()
  } finally {
    trace.stage(name, fromMs, monotonicMs())
  }
}

export interface Traces {
  /** A request begins; `headerOf` gives what came with it. */
  begin(name: string, headerOf: (name: string) => string | undefined, facts?: TraceFacts): Trace
  /** Sends what is left, for a bounded time. */
  close(): Promise<void>
}
