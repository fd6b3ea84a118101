/**
 * How a CPU device's threads go to its lanes. Pure; used where lanes are started and where they are simulated.
 *
 * A run of the flow gains little from a second thread and nothing from a busy one. So several acoustic lanes of one
 * thread each do more than one lane of several. The price is that each holds the flow's and the vocoder's weights.
 */

/** A profile has both numbers. */
export interface ThreadSplit {
  /** 0–1: share of the threads that the LLM lane gets, one at least. */
  readonly llmThreadShare: number
  /** 0–1: acoustic lanes per thread, one at least. At 1 there is one for each core, and the LLM lane comes on top. */
  readonly acousticLaneShare: number
}

export interface LaneThreads {
  /** Of one operator, in each lane. */
  readonly llmThreads: number
  readonly acousticThreads: number
  readonly acousticLanes: number
  /**
   * Threads of the first acoustic lane's runs while nothing else is under way on the device; undefined: as many as always.
   */
  readonly loneThreads?: number
}

/** With one core both kinds of lane have one thread: they take turns. */
export function splitThreads(
  threads: number,
  { llmThreadShare, acousticLaneShare }: ThreadSplit,
): LaneThreads {
  const llmThreads = Math.min(Math.max(1, Math.round(threads * llmThreadShare)), Math.max(1, threads - 1))
  const acousticLanes = Math.max(1, Math.round(threads * acousticLaneShare))
  const left = Math.max(1, threads - llmThreads)
  const acousticThreads = Math.max(1, Math.floor(left / acousticLanes))
  const lone = threads > acousticThreads ? { loneThreads: threads } : {}
  return { llmThreads, acousticLanes, acousticThreads, ...lone }
}
