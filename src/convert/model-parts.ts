/**
 * The graphs of a whole model: which parts there are, and who builds each.
 *
 * Knows: each part's author and what it is given. Does not know: the disk beyond the folder that the parts' files will
 * lie in; nothing is written here.
 */
import type { BundleManifest } from '../core/bundle.ts'
import type { CheckpointFolder } from './checkpoint/checkpoint-folder.ts'
import type { FloatType } from './layers/gemm.ts'
import type { WeightFormat } from './layers/projection.ts'
import { buildFeatures } from './models/features.ts'
import { buildFlow, flowSolvers } from './models/flow.ts'
import { buildHift } from './models/hift.ts'
import { buildSpeechLm } from './models/speech-lm.ts'
import type { GraphBuilder } from './onnx/graph-builder.ts'
import type { WeightFile } from './onnx/weight-file.ts'

/** What every author returns: graphs and the one file of weights that they share. */
export interface ModelPart {
  readonly name: string
  readonly graphs: readonly { readonly path: string; readonly graph: GraphBuilder }[]
  readonly weights: WeightFile
}

export interface ModelParts {
  readonly parts: readonly ModelPart[]
  /** What a runner must know of the graphs beside the checkpoint's numbers. */
  readonly facts: Pick<BundleManifest, 'weights' | 'llmGraph' | 'flowGraph'>
}

/** Plans every graph for `folder`. Throws BAD_CHECKPOINT where a weight is missing or misshapen. */
export function buildModelParts(
  { llm, flow, hift, parameters }: CheckpointFolder,
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
