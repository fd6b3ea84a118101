/** ITU-T G.711: the 8-bit logarithmic codes of telephony. Both directions of µ-law, expansion of A-law. */

/** Added before the logarithm is taken, so that every segment begins at a power of two. */
const MULAW_BIAS = 132
/** Largest magnitude that a µ-law code can stand for, on the 16-bit scale and before the bias. */
const MULAW_CLIP = 32635

/** Linear value of each µ-law code. Sign in bit 7, segment in bits 4–6, step in bits 0–3, all bits inverted. */
export const MULAW_TO_LINEAR: Int16Array = Int16Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 0xff
  const magnitude = ((((bits & 0x0f) << 3) + MULAW_BIAS) << ((bits >> 4) & 7)) - MULAW_BIAS
  return bits & 0x80 ? -magnitude : magnitude
})

/** Linear value of each A-law code: the same layout, every second bit inverted, and segment 0 linear too. */
export const ALAW_TO_LINEAR: Int16Array = Int16Array.from({ length: 256 }, (_, code) => {
  const bits = code ^ 0x55
  const segment = (bits >> 4) & 7
  const step = ((bits & 0x0f) << 4) + 8
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1)
  return bits & 0x80 ? magnitude : -magnitude
})

/** The µ-law code nearest below a 16-bit linear value; loud values take the outermost code. */
export function linearToMulaw(value: number): number {
  const magnitude = Math.min(Math.abs(value), MULAW_CLIP) + MULAW_BIAS
  // The bias leaves the highest set bit between 7 (segment 0) and 14 (segment 7).
  const segment = 24 - Math.clz32(magnitude)
  const step = (magnitude >> (segment + 3)) & 0x0f
  return ~((value < 0 ? 0x80 : 0) | (segment << 4) | step) & 0xff
}
