/** What a device should make per second by its cost model: the profile's figure before anything was measured. */
import { blockMs, eulerStepMs, type Machine, vocodeMs } from '../cost/cost-model.ts'

/**
 * Seconds of audio that a device makes per second, at 8 s of context: as much as its busiest lane makes, and no more
 * than its threads have time for. `together`: utterances that share its acoustic runs. A fast LLM has few rows in a
 * step; one that holds the others up gets more of them, and so cheaper ones.
 */
export function estimatedRate(machine: Machine, together = 1): number {
  const rates = [1, 2, 4, 8, 16].map((rows) => rateAt(machine, rows, together))
  const enough = rates.find(({ llmWaits }) => llmWaits)
  return (enough ?? rates.at(-1)!).rate
}

/** Seconds of audio of a single stream per second, whose LLM and whose flow and vocoder have a core each. */
export function oneStreamRate(cost: Machine['cost']): number {
  return rateAt({ cost, acousticLanes: 1, threads: 2 }, 1, 1).rate
}

function rateAt({ cost, acousticLanes, threads }: Machine, rows: number, together: number) {
  const llmMs = (cost.llmStepMs / rows + cost.llmStepPerRowMs) * 25
  const each = <T>(value: T) => Array.from({ length: together }, () => value)
  const flowMs = blockMs(cost, together) + cost.eulerSteps * eulerStepMs(cost, each(400))
  const acousticMs = (flowMs + vocodeMs(cost, each(50))) / together
  const laneMs = acousticMs / acousticLanes
  const slower = Math.max(llmMs, laneMs)
  // While both run each is slowed down; the slower lane has the other beside it for as long as that one works.
  const beside = acousticLanes > 1 ? slower : Math.min(llmMs, laneMs)
  const ms = slower + (cost.overlapSlowdown - 1) * beside
  const threadMs = ((llmMs + acousticMs) * cost.overlapSlowdown) / Math.max(2, threads)
  const rate = 1000 / Math.max(ms, acousticLanes > 1 ? threadMs : 0)
  return { rate, llmWaits: llmMs <= laneMs }
}
