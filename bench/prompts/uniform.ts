/** Whole numbers that look drawn and never change. */

/** 0 … below − 1, the same for the same seed. */
export function wholeUniform(seed: number, below: number): number {
  let x = Math.imul(seed + 1, 0x9e3779b1)
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return ((x ^ (x >>> 16)) >>> 0) % below
}
