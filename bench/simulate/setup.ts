/** A profile as the simulator takes it: which of its parameters are whose limits. Knows nothing of files or defaults. */
import { type LlmTuning, llmLimitsOf } from '../../src/scheduler/llm-policy.ts'
import type { Machine } from '../cost/cost-model.ts'
import type { SimulationSetup } from './simulate.ts'

/** The parameters of a profile that the simulator knows; a `Profile` of src/config has them all. */
export interface SimulatedParameters {
  readonly slots: number
  readonly maxQueued: number
  readonly tuning: LlmTuning & {
    readonly llmSlots: number
    readonly acousticBatch: number
    readonly maxHopBlocks: number
    readonly hopGrowthMs: number
  }
}

export interface ModelFacts {
  readonly chunkTokens: number
  readonly lookahead: number
  readonly heldBackMs: number
  readonly timeoutMs: number
}

/** The profile on each of these machines. */
export function setupOf(
  { slots, maxQueued, tuning }: SimulatedParameters,
  machines: readonly Machine[],
  { chunkTokens, lookahead, heldBackMs, timeoutMs }: ModelFacts,
): SimulationSetup {
  const { llmSlots, batchBoundMs } = tuning
  const { acousticBatch, maxHopBlocks, hopGrowthMs } = tuning
  const grid = { blockTokens: chunkTokens, lookahead }
  const limits = {
    slots,
    llmSlots,
    llm: llmLimitsOf(tuning, grid),
    acoustic: { acousticBatch, maxHopBlocks, hopGrowthMs, batchBoundMs },
    grid,
    heldBackMs,
  }
  return {
    devices: machines.map((machine) => ({ ...machine, limits })),
    queue: { maxQueued },
    timeoutMs,
    batchBoundMs,
  }
}
