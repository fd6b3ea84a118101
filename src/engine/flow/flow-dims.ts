/**
 * The flow's dimensions as its runner needs them: read from the graphs where they show there, else from the model's
 * numbers.
 *
 * Families differ in what their encoder keeps. One attends at token and at frame rate and has caches, positions and
 * tables of distances; one only looks ahead and has a convolution's left context.
 */
import assert from 'node:assert/strict'
import type { DitFlowParameters, FlowHyperParameters } from '../../core/hyper-parameters.ts'
import type { Session } from '../runtime/runtime.ts'

/** What a model says of its flow; a DiT's encoder has no attention, its `heads` are the estimator's. */
export type FlowModel = FlowHyperParameters | DitFlowParameters

/** A state tensor of a graph: its input's name and its shape without the requests' axis. */
export interface NamedShape {
  readonly name: string
  readonly dims: readonly number[]
}

export interface FlowDims {
  /** Element type of caches, contexts and guides: the graphs' own. Tokens, mels and embeddings are not concerned. */
  readonly stateType: 'float32' | 'float16'
  readonly vocab: number
  readonly mels: number
  /** Length of a speaker embedding. */
  readonly speaker: number
  /** Tokens of a block, on a grid counted from the first prompt token; tokens of look-ahead that a block needs. */
  readonly blockTokens: number
  readonly lookahead: number
  /** Mel frames per token. */
  readonly stride: number
  /** Encoder: width, heads, blocks at token rate and at frame rate; all 0 where it has no attention. */
  readonly width: number
  readonly heads: number
  readonly tokenBlocks: number
  readonly frameBlocks: number
  /** Left contexts of the encoder's convolutions. */
  readonly encoderContexts: readonly NamedShape[]
  /** Estimator: evaluations of the solver, attention layers, elements of one cached key row (both guidance rows), … */
  readonly steps: number
  readonly layers: number
  /** Heads of an attention layer, those of both guidance rows. */
  readonly layerHeads: number
  readonly cacheWidth: number
  /** … what the encoder gives it for each frame and guidance row (`dims`: elements of a row), … */
  readonly guides: readonly NamedShape[]
  /** … and its convolutions' packed left contexts at one evaluation. */
  readonly stepContext: readonly number[]
}

/** Guidance rows per frame. */
export const GUIDANCE_ROWS = 2

/** `steps`: evaluations of the solver that it is run with. */
export function flowDims(model: FlowModel, encoder: Session, estimator: Session, steps: number): FlowDims {
  const stateType = estimator.inputs.find(({ name }) => name === 'context')?.dtype
  assert(stateType === 'float32' || stateType === 'float16', `a flow state of ${stateType} is not known`)
  const attends = 'encoderBlocks' in model
  return {
    stateType,
    vocab: model.vocab,
    mels: model.mel,
    speaker: model.spkDim,
    blockTokens: model.chunkTokens,
    lookahead: model.preLookahead,
    stride: model.tokenMelRatio,
    width: attends ? model.width : 0,
    heads: attends ? model.heads : 0,
    tokenBlocks: attends ? model.encoderBlocks : 0,
    frameBlocks: attends ? model.upBlocks : 0,
    encoderContexts: encoder.inputs
      .filter(({ name }) => name.endsWith('_context'))
      .map(({ name }) => ({ name, dims: fixedDims(encoder, name, 1) })),
    steps,
    layers: estimator.inputs.filter(({ name }) => name.startsWith('keys.')).length,
    layerHeads: GUIDANCE_ROWS * (attends ? model.estimatorHeads : model.heads),
    cacheWidth: fixedDims(estimator, 'keys.0', 2)[0]!,
    guides: estimator.inputs
      .filter(({ name }) => name.startsWith('guide'))
      .map(({ name }) => ({ name, dims: fixedDims(estimator, name, 2) })),
    stepContext: fixedDims(estimator, 'context', 1),
  }
}

/** Dimensions of an input from axis `from` on, which the graph must not leave open. */
function fixedDims(session: Session, name: string, from: number): readonly number[] {
  const dims = session.inputs.find((input) => input.name === name)?.dims.slice(from)
  assert(
    dims !== undefined && dims.length > 0 && dims.every((size) => size > 0),
    `session ${session.name}: input '${name}' has no fixed dimensions from axis ${from} on`,
  )
  return dims
}

/** Bytes of one element of caches, contexts and guides. */
export function elementBytes({ stateType }: FlowDims): number {
  return stateType === 'float32' ? 4 : 2
}

/** Which convolutions: the encoder's under one input's name, or the estimator's at one evaluation. */
export type ContextKind = string | number

/** Every kind, in the order in which they lie. */
export function contextKinds({ encoderContexts, steps }: FlowDims): readonly ContextKind[] {
  return [...encoderContexts.map(({ name }) => name), ...Array.from({ length: steps }, (_, step) => step)]
}

/** Elements of all left contexts of an utterance. */
export function contextElements(dims: FlowDims): number {
  return contextPart(dims, dims.steps).start
}

/** Where one kind lies among them. */
export function contextPart(dims: FlowDims, of: ContextKind): { start: number; length: number } {
  const { encoderContexts, stepContext } = dims
  let start = 0
  for (const context of encoderContexts) {
    const length = product(context.dims)
    if (context.name === of) return { start, length }
    start += length
  }
  assert(typeof of === 'number', `no context '${of}' in the encoder`)
  const length = product(stepContext)
  return { start: start + of * length, length }
}

function product(dims: readonly number[]): number {
  return dims.reduce((all, dim) => all * dim, 1)
}
