/** The graphs of a CosyVoice2 model, part by part; nothing is written here. */
import { buildFeatures } from '../../convert/models/features.ts'
import { buildFlow, flowFacts, flowTypes } from '../../convert/models/flow.ts'
import { buildHift } from '../../convert/models/hift.ts'
import { buildSpeechLm } from '../../convert/models/speech-lm.ts'
import type { AlignmentHead } from '../../core/bundle.ts'
import { floatTypeOf, type WeightSet, weightTypes } from '../../core/weight-set.ts'
import type { ModelParts } from '../family.ts'
import type { CosyVoice2Checkpoint } from './checkpoint.ts'

/** Plans every graph for `folder`. Throws BAD_CHECKPOINT where a weight is missing or misshapen. */
export function buildCosyVoice2Parts(
  { llm, flow, hift, parameters }: CosyVoice2Checkpoint,
  folder: string,
  types: WeightSet,
  alignment?: AlignmentHead | 'all',
): ModelParts {
  const dtype = floatTypeOf(types.rest)
  const speechLm = buildSpeechLm(parameters.llm, llm, folder, types.llm, undefined, alignment)
  return {
    parts: [
      { name: 'llm', ...speechLm },
      { name: 'flow', ...buildFlow(parameters.flow, flow, folder, flowTypes(types)) },
      { name: 'hift', ...buildHift(parameters.hift, hift, folder, { dtype }) },
      { name: 'features', ...buildFeatures(parameters.features, folder) },
    ],
    facts: {
      weights: weightTypes(types),
      llmGraph: speechLm.facts,
      flowGraph: flowFacts(parameters.flow, types),
    },
  }
}
