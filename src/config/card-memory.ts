/** How much of a card's memory flow states may take: what weights, keys and values of the LLM, and CUDA itself leave. Pure. */

/** Weights in half precision of a model of the published dimensions, and workspaces of its graphs. */
const MODEL_BYTES = 2.5e9
/** The driver's context, the provider's kernels, and what nothing may take. */
const CONTEXT_BYTES = 1e9
/** Of a card, that nothing may take. */
const MARGIN = 0.08
/** Keys and values of one position over all layers, at the published dimensions. */
const POSITION_BYTES = 12_288

export interface CardLoad {
  readonly cardBytes: number
  /** What no program has of them; all where it is not known. */
  readonly freeBytes?: number | undefined
  /** Each has its own weights, keys, values and states there. */
  readonly models: number
  readonly llmSlots: number
  readonly kvCapacity: number
}

/** Bytes for the flow states of one model on one card; 0 where nothing is left. */
export function cardStateBytes(load: CardLoad): number {
  const { cardBytes, freeBytes = cardBytes, models, llmSlots, kvCapacity } = load
  const perModel = (freeBytes - MARGIN * cardBytes - CONTEXT_BYTES) / models
  return Math.max(0, Math.floor(perModel - MODEL_BYTES - llmSlots * kvCapacity * POSITION_BYTES))
}
