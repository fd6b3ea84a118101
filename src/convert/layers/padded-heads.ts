/**
 * Attention heads brought to a size that the runtime's kernels take, by zeros that change nothing.
 *
 * GroupQueryAttention takes heads of a multiple of 16 only; a head of D in one of W > D is `[first half, zeros,
 * second half, zeros]`, because rotation pairs i with i + W/2.
 */
import { derive, type TensorSource } from '../../core/tensor-source.ts'

const HEAD_STEP = 16

export interface HeadSize {
  /** Elements of a head as the checkpoint has it; even. */
  readonly stored: number
  /** Elements with zeros. */
  readonly padded: number
}

export function headSize(stored: number): HeadSize {
  return { stored, padded: Math.ceil(stored / HEAD_STEP) * HEAD_STEP }
}

/** `[heads · stored, …]` → `[heads · padded, …]`: of projections into heads and their biases. */
export function padHeadRows(source: TensorSource, size: HeadSize): TensorSource {
  if (size.stored === size.padded) return source
  const [rows, ...tail] = source.shape as [number, ...number[]]
  const width = tail.reduce((product, dim) => product * dim, 1)
  const shape = [paddedLength(rows, size), ...tail]
  return derive([source], shape, (values) => {
    const out = new Float32Array(shape[0]! * width)
    for (let row = 0; row < rows; row++)
      out.set(values!.subarray(row * width, (row + 1) * width), paddedIndex(row, size) * width)
    return out
  })
}

/** `[out, heads · stored]` → `[out, heads · padded]`: of the projection out of heads. */
export function padHeadColumns(source: TensorSource, size: HeadSize): TensorSource {
  if (size.stored === size.padded) return source
  const [rows, columns] = source.shape as [number, number]
  const width = paddedLength(columns, size)
  return derive([source], [rows, width], (values) => {
    const out = new Float32Array(rows * width)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        out[row * width + paddedIndex(column, size)] = values![row * columns + column]!
    return out
  })
}

function paddedLength(length: number, { stored, padded }: HeadSize): number {
  return (length / stored) * padded
}

/** Where an element of all heads lies once they are padded. */
function paddedIndex(index: number, { stored, padded }: HeadSize): number {
  const head = Math.floor(index / stored)
  const within = index % stored
  const half = stored / 2
  return head * padded + (within < half ? within : padded / 2 + within - half)
}
