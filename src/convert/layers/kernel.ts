/** A convolution's weights as a checkpoint keeps them, plain or weight-normed. */
import { derive, type TensorSource } from '../../core/tensor-source.ts'
import type { Weights } from '../checkpoint/weights.ts'

/** A convolution's kernel `[rows, columns, taps]` (`[out, in, taps]`, transposed ones `[in, out, taps]`) and bias. */
export interface Kernel {
  readonly name: string
  readonly weight: TensorSource
  readonly bias: TensorSource
}

/** Whole-number gains are a special case: one gain for all, or one per row, column or bias entry. */
export type Gain = number | TensorSource

/**
 * The kernel under `key`, weight norm resolved: gain · direction / ‖direction‖, the norm taken over all but the first
 * axis. Saved as `parametrizations.weight.original0/1` (PyTorch 2), `weight_g`/`weight_v` (before) or `weight` (folded).
 */
export function readKernel(
  weights: Weights,
  key: string,
  shape: readonly [number | null, number | null, number | null],
  biasLength?: number,
): Kernel {
  const names = [
    ['parametrizations.weight.original0', 'parametrizations.weight.original1'],
    ['weight_g', 'weight_v'],
  ].find(([gain]) => weights.has(`${key}.${gain}`))
  const weight =
    names === undefined
      ? weights.take(`${key}.weight`, shape)
      : unitRows(
          weights.take(`${key}.${names[1]}`, shape),
          weights.take(`${key}.${names[0]}`, [weights.dim(`${key}.${names[1]}`, 0), 1, 1]),
        )
  return {
    name: key,
    weight,
    bias: weights.take(`${key}.bias`, [biasLength ?? weight.shape[0]!]),
  }
}

/** Each row of `direction` brought to length `gain`. */
function unitRows(direction: TensorSource, gain: TensorSource): TensorSource {
  return derive([direction, gain], direction.shape, (values, gains) => {
    const length = values!.length / gains!.length
    const out = new Float32Array(values!.length)
    for (const [row, wanted] of gains!.entries()) {
      const from = row * length
      let squares = 0
      for (let i = from; i < from + length; i++) squares += values![i]! ** 2
      const scale = wanted / Math.sqrt(squares)
      for (let i = from; i < from + length; i++) out[i] = values![i]! * scale
    }
    return out
  })
}

/** The kernel with its rows, columns and bias multiplied by gains. */
export function scaled(
  kernel: Kernel,
  gains: { readonly rows?: Gain; readonly columns?: Gain; readonly bias?: Gain },
): Kernel {
  const { rows = 1, columns = 1, bias = 1 } = gains
  const [, width, taps] = kernel.weight.shape as readonly [number, number, number]
  const inputs = [kernel.weight, ...[rows, columns].filter((gain) => typeof gain !== 'number')]
  const weight = derive(inputs, kernel.weight.shape, (values, ...vectors) => {
    const rowGain = typeof rows === 'number' ? () => rows : lookUp(vectors.shift()!)
    const columnGain = typeof columns === 'number' ? () => columns : lookUp(vectors.shift()!)
    return values!.map(
      (value, i) =>
        value * rowGain(Math.floor(i / (width * taps))) * columnGain(Math.floor(i / taps) % width),
    )
  })
  const biasInputs = typeof bias === 'number' ? [kernel.bias] : [kernel.bias, bias]
  const scaledBias = derive(biasInputs, kernel.bias.shape, (values, vector) => {
    const gain = typeof bias === 'number' ? () => bias : lookUp(vector!)
    return values!.map((value, i) => value * gain(i))
  })
  return { name: kernel.name, weight, bias: scaledBias }
}

const lookUp = (vector: Float32Array) => (i: number) => vector[i]!
