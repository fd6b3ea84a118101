/** When the stages of one utterance ran, for its trace; made only where a trace is recorded. */

import { monotonicMs } from './monotonic.ts'

export type LaneStage = 'prefill' | 'decode' | 'flow-prompt' | 'flow' | 'vocoder'

export interface StageTimes {
  readonly stage: LaneStage
  /** Begin of the first and end of the last run that it took part in, `monotonicMs`. */
  readonly fromMs: number
  readonly toMs: number
  /** Of these runs together, shared ones in full. */
  readonly busyMs: number
  readonly runs: number
}

export class StageClock {
  readonly #stages = new Map<LaneStage, StageTimes>()

  /** In the order in which they began. */
  get stages(): readonly StageTimes[] {
    return [...this.#stages.values()]
  }

  ran(stage: LaneStage, fromMs: number, toMs: number): void {
    const before = this.#stages.get(stage)
    this.#stages.set(stage, {
      stage,
      fromMs: before?.fromMs ?? fromMs,
      toMs,
      busyMs: (before?.busyMs ?? 0) + toMs - fromMs,
      runs: (before?.runs ?? 0) + 1,
    })
  }
}

interface Clocked {
  readonly clock?: StageClock | undefined
}

/** Makes a run and puts it on the clocks of those that take part, where they have one. */
export function clocked<T>(stage: LaneStage, of: readonly Clocked[], run: () => T): T {
  if (of.every(({ clock }) => clock === undefined)) return run()
  const fromMs = monotonicMs()
  try {
    return run()
  } finally {
    const toMs = monotonicMs()
    for (const { clock } of of) clock?.ran(stage, fromMs, toMs)
  }
}
