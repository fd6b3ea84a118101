/**
 * Nearest-neighbour up-sampling and a causal convolution of it as one convolution at the low rate.
 *
 * The taps that fall on the same repeated position are summed, one set for each phase. A kernel of 16 taps at rate 8
 * becomes one of 3 taps for each of the 8 phases.
 */
import type { Kernel } from '../../convert/layers/kernel.ts'
import { biasOfPhases } from '../../convert/layers/phases.ts'
import { derive } from '../../core/tensor-source.ts'

/** Low-rate positions before the newest that a convolution of `taps` taps over `rate`-fold repeats reads. */
export function contextColumns(rate: number, taps: number): number {
  return Math.ceil((taps - 1) / rate)
}

/** `[out, in, taps]` → `[out · rate, in, columns + 1]`; row `out · rate + phase` makes the phase-th of `rate` positions. */
export function foldedUpsampling(kernel: Kernel, rate: number): Kernel {
  const [out, channels, taps] = kernel.weight.shape as readonly [number, number, number]
  const columns = contextColumns(rate, taps)
  const width = columns + 1
  const weight = derive([kernel.weight], [out * rate, channels, width], (values) => {
    const folded = new Float32Array(out * rate * channels * width)
    for (let o = 0; o < out; o++)
      for (let phase = 0; phase < rate; phase++)
        for (let c = 0; c < channels; c++)
          for (let tap = 0; tap < taps; tap++) {
            // Tap `taps − 1` reads the position itself, earlier ones those before it.
            const column = Math.floor((phase - (taps - 1 - tap)) / rate) + columns
            folded[((o * rate + phase) * channels + c) * width + column]! +=
              values![(o * channels + c) * taps + tap]!
          }
    return folded
  })
  return { name: kernel.name, weight, bias: biasOfPhases(kernel.bias, rate) }
}
