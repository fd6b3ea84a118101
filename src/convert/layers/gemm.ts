/** Dense layers over rows: `[rows, in] × [in, out] + bias`, and the matrices they take. */
import { asType, derive, sourceOf, type TensorSource, transposed } from '../../core/tensor-source.ts'
import type { Weights } from '../checkpoint/weights.ts'
import { dataTypeOf, type GraphBuilder, type Value } from '../onnx/graph-builder.ts'
import { dynamicProduct } from './dynamic-product.ts'

/** Float type of a graph's weights and activations. */
export type FloatType = 'float32' | 'float16'

/** How dense layers multiply: in the graph's float type, or in int8 with scales made run by run. */
export type Products = 'float' | 'int8'

/** What every layer needs to add itself to a graph. */
export interface Author {
  readonly g: GraphBuilder
  readonly weights: Weights
  readonly dtype: FloatType
  /** `float` where left out; `int8` is for graphs in single precision. */
  readonly products?: Products
}

/** Whether operators are chosen by how many kernels a card starts for them; a CPU computes those in more time. */
export function isForCards({ dtype }: Author): boolean {
  return dtype === 'float16'
}

/** The same author for a layer that is multiplied in float whatever the others are. */
export function exact(author: Author): Author {
  return { ...author, products: 'float' }
}

/** A tensor computed from the checkpoint, in the graph's float type. */
export function constant(author: Author, name: string, source: TensorSource): Value {
  return author.g.weight(name, asType(source, author.dtype))
}

/** A number in the graph's float type. */
export function scalar(author: Author, value: number): Value {
  const { g, dtype } = author
  if (dtype === 'float32') return g.float32(value)
  return constant(author, `scalar ${value}`, sourceOf(Float32Array.of(value), []))
}

/** A single-precision value in the graph's float type. */
export function toGraphType({ g, dtype }: Author, x: Value): Value {
  return x.dtype === dtype ? x : g.op('Cast', [x], { to: dataTypeOf(dtype) }, { dtype })
}

/** A value in single precision. */
export function toFloat32({ g }: Author, x: Value): Value {
  return x.dtype === 'float32' ? x : g.op('Cast', [x], { to: dataTypeOf('float32') }, { dtype: 'float32' })
}

/** `x` `[rows, in]` · matrix `[in, out]` (+ bias `[out]`) → `[rows, out]`. */
export function gemm(
  author: Author,
  x: Value,
  name: string,
  matrix: TensorSource,
  bias?: TensorSource,
): Value {
  const added = bias === undefined ? undefined : constant(author, `${name}.bias`, bias)
  if (author.products === 'int8') return dynamicProduct(author.g, x, name, matrix, added)
  const inputs = [x, constant(author, `${name}.matrix`, matrix)]
  return added === undefined ? author.g.op('MatMul', inputs) : author.g.op('Gemm', [...inputs, added])
}

/** A Linear layer of the checkpoint (`key.weight` `[out, in]`, `key.bias`) on rows. */
export function linear(author: Author, x: Value, key: string): Value {
  const out = author.weights.dim(`${key}.weight`, 0)
  const bias = author.weights.has(`${key}.bias`) ? author.weights.take(`${key}.bias`, [out]) : undefined
  return gemm(author, x, key, linearMatrix(author.weights, key), bias)
}

/** `key.weight` `[out, in]` of a Linear as `[in, out]`. */
export function linearMatrix(weights: Weights, key: string): TensorSource {
  return transposed(weights.take(`${key}.weight`, [null, null]))
}

/** Matrices `[in, out_i]` side by side: `[in, Σ out_i]`. */
export function sideBySide(matrices: readonly TensorSource[]): TensorSource {
  const rows = matrices[0]!.shape[0]!
  const widths = matrices.map(({ shape }) => shape[1]!)
  const width = widths.reduce((sum, one) => sum + one, 0)
  return derive(matrices, [rows, width], (...parts) => {
    const out = new Float32Array(rows * width)
    let at = 0
    for (const [i, part] of parts.entries()) {
      const columns = widths[i]!
      for (let row = 0; row < rows; row++) {
        out.set(part.subarray(row * columns, (row + 1) * columns), row * width + at)
      }
      at += columns
    }
    return out
  })
}

/** Vectors one after the other. */
export function endToEnd(vectors: readonly TensorSource[]): TensorSource {
  const length = vectors.reduce((sum, { shape }) => sum + shape[0]!, 0)
  return derive(vectors, [length], (...parts) => {
    const out = new Float32Array(length)
    let at = 0
    for (const part of parts) {
      out.set(part, at)
      at += part.length
    }
    return out
  })
}

/**
 * `key.weight` `[out, in, taps]` of a Conv1d as a GEMM matrix `[taps · channels, out]` for windows whose rows hold
 * the taps in time order. `from` and `to` choose input channels.
 */
export function convMatrix(weights: Weights, key: string, from = 0, to?: number): TensorSource {
  const source = weights.take(`${key}.weight`, [null, null, null])
  const [out, channels, taps] = source.shape as [number, number, number]
  const end = to ?? channels
  const width = end - from
  return derive([source], [taps * width, out], (kernel) => {
    const matrix = new Float32Array(taps * width * out)
    for (let o = 0; o < out; o++)
      for (let c = from; c < end; c++)
        for (let tap = 0; tap < taps; tap++)
          matrix[(tap * width + c - from) * out + o] = kernel[(o * channels + c) * taps + tap]!
    return matrix
  })
}
