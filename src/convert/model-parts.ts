/**
 * The graphs of a whole model: which parts there are, and who builds each.
 *
 * Knows: each part's author and what it is given. Does not know: the disk beyond the folder that the parts' weight
 * files will lie in; nothing is written here.
 */
import type { BundleManifest } from '../core/bundle.ts'
import type { CheckpointFolder } from './checkpoint/checkpoint-folder.ts'
import { buildFlow } from './models/flow.ts'
import type { GraphBuilder } from './onnx/graph-builder.ts'
import type { WeightFile } from './onnx/weight-file.ts'

export type LlmDtype = BundleManifest['weights']['llm']

export interface ModelPart {
  readonly name: string
  /** By file name. */
  readonly graphs: ReadonlyMap<string, GraphBuilder>
  readonly weightFile: WeightFile
}

export interface ModelParts {
  readonly parts: readonly ModelPart[]
  readonly weights: BundleManifest['weights']
  readonly flowSteps: number
}

/** Plans every graph for `folder`. Throws BAD_CHECKPOINT where a weight is missing or misshapen. */
export function buildModelParts(
  { flow, parameters }: CheckpointFolder,
  folder: string,
  dtype: LlmDtype,
): ModelParts {
  const rest = dtype === 'fp16' ? 'fp16' : 'fp32'
  const floats = rest === 'fp16' ? 'float16' : 'float32'
  const flowPart = buildFlow(parameters.flow, flow, folder, { dtype: floats })
  return {
    parts: [{ name: 'flow', ...flowPart }],
    weights: { llm: dtype, rest },
    flowSteps: flowPart.facts.steps,
  }
}
