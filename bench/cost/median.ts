/** The median of several measurements of the same device, number by number. */

import { summary } from '../report/record.ts'
import type { CostModel } from './cost-model.ts'

export function medianCost(models: readonly CostModel[]): CostModel {
  const [first] = models as readonly [CostModel]
  const over = (pick: (model: CostModel) => number) => summary(models.map(pick)).median
  return {
    ...first,
    llmStepMs: over((model) => model.llmStepMs),
    llmStepPerRowMs: over((model) => model.llmStepPerRowMs),
    prefillChunkMs: over((model) => model.prefillChunkMs),
    prefillPerTokenMs: over((model) => model.prefillPerTokenMs),
    flowStepMs: over((model) => model.flowStepMs),
    flowStepPerFrameMs: over((model) => model.flowStepPerFrameMs),
    flowBlockMs: over((model) => model.flowBlockMs),
    utteranceMs: over((model) => model.utteranceMs),
    vocoderChunkMs: over((model) => model.vocoderChunkMs),
    vocoderPerFrameMs: over((model) => model.vocoderPerFrameMs),
    sharedRunShare: over((model) => model.sharedRunShare),
    overlapSlowdown: over((model) => model.overlapSlowdown),
    spread: first.spread.map((_, i) => over((model) => model.spread[i]!)),
  }
}
