/** Types and shapes as ONNX Runtime tells them, and outputs that it allocated copied into memory of ours. */
import assert from 'node:assert/strict'
import { BYTES_PER_ELEMENT, type DType, numElements } from '../../core/dtype.ts'
import { hostArray } from './host-memory.ts'
import { copyBytes, type OrtApi, type Pointer, pinned, readString } from './ort-api.ts'
import type { HostTensor, TensorInfo } from './runtime.ts'

/** ONNX's numbers for element types, in both directions. */
export const ELEMENT_TYPE: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
}
const DTYPE_OF = new Map(Object.entries(ELEMENT_TYPE).map(([dtype, code]) => [code, dtype as DType]))

/** Names, types and shapes of a session's inputs or outputs. */
export function describeTensors(api: OrtApi, session: Pointer, side: 'Input' | 'Output'): TensorInfo[] {
  const allocator = api.create('GetAllocatorWithDefaultOptions', 'ORT allocator')
  const count = Number(api.create(`SessionGet${side}Count`, 'describe session', session))
  return Array.from({ length: count }, (_, i) => {
    const text = api.create(`SessionGet${side}Name`, 'describe session', session, i, allocator)
    const name = readString(text)
    api.call('AllocatorFree', 'describe session', allocator, text)
    const type = api.create(`SessionGet${side}TypeInfo`, 'describe session', session, i)
    try {
      // The tensor info lies inside the type info and must not be released by itself.
      return { name, ...readShape(api, api.create('CastTypeInfoToTensorInfo', name, type)) }
    } finally {
      api.call('ReleaseTypeInfo', 'describe session', type)
    }
  })
}

function readShape(api: OrtApi, info: Pointer): { dtype: DType; dims: number[] } {
  // The element type is a C enum: four bytes, of which the upper half of the slot stays zero.
  const code = Number(api.create('GetTensorElementType', 'tensor type', info) & 0xffffffffn)
  const dtype = DTYPE_OF.get(code)
  assert(dtype !== undefined, `tensor element type ${code} is not one we use`)
  const rank = Number(api.create('GetDimensionsCount', 'tensor rank', info))
  const dims = pinned(rank)
  api.call('GetDimensions', 'tensor dims', info, dims, rank)
  return { dtype, dims: Array.from(dims, (dim) => Number(BigInt.asIntN(64, dim))) }
}

/** Copies an output that ORT allocated into memory of ours. */
export function copyOut(api: OrtApi, value: Pointer, name: string): HostTensor {
  const info = api.create('GetTensorTypeAndShape', name, value)
  try {
    const { dtype, dims } = readShape(api, info)
    const count = numElements(dims)
    const bytes = count * BYTES_PER_ELEMENT[dtype]
    const buffer =
      count === 0 ? new ArrayBuffer(0) : copyBytes(api.create('GetTensorMutableData', name, value), bytes)
    return { dtype, dims, data: hostArray(dtype, buffer) }
  } finally {
    api.call('ReleaseTensorTypeAndShapeInfo', name, info)
  }
}
