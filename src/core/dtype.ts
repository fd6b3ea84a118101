/** Element types of tensors and conversion between them. */

export type DType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'bool'

/** Bytes of one element. */
export const BYTES_PER_ELEMENT: Readonly<Record<DType, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int8: 1,
  uint8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
}

/** Number of elements of a shape; 1 for a scalar. */
export function numElements(shape: readonly number[]): number {
  let count = 1
  for (const dim of shape) count *= dim
  return count
}

/** Bytes that a dense tensor of this type and shape takes. */
export function byteLength(dtype: DType, shape: readonly number[]): number {
  return numElements(shape) * BYTES_PER_ELEMENT[dtype]
}

const scratch = new DataView(new ArrayBuffer(4))

/** Bits of an IEEE half → number. Exact. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** Number → bits of the nearest IEEE half, ties to even; beyond 65504 becomes infinity. */
export function floatToHalf(value: number): number {
  scratch.setFloat32(0, value)
  const bits = scratch.getUint32(0)
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00
  if (magnitude >= 0x477ff000) return sign | 0x7c00
  if (magnitude < 0x38800000) {
    // Subnormal half: the value is a multiple of 2^-24; adding 0.5 lets the FPU round to even for us.
    scratch.setUint32(0, magnitude)
    scratch.setFloat32(0, scratch.getFloat32(0) + 0.5)
    return sign | (scratch.getUint32(0) - 0x3f000000)
  }
  const roundBit = (magnitude >>> 13) & 1
  return sign | ((magnitude - 0x38000000 + 0xfff + roundBit) >>> 13)
}

/** Bits of a bfloat16 → number. Exact. */
export function bfloat16ToFloat(bits: number): number {
  scratch.setUint32(0, bits << 16)
  return scratch.getFloat32(0)
}

/**
 * Little-endian bytes of `dtype` → Float32Array. int64 and float64 values are rounded to float32.
 * A float32 input whose bytes are aligned is returned as a view, not copied.
 */
export function toFloat32(dtype: DType, bytes: Uint8Array): Float32Array {
  const count = bytes.byteLength / BYTES_PER_ELEMENT[dtype]
  if (dtype === 'float32' && bytes.byteOffset % 4 === 0) {
    return new Float32Array(bytes.buffer, bytes.byteOffset, count)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const out = new Float32Array(count)
  for (let i = 0; i < count; i++) out[i] = readElement(dtype, view, i)
  return out
}

/** Float32Array → little-endian bytes of `dtype`, which must be a float type other than float64. */
export function fromFloat32(dtype: 'float32' | 'float16' | 'bfloat16', values: Float32Array): Uint8Array {
  if (dtype === 'float32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  const out = new Uint16Array(values.length)
  if (dtype === 'float16') {
    for (let i = 0; i < values.length; i++) out[i] = floatToHalf(values[i]!)
  } else {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
    for (let i = 0; i < values.length; i++) out[i] = (bits[i]! + 0x7fff + ((bits[i]! >>> 16) & 1)) >>> 16
  }
  return new Uint8Array(out.buffer)
}

function readElement(dtype: DType, view: DataView, index: number): number {
  switch (dtype) {
    case 'float32':
      return view.getFloat32(index * 4, true)
    case 'float64':
      return view.getFloat64(index * 8, true)
    case 'float16':
      return halfToFloat(view.getUint16(index * 2, true))
    case 'bfloat16':
      return bfloat16ToFloat(view.getUint16(index * 2, true))
    case 'int8':
      return view.getInt8(index)
    case 'uint8':
      return view.getUint8(index)
    case 'int16':
      return view.getInt16(index * 2, true)
    case 'int32':
      return view.getInt32(index * 4, true)
    case 'int64':
      return Number(view.getBigInt64(index * 8, true))
    case 'bool':
      return view.getUint8(index) === 0 ? 0 : 1
    default:
      return dtype satisfies never
  }
}
