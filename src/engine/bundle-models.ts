/** Opens the models of a bundle: which graph files each runner takes, with which options. */
import type { Bundle } from '../core/bundle.ts'
import { TtsError } from '../core/errors.ts'
import { unfitPlace } from '../core/weight-set.ts'
import { FlowRunner, type FlowRunOptions } from './flow/flow-runner.ts'
import type { AllHeads } from './llm/alignment-probe.ts'
import { LlmRunner } from './llm/llm-runner.ts'
import type { SequenceRules } from './llm/llm-sequence.ts'
import type { AlignmentFacts } from './llm/text-alignment.ts'
import type { Runtime, SessionOptions } from './runtime/runtime.ts'
import { VocoderRunner } from './vocoder/vocoder-runner.ts'

export interface KvSize {
  /** Requests that decode at once. */
  readonly rows: number
  /** Positions of each. */
  readonly capacity: number
}

/** `all`: the bundle's graph was made to tell the queries of all heads. */
export function openLlm(
  runtime: Runtime,
  bundle: Bundle,
  kv: KvSize,
  session: SessionOptions,
  all?: AllHeads,
): Promise<LlmRunner> {
  const { llm } = bundle.manifest.parameters
  const { kvType, maxPositions, headDim, alignment } = bundle.manifest.llmGraph
  const { layers, heads, kvHeads, decoderRows } = llm
  const head = alignment && { layer: alignment.layer, kvHead: Math.floor((alignment.head * kvHeads) / heads) }
  return LlmRunner.open(runtime, bundle.path('llm.onnx'), {
    kv: {
      layers,
      kvHeads,
      headDim,
      rows: kv.rows,
      capacity: Math.min(kv.capacity, maxPositions),
      dtype: kvType,
    },
    vocabulary: decoderRows,
    session,
    company: isBlockwise(bundle) ? 'ask' : 'alike',
    alignment: all ?? head,
  })
}

/** Weights with a scale for each block: their kernels are many, and not all treat a row alike in any company. */
function isBlockwise({ manifest }: Bundle): boolean {
  return manifest.weights.llm === 'int8' || manifest.weights.llm === 'int4'
}

/** What tells the text token that is being said; undefined where the bundle's graph does not. */
export function alignmentOf({ manifest }: Bundle): AlignmentFacts | undefined {
  const { llmGraph, parameters } = manifest
  const { ropeTheta, headDim: stored } = parameters.llm
  if (llmGraph.alignment === undefined) return undefined
  return { headDim: llmGraph.headDim, stored, ropeTheta, leadTokens: llmGraph.alignment.leadTokens }
}

/**
 * The rules of sequences for rows of `maxPositions` positions. `compat` bars what the reference's loop bars before
 * speech may end. That is not the end of speech in every family.
 */
export function sequenceRules(
  { manifest }: Bundle,
  maxPositions: number,
  compat: 'own' | 'reference' = 'own',
): SequenceRules {
  const { speechTokenSize, mixRatio } = manifest.parameters.llm
  const { barred, fill, silence } = manifest.speech
  const { mark, required } = manifest.prompt
  const markId = required ? manifest.text.specials[mark] : undefined
  return {
    ids: manifest.llmGraph.ids,
    speechTokenSize,
    barred: compat === 'own' ? barred : [speechTokenSize],
    fill,
    silence,
    ...(markId === undefined ? {} : { instructionEnd: markId }),
    mixRatio,
    maxPositions,
  }
}

/** Throws BAD_CONFIG where the bundle was not built with the solver, or not for this kind of device. */
export async function openFlow(
  runtime: Runtime,
  bundle: Bundle,
  session: SessionOptions,
  options: Omit<FlowRunOptions, 'solvers'> = {},
): Promise<FlowRunner> {
  const { parameters, flowGraph, files, weights } = bundle.manifest
  const kind = session.provider?.kind ?? 'cpu'
  const unfit = unfitPlace(weights, { kind, together: options.together ?? 1 })
  if (unfit !== undefined) throw new TtsError('BAD_CONFIG', bundle.folder, unfit)
  const ifThere = (file: string) => (files.some(({ name }) => name === file) ? bundle.path(file) : undefined)
  // Utterances that share no run need no lengths, for which a card would start a kernel in every layer.
  const alone = (options.together ?? 1) === 1 ? ifThere('flow-estimator-alone.onnx') : undefined
  const paths = {
    encoder: bundle.path('flow-encoder.onnx'),
    estimator: alone ?? bundle.path('flow-estimator.onnx'),
    distances: ifThere('flow-distances.onnx'),
  }
  return FlowRunner.load(runtime, paths, parameters.flow, session, {
    solvers: flowGraph.solvers,
    ...options,
  })
}

export function openVocoder(
  runtime: Runtime,
  bundle: Bundle,
  session: SessionOptions,
): Promise<VocoderRunner> {
  const paths = { f0: bundle.path('hift-f0.onnx'), generator: bundle.path('hift-generator.onnx') }
  return VocoderRunner.load(runtime, paths, bundle.manifest.parameters.hift, session)
}
