/** Device memory that is the host's own: a `DeviceArray` is the typed array itself, so nothing is copied that need not be. */
import assert from 'node:assert/strict'
import { BYTES_PER_ELEMENT, byteLength, type DType } from '../../core/dtype.ts'
import { forgetValues } from '../../core/native-pages.ts'
import type { SharedArray } from '../../core/shared-prompt.ts'
import type { DeviceArray, DeviceMemory, HostArray } from './runtime.ts'

type NumberArray = Exclude<HostArray, BigInt64Array>

export const HOST_MEMORY: DeviceMemory = {
  sharesWithThreads: true,
  reservesInFull: false,
  // Zeros, of which the system gives only what is written.
  alloc: (dtype, length) => arrayOver(dtype, length, ArrayBuffer),
  allocShared: (dtype, length) => arrayOver(dtype, length, SharedArrayBuffer),
  place: (values) => values as unknown as DeviceArray,
  part: (array, from, to) => onHost(array).subarray(from, to) as unknown as DeviceArray,
  copy: (pairs) => {
    for (const { from, to } of pairs) setAll(to, onHost(from))
  },
  zero: (arrays) => {
    for (const array of arrays) (onHost(array) as NumberArray).fill(0)
  },
  forget: (array) => forgetValues(onHost(array)),
  write: setAll,
  read: onHost,
  change: (array, act) => act(onHost(array)),
  share: (array) => {
    assert(onHost(array).buffer instanceof SharedArrayBuffer, 'memory that is not shared cannot be handed on')
    return array as unknown as SharedArray
  },
  adopt: (shared) => shared as unknown as DeviceArray,
}

/** The values of an array that `HOST_MEMORY` made. */
export function onHost(array: DeviceArray): HostArray {
  return array as unknown as HostArray
}

/** Bytes of a tensor; throws where its array has others, `held`, or none. */
export function checkBytes(dtype: DType, held: number, dims: readonly number[]): number {
  const bytes = byteLength(dtype, dims)
  assert(bytes > 0, `a tensor must not be empty, got dims [${dims}]`)
  assert.equal(held, bytes, `tensor [${dims}] of ${dtype} needs ${bytes} bytes, its array has ${held}`)
  return bytes
}

function setAll(to: DeviceArray, values: HostArray): void {
  const target = onHost(to)
  assert.equal(values.length, target.length, `${values.length} elements were to fill ${target.length}`)
  // Both are of one type: a float16 is copied as its bits.
  ;(target as NumberArray).set(values as NumberArray)
}

function arrayOver(
  dtype: DType,
  length: number,
  Buffer: new (bytes: number) => ArrayBufferLike,
): DeviceArray {
  return hostArray(dtype, new Buffer(length * BYTES_PER_ELEMENT[dtype])) as unknown as DeviceArray
}

/** Values over a buffer of this type; halves as bits. float64 is rounded to float32 into memory of its own. */
export function hostArray(dtype: DType, buffer: ArrayBufferLike): HostArray {
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer)
    case 'float16':
    case 'bfloat16':
    case 'int16':
      return new Uint16Array(buffer)
    case 'int8':
      return new Int8Array(buffer)
    case 'uint8':
    case 'bool':
      return new Uint8Array(buffer)
    case 'int32':
      return new Int32Array(buffer)
    case 'int64':
      return new BigInt64Array(buffer)
    case 'float64':
      return Float32Array.from(new Float64Array(buffer))
    default:
      return dtype satisfies never
  }
}
