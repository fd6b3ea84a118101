/** The graphs of a CosyVoice2 model, part by part; nothing is written here. */
import type { FloatType } from '../../convert/layers/gemm.ts'
import type { WeightFormat } from '../../convert/layers/projection.ts'
import { buildFeatures } from '../../convert/models/features.ts'
import { buildFlow, flowSolvers } from '../../convert/models/flow.ts'
import { buildHift } from '../../convert/models/hift.ts'
import { buildSpeechLm } from '../../convert/models/speech-lm.ts'
import type { ModelParts } from '../family.ts'
import type { CosyVoice2Checkpoint } from './checkpoint.ts'

/** Plans every graph for `folder`. Throws BAD_CHECKPOINT where a weight is missing or misshapen. */
export function buildCosyVoice2Parts(
  { llm, flow, hift, parameters }: CosyVoice2Checkpoint,
  folder: string,
  format: WeightFormat,
): ModelParts {
  // Half precision is for GPUs, and then for everything; int8 and int4 are the language model's alone.
  const rest = format === 'fp16' ? 'fp16' : 'fp32'
  const dtype: FloatType = rest === 'fp16' ? 'float16' : 'float32'
  const speechLm = buildSpeechLm(parameters.llm, llm, folder, format)
  return {
    parts: [
      { name: 'llm', ...speechLm },
      { name: 'flow', ...buildFlow(parameters.flow, flow, folder, { dtype }) },
      { name: 'hift', ...buildHift(parameters.hift, hift, folder, { dtype }) },
      { name: 'features', ...buildFeatures(parameters.features, folder) },
    ],
    facts: {
      weights: { llm: format, rest },
      llmGraph: speechLm.facts,
      flowGraph: { solvers: flowSolvers(parameters.flow) },
    },
  }
}
