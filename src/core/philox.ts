/**
 * Random numbers by counter: the same (seed, stream, counter) gives the same number, in any order, on any thread.
 *
 * Philox 4×32 with 10 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011). Nothing is kept
 * between calls, so what one request draws never depends on others, on chunking or on batching.
 */

const M0 = 0xd2511f53
const M1 = 0xcd9e8d57
const W0 = 0x9e3779b9
const W1 = 0xbb67ae85
const ROUNDS = 10

/** Upper 32 bits of a 32 × 32 bit product. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const low = aLow * bLow
  const middle = aHigh * bLow + (low >>> 16)
  const cross = aLow * bHigh + (middle & 0xffff)
  // `middle` can reach 2^32, so its upper part is taken by division, not by a shift.
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(cross / 65536)) >>> 0
}

/**
 * Writes four 32-bit numbers for `counter` (up to 2^53) of `stream` under `seed` (both 32 bits) into `out`.
 */
export function philox(seed: number, stream: number, counter: number, out: Uint32Array): void {
  let c0 = counter >>> 0
  let c1 = Math.floor(counter / 0x100000000) >>> 0
  let c2 = 0
  let c3 = 0
  let k0 = seed >>> 0
  let k1 = stream >>> 0
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = mulHigh(M0, c0)
    const low0 = Math.imul(M0, c0) >>> 0
    const high1 = mulHigh(M1, c2)
    const low1 = Math.imul(M1, c2) >>> 0
    c0 = (high1 ^ c1 ^ k0) >>> 0
    c1 = low1
    c2 = (high0 ^ c3 ^ k1) >>> 0
    c3 = low0
    k0 = (k0 + W0) >>> 0
    k1 = (k1 + W1) >>> 0
  }
  out[0] = c0
  out[1] = c1
  out[2] = c2
  out[3] = c3
}

const scratch = new Uint32Array(4)

/** Uniform in [0, 1) with 53 bits. */
export function uniformAt(seed: number, stream: number, counter: number): number {
  philox(seed, stream, counter, scratch)
  return (scratch[0]! * 0x200000 + (scratch[1]! >>> 11)) / 0x20000000000000
}

/**
 * Standard normal values for counters `from … from + out.length − 1` of a stream (Box–Muller; two values a block, so
 * that value i depends on i alone).
 */
export function fillNormal(seed: number, stream: number, from: number, out: Float32Array): void {
  let block = -1
  let radius = 0
  let angle = 0
  for (let i = 0; i < out.length; i++) {
    const index = from + i
    const wanted = Math.floor(index / 2)
    if (wanted !== block) {
      block = wanted
      philox(seed, stream, block, scratch)
      // (0, 1]: the logarithm never sees zero.
      radius = Math.sqrt(-2 * Math.log((scratch[0]! + 1) / 0x100000000))
      angle = (2 * Math.PI * scratch[1]!) / 0x100000000
    }
    out[i] = index % 2 === 0 ? radius * Math.cos(angle) : radius * Math.sin(angle)
  }
}
