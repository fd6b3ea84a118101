/** The flow as files of a bundle: graphs over one weight file. */
import { join } from 'node:path'
import type { BundleManifest } from '../../core/bundle.ts'
import type { FlowHyperParameters } from '../../core/hyper-parameters.ts'
import { floatTypeOf, type WeightSet } from '../../core/weight-set.ts'
import type { Weights } from '../checkpoint/weights.ts'
import type { FloatType, Products } from '../layers/gemm.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import { WeightFile } from '../onnx/weight-file.ts'
import { buildDistanceTables } from './flow-distances.ts'
import { buildEncoder } from './flow-encoder.ts'
import { buildEstimatorStep } from './flow-estimator.ts'

/** The estimator for cards where utterances do not share runs; it has the other one's weights. */
export const ALONE = 'flow-estimator-alone'

export interface FlowOptions {
  readonly dtype?: FloatType
  /** Of the estimator; `float` where not given. */
  readonly products?: Products
  /** `flowSolvers` of the model where not given. */
  readonly solvers?: readonly string[]
  /** Graphs with mask inputs, for solving a whole utterance in blocks at once (tests, measurements). */
  readonly masked?: boolean
}

export interface FlowBuild {
  readonly graphs: readonly { readonly path: string; readonly graph: GraphBuilder }[]
  /** Written once, when all graphs have planned their weights. */
  readonly weights: WeightFile
}

/** Solvers that a bundle can be run with: the reference's first. */
export function flowSolvers({ eulerSteps }: Pick<FlowHyperParameters, 'eulerSteps'>): string[] {
  return [`euler${eulerSteps}`, '2m-10', '2m-8', '2m-7', '2m-6']
}

/** What the manifest says of a flow's graphs. */
export function flowFacts(
  hyper: Pick<FlowHyperParameters, 'eulerSteps'>,
  { solver }: WeightSet,
): BundleManifest['flowGraph'] {
  return { solvers: flowSolvers(hyper), ...(solver === undefined ? {} : { solver }) }
}

/** Types of a flow's graphs. */
export function flowTypes({ estimator, rest }: WeightSet): { dtype: FloatType; products: Products } {
  return { dtype: floatTypeOf(rest), products: estimator === 'int8' ? 'int8' : 'float' }
}

/** Plans the flow's files in `folder`; nothing is read or written yet. Throws BAD_CHECKPOINT. */
export function buildFlow(
  hyper: FlowHyperParameters,
  weights: Weights,
  folder: string,
  options: FlowOptions = {},
): FlowBuild {
  const { dtype = 'float32', products = 'float', masked = false, solvers = flowSolvers(hyper) } = options
  const file = new WeightFile(join(folder, 'flow.data'))
  const encoder = new GraphBuilder('flow-encoder', file)
  const estimator = new GraphBuilder('flow-estimator', file)
  const distances = new GraphBuilder('flow-distances', file)
  buildEncoder(encoder, hyper, weights, { dtype, masked })
  buildEstimatorStep(estimator, hyper, weights, { dtype, products, masked, solvers })
  buildDistanceTables(distances, hyper, weights, dtype)
  const graphs = [encoder, estimator, distances]
  if (dtype === 'float16' && !masked) {
    const alone = new GraphBuilder(ALONE, file)
    buildEstimatorStep(alone, hyper, weights, { dtype, products, solvers, alone: true })
    graphs.push(alone)
  }
  return {
    graphs: graphs.map((graph) => ({
      path: join(folder, `${graph.name}.onnx`),
      graph,
    })),
    weights: file,
  }
}
