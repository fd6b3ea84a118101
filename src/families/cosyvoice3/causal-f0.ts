/**
 * The causal vocoder's pitch as a graph: new mel frames and their look-ahead → F0 in Hz, one value a frame.
 *
 * The reference computes this in float64; float32 moves F0 by 7e-4 Hz, which the phases then add up.
 *
 * Inputs: `mel` `[N, F + look-ahead, mels]`, log mel, zeros behind the end of speech; `context.f0` `[N, C, 1, 8]`.
 * Outputs: `f0` `[N, F]`, Hz, never negative; `merge` `[harmonics + 2]`: a weight for each harmonic, the fundamental
 * first, then the bias; `context_next.f0`.
 */
import type { Weights } from '../../convert/checkpoint/weights.ts'
import { convolve } from '../../convert/layers/convolution.ts'
import { elu } from '../../convert/layers/elu.ts'
import type { Author } from '../../convert/layers/gemm.ts'
import { readKernel } from '../../convert/layers/kernel.ts'
import { melSignal, outputPitch } from '../../convert/models/hift-f0.ts'
import type { GraphBuilder } from '../../convert/onnx/graph-builder.ts'
import type { CausalHiftParameters } from '../../core/hyper-parameters.ts'
import { LeftContexts } from './left-contexts.ts'

/** Layers of the predictor; those behind the first see two frames back. */
export const F0_LAYERS = 5
export const F0_KERNEL = 3

export function buildCausalF0(
  g: GraphBuilder,
  hyper: CausalHiftParameters,
  weights: Weights,
  forCards: boolean,
): void {
  const author: Author = { g, weights, dtype: 'float32' }
  const { mel: mels, f0Channels, f0LookRight, harmonics } = hyper
  const lengths = Array<number>(F0_LAYERS - 1).fill(F0_KERNEL - 1)
  const contexts = new LeftContexts(author, 'f0', f0Channels, lengths, { replayed: forCards })
  let x = melSignal(g, g.input('mel', 'float32', ['N', 'A', mels]))
  for (let i = 0; i < F0_LAYERS; i++) {
    // Every other entry of the reference's sequence is an activation.
    const key = `f0_predictor.condnet.${2 * i}`
    const taps = i === 0 ? f0LookRight + 1 : F0_KERNEL
    const kernel = readKernel(weights, key, [f0Channels, i === 0 ? mels : f0Channels, taps])
    x = g.scope(key, () =>
      elu(g, i === 0 ? convolve(author, x, kernel) : contexts.convolve(x, kernel), forCards),
    )
  }
  contexts.finish()
  outputPitch(author, x, f0Channels, harmonics)
}
