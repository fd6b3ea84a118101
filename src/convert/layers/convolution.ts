/**
 * Convolutions over time: their weights as a checkpoint keeps them (plain or weight-normed) and as nodes of a graph.
 *
 * Signals are `[N, channels, 1, time]`: with a height of 1 ORT takes its blocked direct convolution on CPU. That is up
 * to three times as fast as the one for `[N, channels, time]` where channels are multiples of 16 (bench/vocoder).
 */
import { derive, type TensorSource } from '../../core/tensor-source.ts'
import type { Weights } from '../checkpoint/weights.ts'
import type { Value } from '../onnx/graph-builder.ts'
import { type Author, constant } from './gemm.ts'

/** Axis of time. */
export const TIME = 3

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

export interface ConvOptions {
  readonly stride?: number
  readonly dilation?: number
  /** Zeros on either side. */
  readonly pad?: number
}

/** `[N, in, 1, time]` → `[N, out, 1, time']`. */
export function convolve(author: Author, x: Value, kernel: Kernel, options: ConvOptions = {}): Value {
  return convNode(author, 'Conv', x, kernel, options)
}

/** The transposed convolution, kernel `[in, out, taps]`: time grows by `stride`. */
export function convolveTransposed(author: Author, x: Value, kernel: Kernel, options: ConvOptions): Value {
  return convNode(author, 'ConvTranspose', x, kernel, options)
}

/** A convolution that keeps the length: zeros on both sides. */
export function convolveCentred(author: Author, x: Value, kernel: Kernel, dilation = 1): Value {
  const taps = kernel.weight.shape[2]!
  return convolve(author, x, kernel, { dilation, pad: (dilation * (taps - 1)) / 2 })
}

function convNode(
  author: Author,
  type: 'Conv' | 'ConvTranspose',
  x: Value,
  kernel: Kernel,
  { stride = 1, dilation = 1, pad = 0 }: ConvOptions,
): Value {
  const { weight, bias, name } = kernel
  const [rows, columns, taps] = weight.shape as readonly [number, number, number]
  const flat: TensorSource = { ...weight, shape: [rows, columns, 1, taps] }
  return author.g.op(
    type,
    [x, constant(author, `${name}.kernel`, flat), constant(author, `${name}.bias`, bias)],
    {
      kernel_shape: [1, taps],
      strides: [1, stride],
      dilations: [1, dilation],
      pads: [0, pad, 0, pad],
    },
  )
}
