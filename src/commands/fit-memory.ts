/** Settings and a profile's parameters made to fit the memory that there is, of the machine and of its cards. */
import type { Logger } from 'pino'
import { cardStateBytes } from '../config/card-memory.ts'
import { memoryLimit, memoryPlan, planShortfalls } from '../config/memory-plan.ts'
import type { Profile } from '../config/profile.ts'
import type { Config } from '../config/schema.ts'
import type { Card } from '../cuda/cuda-report.ts'

const MIB = 1024 * 1024
/** A card that has not even so much tells its lanes so. */
const LEAST_STATE_BYTES = 64e6

/** Parameters with no more flow state than the card with the least room has for it beside its models. */
export function fitToCards(
  profile: Profile,
  cards: readonly Card[],
  models: number,
  logger: Logger,
): Profile {
  if (cards.length === 0) return profile
  const { llmSlots, kvCapacity, flowStateBytes } = profile.tuning
  const rooms = cards.map(({ bytes: cardBytes, free: freeBytes }) =>
    cardStateBytes({ cardBytes, freeBytes, models, llmSlots, kvCapacity }),
  )
  const room = Math.min(...rooms)
  const bytes = Math.max(LEAST_STATE_BYTES, Math.min(flowStateBytes, room))
  const free = cards.map((card) => ({ card: card.index, bytes: card.bytes, free: card.free ?? null }))
  logger.info({ flowStateBytes: bytes, cards: free }, "flow states lie in the cards' memory")
  if (room < LEAST_STATE_BYTES) {
    const { index, name } = cards[rooms.indexOf(room)]!
    logger.warn(
      `cuda:${index} (${name}) has no room for flow states beside its models: something else has its memory`,
    )
  }
  return { ...profile, tuning: { ...profile.tuning, flowStateBytes: bytes } }
}

/** Settings and parameters with no more memory than there is; `states` hold flow states there, each of its own. */
export function fitToMemory(config: Config, profile: Profile, states: number, logger: Logger) {
  const limit = config.memoryMib > 0 ? config.memoryMib * MIB : memoryLimit()
  const wanted = {
    flowStateBytes: profile.tuning.flowStateBytes * states,
    uploadBytes: config.limits.max_upload_bytes,
    voiceBytes: config.voiceCacheMib * MIB,
  }
  const plan = memoryPlan(limit, wanted)
  for (const shortfall of planShortfalls(limit, wanted, plan)) logger.warn(`less memory: ${shortfall}`)
  // Those of cards are counted by themselves.
  const flowStateBytes =
    states === 0 ? profile.tuning.flowStateBytes : Math.floor(plan.flowStateBytes / states)
  return {
    config: {
      ...config,
      limits: { ...config.limits, max_upload_bytes: plan.uploadBytes },
      voiceCacheMib: plan.voiceBytes / MIB,
    },
    profile: { ...profile, tuning: { ...profile.tuning, flowStateBytes } },
  }
}
