/**
 * Convolutions over time as nodes of a graph.
 *
 * Signals are `[N, channels, 1, time]`: with a height of 1 ORT takes its blocked direct convolution on CPU. That is up
 * to three times as fast as the one for `[N, channels, time]` where channels are multiples of 16 (bench/vocoder).
 */
import type { TensorSource } from '../../core/tensor-source.ts'
import type { Value } from '../onnx/graph-builder.ts'
import { type Author, constant } from './gemm.ts'
import type { Kernel } from './kernel.ts'
import { interleaved, phasesOf } from './phases.ts'
import { inPackets, isUncut } from './steady.ts'

/** Axis of time. */
export const TIME = 3

export interface ConvOptions {
  readonly stride?: number
  readonly dilation?: number
  /** Zeros on either side. */
  readonly pad?: number
}

/** `[N, in, 1, time]` → `[N, out, 1, time']`. */
export function convolve(author: Author, x: Value, kernel: Kernel, options: ConvOptions = {}): Value {
  const [, columns, taps] = kernel.weight.shape as readonly [number, number, number]
  if (isUncut(author, columns * taps)) return convNode(author, 'Conv', x, kernel, options)
  const blocked = inPackets(author, x, kernel)
  return convNode(author, 'Conv', blocked.x, blocked.kernel, options)
}

/** The transposed convolution, kernel `[in, out, taps]`: time grows by `stride`. */
export function convolveTransposed(
  author: Author,
  x: Value,
  kernel: Kernel,
  { stride, pad }: { readonly stride: number; readonly pad: number },
): Value {
  const [columns, out, taps] = kernel.weight.shape as readonly [number, number, number]
  if (isUncut(author, columns)) return convNode(author, 'ConvTranspose', x, kernel, { stride, pad })
  const { g } = author
  const reach = Math.ceil(taps / stride)
  const phases = convolve(author, x, phasesOf(kernel, stride), { pad: reach - 1 })
  const behind = reach * stride - taps + pad
  const [from, to] = [g.int64([pad]), g.int64([behind === 0 ? Number.MAX_SAFE_INTEGER : -behind])]
  return g.op('Slice', [interleaved(g, phases, out, stride), from, to, g.int64([TIME])])
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
