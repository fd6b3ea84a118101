/**
 * What `--out` keeps of a run, and several such files as one run.
 *
 * Figures of several generators cannot be added, their outcomes can: files hold each request's times, on the clock of
 * the world, and what was heard. Merged generators need clocks that agree to a fraction of a second.
 */
import { nowMs } from './clock.ts'
import { type Figures, figuresOf, type Limits } from './figures.ts'
import type { Outcome } from './outcome.ts'

export interface ResultFile {
  readonly goodput_limits: Limits
  /** Times are ms since 1970. */
  readonly outcomes: readonly Outcome[]
}

/** Outcomes on the clock of the world. `offsetMs` is added to the process's own clock. */
export function worldly(outcomes: readonly Outcome[], offsetMs = Date.now() - nowMs()): Outcome[] {
  return outcomes.map((outcome) => ({
    ...outcome,
    dueMs: outcome.dueMs + offsetMs,
    startMs: outcome.startMs + offsetMs,
    t0Ms: outcome.t0Ms + offsetMs,
    endMs: outcome.endMs + offsetMs,
    arrivals: outcome.arrivals.map(({ atMs, audioMs }) => ({ atMs: atMs + offsetMs, audioMs })),
  }))
}

/** Figures of all requests of these files, as if one generator had made them. Throws where a file has no requests. */
export function merged(files: readonly { readonly path: string; readonly content: unknown }[]): Figures {
  const all = files.map(({ path, content }) => {
    const { outcomes, goodput_limits } = content as Partial<ResultFile>
    if (!Array.isArray(outcomes) || goodput_limits === undefined)
      throw new Error(`${path}: expected a file that --out wrote, with its requests, got none`)
    return { outcomes, goodput_limits }
  })
  const outcomes = all.flatMap((file) => file.outcomes)
  return figuresOf(outcomes, all[0]!.goodput_limits)
}
