/** The vocoder as files of a bundle: F0 from mel, and samples from mel and source, over one weight file. */
import { join } from 'node:path'
import type { HiftHyperParameters } from '../../core/hyper-parameters.ts'
import type { Weights } from '../checkpoint/weights.ts'
import type { FloatType } from '../layers/gemm.ts'
import { GraphBuilder } from '../onnx/graph-builder.ts'
import { WeightFile } from '../onnx/weight-file.ts'
import { buildF0Predictor } from './hift-f0.ts'
import { buildGenerator } from './hift-generator.ts'

export interface HiftOptions {
  /** Of the generator; F0 is always float32, since phases add its errors up. */
  readonly dtype?: FloatType
}

export interface HiftBuild {
  readonly graphs: readonly { readonly path: string; readonly graph: GraphBuilder }[]
  /** Written once, when all graphs have planned their weights. */
  readonly weights: WeightFile
}

/** Plans the vocoder's files in `folder`; nothing is read or written yet. Throws BAD_CHECKPOINT. */
export function buildHift(
  hyper: HiftHyperParameters,
  weights: Weights,
  folder: string,
  options: HiftOptions = {},
): HiftBuild {
  const file = new WeightFile(join(folder, 'hift.data'))
  const f0 = new GraphBuilder('hift-f0', file)
  const generator = new GraphBuilder('hift-generator', file)
  const { dtype = 'float32' } = options
  buildF0Predictor(f0, hyper, weights, dtype === 'float16')
  buildGenerator(generator, hyper, weights, dtype)
  return {
    graphs: [f0, generator].map((graph) => ({ path: join(folder, `${graph.name}.onnx`), graph })),
    weights: file,
  }
}
