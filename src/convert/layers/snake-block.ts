/**
 * The residual block with snake activations that HiFi-GAN's descendants are made of.
 *
 * Source: Ziyin et al., "Neural networks fail to learn periodic functions and how to fix it" (2020).
 */
import { derive, type TensorSource } from '../../core/tensor-source.ts'
import type { Value } from '../onnx/graph-builder.ts'
import { convolveCentred } from './convolution.ts'
import { type Author, constant } from './gemm.ts'
import { type Kernel, readKernel, scaled } from './kernel.ts'
import { elementwise } from './steady.ts'

/**
 * With α nearer to zero than this a snake is the identity to float precision. Keeps 1/α finite, in half precision
 * well within its range.
 */
const SMALLEST_ALPHA = { float32: 1e-6, float16: 1e-3 } as const

/** A convolution that keeps the length; centred or causal. */
export type BlockConvolution = (x: Value, kernel: Kernel, dilation: number) => Value

/**
 * Pairs of a dilated and a plain convolution, each behind a snake, each pair added to its input: `[N, C, 1, time]`.
 *
 * A snake of u = αx is (u + sin²u)/α. So 1/α goes into the kernel behind it; α goes into the kernel in front where
 * nothing else reads that one's output, else it is a multiplication.
 */
export function snakeBlock(
  author: Author,
  x: Value,
  key: string,
  kernel: number,
  dilations: readonly number[],
  conv: BlockConvolution = (signal, layer, dilation) => convolveCentred(author, signal, layer, dilation),
): Value {
  const { g, weights } = author
  return g.scope(key, () => {
    let out = x
    for (const [i, dilation] of dilations.entries()) {
      const name = (layer: string) => `${key}.${layer}.${i}`
      const alpha = (layer: string): TensorSource =>
        awayFromZero(author, weights.take(`${name(layer)}.alpha`, [null]))
      const first = alpha('activations1')
      const second = alpha('activations2')
      const channels = first.shape[0]!
      const shape = [channels, channels, kernel] as const
      const wide: TensorSource = { ...first, shape: [channels, 1, 1] }
      const u = g.op('Mul', [out, constant(author, `${name('activations1')}.alpha`, wide)])
      const dilated = scaled(readKernel(weights, name('convs1'), shape), {
        rows: second,
        columns: inverse(first),
        bias: second,
      })
      const v = conv(plusSquaredSine(author, u, channels), dilated, dilation)
      const plain = scaled(readKernel(weights, name('convs2'), shape), { columns: inverse(second) })
      out = g.op('Add', [out, conv(plusSquaredSine(author, v, channels), plain, 1)])
    }
    return out
  })
}

/** u + sin²u. */
function plusSquaredSine(author: Author, u: Value, channels: number): Value {
  const { g } = author
  const [sine] = elementwise(author, u, channels, (x) => [g.op('Sin', [x])]) as [Value]
  return g.op('Add', [u, g.op('Mul', [sine, sine])])
}

function awayFromZero(author: Author, alpha: TensorSource): TensorSource {
  const smallest = SMALLEST_ALPHA[author.dtype]
  return derive([alpha], alpha.shape, (values) =>
    values!.map((value) => (Math.abs(value) >= smallest ? value : value < 0 ? -smallest : smallest)),
  )
}

function inverse(vector: TensorSource): TensorSource {
  return derive([vector], vector.shape, (values) => values!.map((value) => 1 / value))
}
