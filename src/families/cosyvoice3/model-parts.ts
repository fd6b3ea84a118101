/** The graphs of a CosyVoice3 model, part by part; nothing is written here. */
import { join } from 'node:path'
import type { Weights } from '../../convert/checkpoint/weights.ts'
import type { FloatType } from '../../convert/layers/gemm.ts'
import { buildFeatures } from '../../convert/models/features.ts'
import { flowFacts, flowSolvers, flowTypes } from '../../convert/models/flow.ts'
import { buildSpeechLm } from '../../convert/models/speech-lm.ts'
import { GraphBuilder } from '../../convert/onnx/graph-builder.ts'
import { WeightFile } from '../../convert/onnx/weight-file.ts'
import type { AlignmentHead } from '../../core/bundle.ts'
import type {
  CausalHiftParameters,
  DitFlowParameters,
  LlmHyperParameters,
} from '../../core/hyper-parameters.ts'
import { floatTypeOf, type WeightSet, weightTypes } from '../../core/weight-set.ts'
import type { ModelPart, ModelParts } from '../family.ts'
import { buildCausalF0 } from './causal-f0.ts'
import { buildCausalGenerator } from './causal-generator.ts'
import type { CosyVoice3Checkpoint } from './checkpoint.ts'
import { buildDitEncoder } from './dit-encoder.ts'
import { buildDitStep, type EstimatorOptions } from './dit-estimator.ts'

/** Rows of the speech table from the first that is no speech token: start, end of speech, task, fill. */
const SOS = 0
const TASK = 2

/** Plans every graph for `folder`. Throws BAD_CHECKPOINT where a weight is missing or misshapen. */
export function buildCosyVoice3Parts(
  { llm, flow, hift, parameters }: CosyVoice3Checkpoint,
  folder: string,
  types: WeightSet,
  alignment?: AlignmentHead | 'all',
): ModelParts {
  const dtype = floatTypeOf(types.rest)
  const solvers = flowSolvers(parameters.flow)
  const speechLm = planSpeechLm(parameters.llm, llm, folder, types.llm, alignment)
  return {
    parts: [
      { name: 'llm', ...speechLm },
      planDitFlow(parameters.flow, flow, folder, { ...flowTypes(types), solvers }),
      planCausalHift(parameters.hift, hift, folder, dtype),
      { name: 'features', ...buildFeatures(parameters.features, folder) },
    ],
    facts: {
      weights: weightTypes(types),
      llmGraph: speechLm.facts,
      flowGraph: flowFacts(parameters.flow, types),
    },
  }
}

/** Plans the flow's files in `folder`; nothing is read or written yet. Throws BAD_CHECKPOINT. */
export function planDitFlow(
  hyper: DitFlowParameters,
  weights: Weights,
  folder: string,
  options: Pick<EstimatorOptions, 'dtype' | 'products' | 'solvers'>,
): ModelPart {
  const names = ['encoder', 'estimator', ...(options.dtype === 'float16' ? ['estimator-alone'] : [])]
  return planPart('flow', folder, names, (encoder, estimator, alone) => {
    buildDitEncoder(encoder!, hyper, weights, options.dtype)
    buildDitStep(estimator!, hyper, weights, options)
    if (alone !== undefined) buildDitStep(alone, hyper, weights, { ...options, alone: true })
  })
}

/** The same for the vocoder. */
export function planCausalHift(
  hyper: CausalHiftParameters,
  weights: Weights,
  folder: string,
  dtype: FloatType,
): ModelPart {
  return planPart('hift', folder, ['f0', 'generator'], (f0, generator) => {
    buildCausalF0(f0!, hyper, weights, dtype === 'float16')
    buildCausalGenerator(generator!, hyper, weights, dtype)
  })
}

function planPart(
  name: string,
  folder: string,
  graphNames: readonly string[],
  add: (...graphs: GraphBuilder[]) => void,
): ModelPart {
  const weights = new WeightFile(join(folder, `${name}.data`))
  const graphs = graphNames.map((graph) => new GraphBuilder(`${name}-${graph}`, weights))
  add(...graphs)
  return {
    name,
    graphs: graphs.map((graph) => ({ path: join(folder, `${graph.name}.onnx`), graph })),
    weights,
  }
}

/** Start, task and fill are rows of the speech table, so there is no table of their own. */
function planSpeechLm(
  hyper: LlmHyperParameters,
  weights: Weights,
  folder: string,
  format: WeightSet['llm'],
  alignment: AlignmentHead | 'all' | undefined,
) {
  const { textVocab, decoderRows, speechTokenSize } = hyper
  const reserved = textVocab + speechTokenSize
  const tables = {
    rows: [
      { key: 'llm.model.model.embed_tokens.weight', count: textVocab },
      { key: 'speech_embedding.weight', count: decoderRows },
    ],
    ids: { text: 0, speech: textVocab, sos: reserved + SOS, task: reserved + TASK },
  }
  return buildSpeechLm(hyper, weights, folder, format, tables, alignment)
}
