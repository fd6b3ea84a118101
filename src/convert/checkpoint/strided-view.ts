/**
 * A tensor as a view on a flat storage: shape, strides and offset, all counted in elements.
 *
 * The numbers come from the file, so `viewFault` is asked before any of them is used.
 */
import assert from 'node:assert/strict'
import { numElements } from '../../core/dtype.ts'

export interface StridedView {
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  /** Index of the first element in the storage. */
  readonly offset: number
}

const MOST_DIMS = 16
/** A Buffer of Node 20 holds no more; the largest tensor of a 0.5 B model is 0.5 GB. */
const MOST_BYTES = 4 * 2 ** 30 - 1
/** What repeating elements (stride 0) may add to a tensor's dense size. */
const MOST_EXPANDED_BYTES = 16 * 2 ** 20

/** Why a view on a storage of `storageElements` cannot be trusted; undefined where it can. */
export function viewFault(
  view: StridedView,
  storageElements: number,
  bytesPerElement: number,
): string | undefined {
  const { shape, strides, offset } = view
  if (shape.length > MOST_DIMS) return `${shape.length} dimensions`
  if (strides.length !== shape.length) return `${strides.length} strides for ${shape.length} dimensions`
  for (const number of [...shape, ...strides, offset]) {
    if (!Number.isSafeInteger(number) || number < 0) return `size, stride or offset ${number}`
  }
  const dense = numElements(shape) * bytesPerElement
  if (!(dense <= MOST_BYTES)) return `shape [${shape}], more than ${MOST_BYTES} bytes`
  if (dense > storageElements * bytesPerElement + MOST_EXPANDED_BYTES) {
    return `shape [${shape}] expanded from ${storageElements} elements`
  }
  if (offset + spanOf(view) > storageElements) {
    return `shape [${shape}], strides [${strides}], offset ${offset}: outside ${storageElements} elements`
  }
  return undefined
}

/** Elements from the first to the last that the view touches, inclusive; 0 for an empty tensor. */
export function spanOf({ shape, strides }: StridedView): number {
  if (numElements(shape) === 0) return 0
  let span = 1
  for (const [axis, size] of shape.entries()) span += (size - 1) * strides[axis]!
  return span
}

/** Whether the view's elements lie row-major without gaps, so that its bytes are the tensor's bytes. */
export function isDense({ shape, strides }: StridedView): boolean {
  let expected = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false
    expected *= shape[axis]!
  }
  return true
}

/** Dense row-major copy; `span` holds the bytes from the view's first element to its last, byteOffset 0. */
export function densify(view: StridedView, span: Uint8Array, bytesPerElement: number): Uint8Array {
  const out = new Uint8Array(numElements(view.shape) * bytesPerElement)
  gather(view, elementsOf(span, bytesPerElement), elementsOf(out, bytesPerElement))
  return out
}

/** Whole elements are moved as integers of their size, so that no bit of a float can change. */
type Elements = Uint8Array | Uint16Array | Uint32Array | BigUint64Array

function elementsOf(bytes: Uint8Array, bytesPerElement: number): Elements {
  assert(bytes.byteOffset === 0, 'bytes of a span must lie in memory of their own')
  if (bytesPerElement === 1) return bytes
  if (bytesPerElement === 2) return new Uint16Array(bytes.buffer, 0, bytes.length / 2)
  if (bytesPerElement === 4) return new Uint32Array(bytes.buffer, 0, bytes.length / 4)
  return new BigUint64Array(bytes.buffer, 0, bytes.length / 8)
}

function gather({ shape, strides }: StridedView, from: Elements, to: Elements): void {
  if (to.length === 0) return
  const inner = shape.at(-1) ?? 1
  const innerStride = strides.at(-1) ?? 1
  const index = new Array<number>(Math.max(shape.length - 1, 0)).fill(0)
  let start = 0
  for (let row = 0; row < to.length; row += inner) {
    for (let i = 0; i < inner; i++) to[row + i] = from[start + i * innerStride]!
    // Next row: count up like an odometer, moving `start` along.
    for (let axis = index.length - 1; axis >= 0; axis--) {
      start += strides[axis]!
      if (++index[axis]! < shape[axis]!) break
      start -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
}
