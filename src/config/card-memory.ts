/** How much of a card's memory flow states may take: what weights, keys and values of the LLM, and CUDA itself leave. Pure. */

/** Weights in half precision of a model of the published dimensions, and workspaces of its graphs. */
const MODEL_BYTES = 2.5e9
/** The driver's context, the provider's kernels, and what nothing may take. */
const CONTEXT_BYTES = 1e9
/** Of a card; the rest is a margin. */
const USABLE = 0.92
/** Keys and values of one position over all layers, at the published dimensions. */
const POSITION_BYTES = 12_288

export interface CardLoad {
  /** Of the smallest card. */
  readonly cardBytes: number
  /** Each has its own weights, keys, values and states there. */
  readonly models: number
  readonly llmSlots: number
  readonly kvCapacity: number
}

/** Bytes for the flow states of one model on one card; 0 where nothing is left. */
export function cardStateBytes({ cardBytes, models, llmSlots, kvCapacity }: CardLoad): number {
  const perModel = (USABLE * cardBytes - CONTEXT_BYTES) / models
  return Math.max(0, Math.floor(perModel - MODEL_BYTES - llmSlots * kvCapacity * POSITION_BYTES))
}
