/**
 * The vocoder's pitch as a graph: mel frames → F0 in Hz, one value a frame.
 *
 * Input: `mel` `[N, F, mels]`, log mel. Outputs: `f0` `[N, F]`, Hz, never negative; `merge` `[harmonics + 2]`: a
 * weight for each harmonic, the fundamental first, then the bias.
 */
import type { HiftHyperParameters } from '../../core/hyper-parameters.ts'
import { F0_KERNEL, F0_LAYERS } from '../../core/vocoder-geometry.ts'
import type { Weights } from '../checkpoint/weights.ts'
import { convolve, convolveCentred } from '../layers/convolution.ts'
import { elu } from '../layers/elu.ts'
import type { Author } from '../layers/gemm.ts'
import { endToEnd } from '../layers/gemm.ts'
import { readKernel } from '../layers/kernel.ts'
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'

export function buildF0Predictor(
  g: GraphBuilder,
  hyper: HiftHyperParameters,
  weights: Weights,
  forCards: boolean,
): void {
  const author: Author = { g, weights, dtype: 'float32' }
  const { mel: mels, f0Channels, harmonics } = hyper
  let x = melSignal(g, g.input('mel', 'float32', ['N', 'F', mels]))
  for (let i = 0; i < F0_LAYERS; i++) {
    // Every other entry of the reference's sequence is an activation.
    const key = `f0_predictor.condnet.${2 * i}`
    const kernel = readKernel(weights, key, [f0Channels, i === 0 ? mels : f0Channels, F0_KERNEL])
    x = g.scope(key, () => elu(g, convolveCentred(author, x, kernel), forCards))
  }
  outputPitch(author, x, f0Channels, harmonics)
}

/** Hidden channels `[N, C, 1, F]` → outputs `f0` and `merge`, the same in every vocoder of the reference. */
export function outputPitch(author: Author, x: Value, f0Channels: number, harmonics: number): void {
  const { g, weights } = author
  const classifier = 'f0_predictor.classifier'
  const weight = weights.take(`${classifier}.weight`, [1, f0Channels])
  const kernel = {
    name: classifier,
    weight: { ...weight, shape: [1, f0Channels, 1] },
    bias: weights.take(`${classifier}.bias`, [1]),
  }
  const f0 = g.scope(classifier, () => g.op('Abs', [convolve(author, x, kernel)]))
  g.output('f0', g.op('Squeeze', [f0, g.int64([1, 2])]), ['N', 'F'])
  const merge = weights.take('m_source.l_linear.weight', [1, harmonics + 1])
  const vector = endToEnd([{ ...merge, shape: [harmonics + 1] }, weights.take('m_source.l_linear.bias', [1])])
  g.output('merge', g.op('Identity', [g.weight('m_source.merge', vector)]), [harmonics + 2])
}

/** `[N, frames, mels]` → `[N, mels, 1, frames]`. */
export function melSignal(g: GraphBuilder, mel: Value): Value {
  return g.op('Unsqueeze', [g.op('Transpose', [mel], { perm: [0, 2, 1] }), g.int64([2])])
}
