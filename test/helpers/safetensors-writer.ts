/**
 * Writes safetensors files for tests: a header, true or not, and data.
 */
export function safetensorsOf(header: unknown, data: Uint8Array): Uint8Array {
  return withHeader(Buffer.from(JSON.stringify(header)), data)
}

/** The same with a header given as bytes, and a length that may not be its own. */
export function withHeader(header: Uint8Array, data: Uint8Array, length = header.length): Uint8Array {
  const start = Buffer.alloc(8)
  start.writeBigUInt64LE(BigInt(length))
  return new Uint8Array(Buffer.concat([start, header, data]))
}

/** A whole, honest file of float32 tensors. */
export function float32Safetensors(
  tensors: Readonly<Record<string, { shape: readonly number[]; values: Float32Array }>>,
): Uint8Array {
  let end = 0
  const header: Record<string, unknown> = {}
  for (const [key, { shape, values }] of Object.entries(tensors)) {
    header[key] = { dtype: 'F32', shape, data_offsets: [end, end + values.byteLength] }
    end += values.byteLength
  }
  const parts = Object.values(tensors).map(({ values }) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  )
  return safetensorsOf(header, Buffer.concat(parts))
}
