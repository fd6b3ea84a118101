/**
 * The one order of waiting work, wherever it waits: queue, KV slot, prefill.
 *
 * Streams go before batch work, and within a class the older goes first. Batch work ages: after `batchBoundMs` it
 * ranks like a stream that came at that moment. So a steady flow of streams delays it by a bound and never for ever.
 */

export type Priority = 'stream' | 'batch'

export interface Ranked {
  readonly priority: Priority
  /** When it came, in milliseconds of the caller's monotonic clock. */
  readonly arrivedMs: number
}

/** The smaller, the sooner. */
export function rankOf(work: Ranked, batchBoundMs: number): number {
  return work.priority === 'stream' ? work.arrivedMs : work.arrivedMs + batchBoundMs
}

/** Index of the work to serve next; −1 where there is none. Equal ranks keep their order. */
export function nextInRank(waiting: readonly Ranked[], batchBoundMs: number): number {
  let best = -1
  let bestRank = Infinity
  for (const [i, work] of waiting.entries()) {
    const rank = rankOf(work, batchBoundMs)
    if (rank < bestRank) {
      best = i
      bestRank = rank
    }
  }
  return best
}
