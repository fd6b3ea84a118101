/**
 * A tensor that is known by type and shape now and read only when it is needed.
 *
 * Conversion of a large checkpoint must never hold more than a few tensors: everything between the checkpoint file and
 * the bundle file passes such sources on. Only the writer reads them, one at a time.
 */
import { type DType, fromFloat32, numElements, toFloat32 } from './dtype.ts'

export interface TensorSource {
  readonly dtype: DType
  readonly shape: readonly number[]
  /** Dense little-endian bytes, row-major. May be called more than once; never cached here. */
  read(): Promise<Uint8Array>
}

/** Values in memory as a source. */
export function sourceOf(
  values: Float32Array | Int32Array | BigInt64Array | Uint8Array,
  shape: readonly number[],
): TensorSource {
  if (numElements(shape) !== values.length) {
    throw new RangeError(`expected ${numElements(shape)} values for shape [${shape}], got ${values.length}`)
  }
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  return { dtype: dtypeOf(values), shape, read: async () => bytes }
}

/** Reads a source as float32 whatever its stored type. */
export async function readFloat32(source: TensorSource): Promise<Float32Array> {
  return toFloat32(source.dtype, await source.read())
}

/**
 * A float tensor computed from others when it is read: `compute` gets each input as float32 (it must not write into
 * them) and returns the result. For transposes, concatenations, weight-norm folding.
 */
export function derive(
  inputs: readonly TensorSource[],
  shape: readonly number[],
  compute: (...inputs: Float32Array[]) => Float32Array,
): TensorSource {
  return {
    dtype: 'float32',
    shape,
    read: async () => {
      const values: Float32Array[] = []
      for (const input of inputs) values.push(await readFloat32(input))
      const out = compute(...values)
      if (out.length !== numElements(shape)) {
        throw new RangeError(
          `derived tensor: expected ${numElements(shape)} values for shape [${shape}], got ${out.length}`,
        )
      }
      return fromFloat32('float32', out)
    },
  }
}

/** `[rows, cols]` → `[cols, rows]`; a Linear's weight as MatMul wants it. */
export function transposed(source: TensorSource): TensorSource {
  const [rows, cols] = source.shape
  if (rows === undefined || cols === undefined || source.shape.length !== 2) {
    throw new RangeError(`expected a matrix to transpose, got shape [${source.shape}]`)
  }
  return derive([source], [cols, rows], (matrix) => {
    const out = new Float32Array(matrix.length)
    for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) out[c * rows + r] = matrix[r * cols + c]!
    return out
  })
}

/** The same values in another float type. */
export function asType(source: TensorSource, dtype: 'float32' | 'float16' | 'bfloat16'): TensorSource {
  if (source.dtype === dtype) return source
  return { dtype, shape: source.shape, read: async () => fromFloat32(dtype, await readFloat32(source)) }
}

function dtypeOf(values: Float32Array | Int32Array | BigInt64Array | Uint8Array): DType {
  if (values instanceof Float32Array) return 'float32'
  if (values instanceof Int32Array) return 'int32'
  if (values instanceof BigInt64Array) return 'int64'
  return 'uint8'
}
