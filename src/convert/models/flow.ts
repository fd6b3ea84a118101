/**
 * The flow as files of a bundle: three graphs over one weight file.
 *
 * Knows: which graphs there are and what they are called. Does not know: how a bundle is put together.
 */
import { join } from 'node:path'
import type { FlowHyperParameters } from '../../core/hyper-parameters.ts'
import type { Weights } from '../checkpoint/weights.ts'
import type { FloatType } from '../layers/gemm.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import { WeightFile } from '../onnx/weight-file.ts'
import { buildDistanceTables } from './flow-distances.ts'
import { buildEncoder } from './flow-encoder.ts'
import { buildEstimatorStep, type EstimatorFacts } from './flow-estimator.ts'

/** Euler steps of the reference. Distilled checkpoints may do with fewer. */
export const EULER_STEPS = 10

export interface FlowOptions {
  readonly dtype?: FloatType
  readonly steps?: number
  /** Graphs with mask inputs, for solving a whole utterance in blocks at once (tests, measurements). */
  readonly masked?: boolean
}

export interface FlowFacts extends EstimatorFacts {
  readonly steps: number
}

export interface FlowGraphs {
  /** By file name; each is saved by itself. */
  readonly graphs: ReadonlyMap<string, GraphBuilder>
  /** Written once, after all graphs have planned their weights. */
  readonly weightFile: WeightFile
  readonly facts: FlowFacts
}

export const FLOW_FILES = {
  encoder: 'flow-encoder.onnx',
  estimator: 'flow-estimator.onnx',
  distances: 'flow-distances.onnx',
  weights: 'flow.weights',
} as const

/** Builds the flow of a checkpoint (`flow.pt`'s tensors) for `folder`. Throws BAD_CHECKPOINT. */
export function buildFlow(
  hyper: FlowHyperParameters,
  weights: Weights,
  folder: string,
  options: FlowOptions = {},
): FlowGraphs {
  const { dtype = 'float32', steps = EULER_STEPS, masked = false } = options
  const weightFile = new WeightFile(join(folder, FLOW_FILES.weights))
  const encoder = new GraphBuilder('flow-encoder', weightFile)
  const estimator = new GraphBuilder('flow-estimator', weightFile)
  const distances = new GraphBuilder('flow-distances', weightFile)
  buildEncoder(encoder, hyper, weights, { dtype, masked })
  const facts = buildEstimatorStep(estimator, hyper, weights, { dtype, steps, masked })
  buildDistanceTables(distances, hyper, weights, dtype)
  return {
    graphs: new Map([
      [FLOW_FILES.encoder, encoder],
      [FLOW_FILES.estimator, estimator],
      [FLOW_FILES.distances, distances],
    ]),
    weightFile,
    facts: { ...facts, steps },
  }
}
