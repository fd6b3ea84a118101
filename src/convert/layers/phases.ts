/** Up-sampling as a convolution at the low rate with a channel for each phase. */
import { derive, type TensorSource } from '../../core/tensor-source.ts'
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts'
import type { Kernel } from './kernel.ts'

/** `[N, channels · rate, 1, T]`, the phases of a channel side by side → `[N, channels, 1, T · rate]`. */
export function interleaved(g: GraphBuilder, phases: Value, channels: number, rate: number): Value {
  const split = g.op('Reshape', [phases, g.int64([0, channels, rate, -1])])
  return g.op('Reshape', [g.op('Transpose', [split], { perm: [0, 1, 3, 2] }), g.int64([0, channels, 1, -1])])
}

/**
 * A transposed convolution's kernel `[in, out, taps]` → `[out · stride, in, ⌈taps / stride⌉]`. Row `out · stride + phase`
 * makes the phase-th of `stride` positions, which reads a position and those before it.
 */
export function phasesOf(kernel: Kernel, stride: number): Kernel {
  const [channels, out, taps] = kernel.weight.shape as readonly [number, number, number]
  const reach = Math.ceil(taps / stride)
  const weight = derive([kernel.weight], [out * stride, channels, reach], (values) => {
    const rows = new Float32Array(out * stride * channels * reach)
    for (let o = 0; o < out; o++)
      for (let tap = 0; tap < taps; tap++) {
        const row = o * stride + (tap % stride)
        const place = reach - 1 - Math.floor(tap / stride)
        for (let c = 0; c < channels; c++)
          rows[(row * channels + c) * reach + place] = values![(c * out + o) * taps + tap]!
      }
    return rows
  })
  return { name: kernel.name, weight, bias: biasOfPhases(kernel.bias, stride) }
}

/** `[out]` → `[out · rate]`: every phase has its channel's. */
export function biasOfPhases(bias: TensorSource, rate: number): TensorSource {
  const [out] = bias.shape as readonly [number]
  return derive([bias], [out * rate], (values) =>
    Float32Array.from({ length: out * rate }, (_, i) => values![Math.floor(i / rate)]!),
  )
}
