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

const M0_LOW = M0 & 0xffff
const M0_HIGH = M0 >>> 16
const M1_LOW = M1 & 0xffff
const M1_HIGH = M1 >>> 16

/** Upper 32 bits of a 32 × 32 bit product, as a signed integer; the second factor in halves. No sum in it overflows. */
function mulHigh(a: number, bLow: number, bHigh: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0
  const cross = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (cross >>> 16)) | 0
}

/**
 * Writes four 32-bit numbers for `counter` (up to 2^53) of `stream` under `seed` (both 32 bits) into `out`. All in between
 * is kept as signed integers, which is what processors have.
 */
export function philox(seed: number, stream: number, counter: number, out: Uint32Array): void {
  let c0 = counter | 0
  let c1 = Math.floor(counter / 0x100000000) | 0
  let c2 = 0
  let c3 = 0
  let k0 = seed | 0
  let k1 = stream | 0
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = mulHigh(c0, M0_LOW, M0_HIGH)
    const low0 = Math.imul(M0, c0)
    const high1 = mulHigh(c2, M1_LOW, M1_HIGH)
    const low1 = Math.imul(M1, c2)
    c0 = high1 ^ c1 ^ k0
    c1 = low1
    c2 = high0 ^ c3 ^ k1
    c3 = low0
    k0 = (k0 + W0) | 0
    k1 = (k1 + W1) | 0
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
  let block = Math.floor(from / 2)
  let isSecond = from % 2 !== 0
  for (let i = 0; i < out.length; ) {
    philox(seed, stream, block++, scratch)
    // (0, 1]: the logarithm never sees zero.
    const radius = Math.sqrt(-2 * Math.log((scratch[0]! + 1) / 0x100000000))
    const angle = (2 * Math.PI * scratch[1]!) / 0x100000000
    if (!isSecond) out[i++] = radius * Math.cos(angle)
    isSecond = false
    if (i < out.length) out[i++] = radius * Math.sin(angle)
  }
}
