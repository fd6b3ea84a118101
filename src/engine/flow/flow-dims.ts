/**
 * The flow's dimensions as its runner needs them, read from the graphs themselves where they show there.
 *
 * Knows: names and shapes of the graphs' inputs. Does not know: memory, runs.
 */
import assert from 'node:assert/strict'
import type { FlowHyperParameters } from '../../core/hyper-parameters.ts'
import type { Session } from '../runtime/runtime.ts'

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
  /** Encoder: width, heads, blocks at token rate and at frame rate. */
  readonly width: number
  readonly heads: number
  readonly tokenBlocks: number
  readonly frameBlocks: number
  /** Estimator: evaluations of the solver, attention layers, elements of one cached key row (both guidance rows), … */
  readonly steps: number
  readonly layers: number
  /** Heads of an attention layer, those of both guidance rows. */
  readonly layerHeads: number
  readonly cacheWidth: number
  /** … elements of a guide row, and channels of its packed convolution contexts. */
  readonly guideWidth: number
  readonly contextChannels: number
}

/** Frames (or tokens) of left context that every convolution needs, and guidance rows per frame. */
export const CONTEXT_FRAMES = 2
export const GUIDANCE_ROWS = 2

/** `steps`: evaluations of the solver that it is run with. */
export function flowDims(hyper: FlowHyperParameters, estimator: Session, steps: number): FlowDims {
  const lastDim = (session: Session, name: string) => {
    const size = session.inputs.find((input) => input.name === name)?.dims.at(-1)
    assert(
      size !== undefined && size > 0,
      `session ${session.name}: input '${name}' has no fixed last dimension`,
    )
    return size
  }
  const stateType = estimator.inputs.find(({ name }) => name === 'context')?.dtype
  assert(stateType === 'float32' || stateType === 'float16', `a flow state of ${stateType} is not known`)
  return {
    stateType,
    vocab: hyper.vocab,
    mels: hyper.mel,
    speaker: hyper.spkDim,
    blockTokens: hyper.chunkTokens,
    lookahead: hyper.preLookahead,
    stride: hyper.upsampleStride,
    width: hyper.width,
    heads: hyper.heads,
    tokenBlocks: hyper.encoderBlocks,
    frameBlocks: hyper.upBlocks,
    steps,
    layers: estimator.inputs.filter(({ name }) => name.startsWith('keys.')).length,
    layerHeads: GUIDANCE_ROWS * hyper.estimatorHeads,
    cacheWidth: lastDim(estimator, 'keys.0'),
    guideWidth: lastDim(estimator, 'guide_conv'),
    contextChannels: lastDim(estimator, 'context'),
  }
}

/** Bytes of one element of caches, contexts and guides. */
export function elementBytes({ stateType }: FlowDims): number {
  return stateType === 'float32' ? 4 : 2
}

/** Which convolutions: the encoder's at either rate, or the estimator's at one Euler step. */
export type ContextKind = 'tokens' | 'frames' | number

/** Elements of all left contexts of an utterance. */
export function contextElements(dims: FlowDims): number {
  return contextPart(dims, dims.steps).start
}

/** Where one kind lies among them. */
export function contextPart(dims: FlowDims, of: ContextKind): { start: number; length: number } {
  const tokens = CONTEXT_FRAMES * 2 * dims.width
  const frames = CONTEXT_FRAMES * 3 * dims.mels
  if (of === 'tokens') return { start: 0, length: tokens }
  if (of === 'frames') return { start: tokens, length: frames }
  const step = CONTEXT_FRAMES * GUIDANCE_ROWS * dims.contextChannels
  return { start: tokens + frames + of * step, length: step }
}
