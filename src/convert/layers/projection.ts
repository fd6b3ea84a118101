/**
 * A dense layer in the weight format that a bundle asks for: fp32 or fp16 `MatMul`, int8 or int4 `MatMulNBits`.
 *
 * Block-wise: each run of `block` weights along the input has its own scale; a weight is (q − 2^(bits−1)) · scale.
 */
import { asType, derive, readFloat32, type TensorSource, transposed } from '../../core/tensor-source.ts'
import type { WeightSet } from '../../core/weight-set.ts'
import { CONTRIB, type GraphBuilder, type Value } from '../onnx/graph-builder.ts'

export type WeightFormat = WeightSet['llm']

/**
 * Weights of a scale, largest first. Larger blocks are up to a tenth faster. CPU kernels (AVX-512 VNNI) then sum up a
 * single row in another order than rows of a batch. What a request says would depend on its company.
 */
const BLOCK_SIZES = { int8: [64, 32, 16], int4: [32, 16] } as const
/** 4 = activations in int8 too: 2.4–3.5 times as fast as fp32 activations. */
const ACCURACY_LEVEL = 4

/** Weights `[out, in]` on `x` `[…, in]` → `[…, out]`, plus a bias `[out]`. */
export function projection(
  g: GraphBuilder,
  format: WeightFormat,
  x: Value,
  name: string,
  weight: TensorSource,
  bias?: TensorSource,
): Value {
  const [out, width] = weight.shape as [number, number]
  const block =
    format === 'int8' || format === 'int4'
      ? BLOCK_SIZES[format].find((size) => width % size === 0)
      : undefined
  // A matrix whose rows no block divides stays as it is: only toy models have one.
  if (block === undefined) return plain(g, format === 'fp16' ? 'float16' : 'float32', x, name, weight, bias)
  const bits = format === 'int8' ? 8 : 4
  const values = quantised(weight, bits, block)
  const inputs = [x, g.weight(`${name}.q${bits}`, values.packed), g.weight(`${name}.scales`, values.scales)]
  const attributes = { K: width, N: out, bits, block_size: block, accuracy_level: ACCURACY_LEVEL }
  if (bias === undefined) return g.op('MatMulNBits', inputs, attributes, { domain: CONTRIB })
  const biasValue = g.weight(`${name}.bias`, asType(bias, 'float32'))
  return g.op('MatMulNBits', [...inputs, null, null, biasValue], attributes, { domain: CONTRIB })
}

function plain(
  g: GraphBuilder,
  dtype: 'float32' | 'float16',
  x: Value,
  name: string,
  weight: TensorSource,
  bias?: TensorSource,
): Value {
  const product = g.op('MatMul', [x, g.weight(`${name}.matrix`, asType(transposed(weight), dtype))])
  return bias === undefined ? product : g.op('Add', [product, g.weight(`${name}.bias`, asType(bias, dtype))])
}

/** Weights `[out_i, in]` of layers that read the same input, as one `[Σ out_i, in]`. */
export function stacked(sources: readonly TensorSource[]): TensorSource {
  const tail = sources[0]!.shape.slice(1)
  const rows = sources.reduce((sum, { shape }) => sum + shape[0]!, 0)
  return derive(sources, [rows, ...tail], (...parts) => {
    const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const part of parts) {
      out.set(part, at)
      at += part.length
    }
    return out
  })
}

/**
 * Symmetric block-wise quantisation of `[out, in]`: packed `[out, in / block, block · bits / 8]` (int4: low nibble
 * first) and scales `[out, in / block]`. The zero point is the middle, which ORT assumes when none is given.
 */
export function quantised(weight: TensorSource, bits: 8 | 4, block: number) {
  const [out, width] = weight.shape as [number, number]
  const blocks = width / block
  const middle = 2 ** (bits - 1)
  const scaleOf = (values: Float32Array, start: number) => {
    let extreme = 0
    for (let i = start; i < start + block; i++)
      if (Math.abs(values[i]!) > Math.abs(extreme)) extreme = values[i]!
    // The extreme maps to −middle exactly: one level more than the positive side has.
    return extreme / -middle
  }
  const packed: TensorSource = {
    dtype: 'uint8',
    shape: [out, blocks, (block * bits) / 8],
    read: async () => {
      const values = await readFloat32(weight)
      const levels = new Uint8Array(values.length)
      for (let start = 0; start < values.length; start += block) {
        const scale = scaleOf(values, start)
        for (let i = start; i < start + block; i++) {
          const level = scale === 0 ? middle : Math.round(values[i]! / scale) + middle
          levels[i] = Math.min(2 * middle - 1, Math.max(0, level))
        }
      }
      if (bits === 8) return levels
      const nibbles = new Uint8Array(levels.length / 2)
      for (let i = 0; i < nibbles.length; i++) nibbles[i] = levels[2 * i]! | (levels[2 * i + 1]! << 4)
      return nibbles
    },
  }
  const scales = derive([weight], [out, blocks], (values) => {
    const scale = new Float32Array(out * blocks)
    for (let i = 0; i < scale.length; i++) scale[i] = scaleOf(values, i * block)
    return scale
  })
  return { packed, scales }
}
