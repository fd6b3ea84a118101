/** A card's profile for a model, by estimates alone. Pure. */
import { cardStateBytes } from '../../src/config/card-memory.ts'
import type { Profile } from '../../src/config/profile.ts'
import { type CardFacts, costOf } from './card-estimate.ts'
import { COSYVOICE2, COSYVOICE3, type ModelWork } from './model-work.ts'

const GB = 1e9
const KV_CAPACITY = 2560
/** Utterances in the LLM's hands: more than a card of 24 GB has room to speak. */
const LLM_SLOTS = { small: 32, large: 64 } as const
const LARGE_GB = 40

/** File names end in the family where it is not the first. */
export const PROFILED: readonly { readonly model: ModelWork; readonly suffix: string }[] = [
  { model: COSYVOICE2, suffix: '' },
  { model: COSYVOICE3, suffix: '-cosyvoice3' },
]

/**
 * Utterances that share a run: what `node dist/bench/cards/batches.js` carries most with, as far as memory is not
 * cut into too few pieces. The slots of a bank are reserved together.
 */
const ACOUSTIC_BATCH = { small: 4, large: 8 } as const

export function cardProfile(
  card: CardFacts,
  model: ModelWork,
  acousticBatch: number = ACOUSTIC_BATCH[sizeOf(card)],
): Profile {
  const llmSlots = LLM_SLOTS[sizeOf(card)]
  const cardBytes = card.memory * GB
  // Runs that scatter are measured, not estimated.
  const { spread: _, ...cost } = costOf(card, model, acousticBatch > 1)
  const flowStateBytes = cardStateBytes({ cardBytes, models: 1, llmSlots, kvCapacity: KV_CAPACITY })
  return {
    device: card.file,
    description: `Estimated for ${model.name} in half precision on one ${card.name} (${card.memory} GB, ${card.bandwidth} GB/s, ${card.half} TFLOP/s). Nothing was run: tune on the card before you rely on it.`,
    estimated: true,
    weights: 'fp16',
    llmThreadShare: 0.5,
    acousticLaneShare: 0,
    slots: 1.5 * llmSlots,
    maxQueued: 6 * llmSlots,
    tuning: {
      llmSlots,
      llmMaxBatch: llmSlots,
      kvCapacity: KV_CAPACITY,
      prefillChunk: 256,
      prefillChunkIdle: 1024,
      minLeadTokens: 32,
      maxLeadTokens: 150,
      acousticBatch,
      maxHopBlocks: 4,
      hopGrowthMs: 1000,
      batchBoundMs: 5000,
      flowStateBytes,
    },
    cost,
    provenance: {
      model: `${model.name}, published dimensions`,
      command: 'node dist/bench/cards/main.js --write config',
      cost: 'estimates: docs/tuning.md, GPUs',
      residentSeconds: Math.floor(flowStateBytes / model.stateBytesPerToken / 25),
    },
  }
}

const sizeOf = ({ memory }: CardFacts) => (memory < LARGE_GB ? 'small' : 'large')
