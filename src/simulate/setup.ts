/** A profile as the simulator takes it: which of its parameters are whose limits. Knows nothing of files or defaults. */
import type { Machine } from './cost-model.ts'
import type { SimulationSetup } from './simulate.ts'

/** The parameters of a profile that the simulator knows; a `Profile` of src/config has them all. */
export interface SimulatedParameters {
  readonly slots: number
  readonly maxQueued: number
  readonly tuning: {
    readonly llmSlots: number
    readonly llmMaxBatch: number
    readonly prefillChunk: number
    readonly prefillChunkIdle: number
    readonly maxLeadTokens: number
    readonly acousticBatch: number
    readonly maxHopBlocks: number
    readonly hopGrowthMs: number
    readonly batchBoundMs: number
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
  const { llmSlots, batchBoundMs, prefillChunk, prefillChunkIdle, maxLeadTokens } = tuning
  const { acousticBatch, maxHopBlocks, hopGrowthMs } = tuning
  const limits = {
    slots,
    llmSlots,
    llm: { maxBatch: tuning.llmMaxBatch, prefillChunk, prefillChunkIdle, maxLeadTokens, batchBoundMs },
    acoustic: { acousticBatch, maxHopBlocks, hopGrowthMs, batchBoundMs },
    grid: { chunkTokens, lookahead },
    heldBackMs,
  }
  return {
    devices: machines.map((machine) => ({ ...machine, limits })),
    queue: { maxQueued },
    timeoutMs,
    batchBoundMs,
  }
}
