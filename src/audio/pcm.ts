/**
 * Float samples → 16-bit integers, the one way everything that leaves as 16 bits goes.
 *
 * No dither: speech is far above the last bit, and the same samples must always give the same bytes.
 */

/** Full scale ±1 → −32768…32767, rounded to nearest and clipped. NaN becomes 0. */
export function toInt16(samples: Float32Array): Int16Array {
  const out = new Int16Array(samples.length)
  for (let i = 0; i < samples.length; i++) {
    out[i] = Math.max(-32768, Math.min(32767, Math.round(samples[i]! * 32768)))
  }
  return out
}

/** The bytes of an array of numbers, not copied. Every platform we run on is little-endian, as WAV and .npy are. */
export function bytesOf(values: ArrayBufferView): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}
