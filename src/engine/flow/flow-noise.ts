/**
 * The flow's fixed noise table, bit for bit as the reference makes it.
 *
 * The reference seeds PyTorch with 0 and draws `randn(1, 80, 15000)` once; frame t of every utterance starts from
 * column t (notes: reference-rules 6). The table is not in the checkpoint, so we repeat the generator: MT19937, 24-bit
 * uniforms, and the Box-Muller transform in groups of 16 as PyTorch's AVX2 code does it. Its logarithm, sine and cosine
 * are Cephes' single-precision polynomials with fused multiply-adds.
 */

import { MersenneTwister } from '../../core/mersenne-twister.ts'

/** Frames of the table: 300 s at 50 frames a second. It bounds prompt and reply together. */
export const NOISE_FRAMES = 15_000

/** PyTorch draws a tensor's normals in groups of this many: the first half gets cosines, the second half sines. */
const GROUP = 16
const HALF = GROUP / 2

const { fround, sqrt } = Math

/** The table as `[frames, mels]`, time-major, so that any run of frames is a view. About 0.2 s, 4.8 MB for 80 mels. */
export function flowNoise(mels: number): Float32Array {
  const table = new Float32Array(NOISE_FRAMES * mels)
  const random = MersenneTwister.seeded(0)
  const uniforms = new Float64Array(GROUP)
  const normals = new Float64Array(GROUP)
  let channel = 0
  let frame = 0
  for (let drawn = 0; drawn < table.length; drawn += GROUP) {
    for (let i = 0; i < GROUP; i++) uniforms[i] = (random.next() & 0xffffff) / 0x1000000
    normalGroup(uniforms, normals)
    // The reference's table is channel-major.
    for (const normal of normals) {
      table[frame * mels + channel] = normal
      if (++frame === NOISE_FRAMES) {
        frame = 0
        channel++
      }
    }
  }
  return table
}

/** Box-Muller on 16 uniforms in [0, 1): radius from the first half, angle from the second. */
function normalGroup(uniforms: Float64Array, normals: Float64Array): void {
  for (let i = 0; i < HALF; i++) {
    const radius = fround(sqrt(fround(-2 * log32(fround(1 - uniforms[i]!)))))
    const angle = fround(TWO_PI * uniforms[i + HALF]!)
    sincos32(angle)
    normals[i] = fround(radius * sincos.cos)
    normals[i + HALF] = fround(radius * sincos.sin)
  }
}

const TWO_PI = fround(2 * Math.PI)

/** a·b + c rounded once to single precision. The product is exact in double; the reference's table shows none of the sum's own rounding. */
function fma(a: number, b: number, c: number): number {
  return fround(a * b + c)
}

const LOG_POLYNOMIAL = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(fround)
const SQRT_HALF = fround(Math.SQRT1_2)
/** ln 2 in two parts: the first has few bits, so its product with an exponent is exact. */
const LN2_HIGH = fround(0.693359375)
const LN2_LOW = fround(-2.1219444e-4)

const floatBits = new DataView(new ArrayBuffer(4))

/** Natural logarithm of a positive single, as Cephes' logf evaluated with fused multiply-adds. */
function log32(value: number): number {
  floatBits.setFloat32(0, value)
  const bits = floatBits.getUint32(0)
  let exponent = (bits >>> 23) - 126
  floatBits.setUint32(0, (bits & 0x7fffff) | 0x3f000000)
  const mantissa = floatBits.getFloat32(0)
  let x = fround(mantissa - 1)
  if (mantissa < SQRT_HALF) {
    exponent -= 1
    x = fround(x + mantissa)
  }
  const square = fround(x * x)
  let y = LOG_POLYNOMIAL[0]!
  for (let i = 1; i < LOG_POLYNOMIAL.length; i++) y = fma(y, x, LOG_POLYNOMIAL[i]!)
  y = fma(fround(y * x), square, fround(exponent * LN2_LOW))
  y = fma(square, -0.5, y)
  return fma(exponent, LN2_HIGH, fround(x + y))
}

const FOUR_OVER_PI = fround(1.27323954473516)
/** π/4 in three parts, negated (Cody-Waite reduction). */
const PI_PARTS = [-0.78515625, -2.4187564849853516e-4, -3.774894977445941e-8].map(fround)
const SIN = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1].map(fround)
const COS = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2].map(fround)

/** Result of the last `sincos32`: two numbers without an allocation. */
const sincos = { sin: 0, cos: 0 }

/** Sine and cosine of an angle ≥ 0, as Cephes' sinf and cosf evaluated with fused multiply-adds. */
function sincos32(angle: number): void {
  const octant = (Math.trunc(fround(angle * FOUR_OVER_PI)) + 1) & ~1
  let x = angle
  for (const part of PI_PARTS) x = fma(octant, part, x)
  const z = fround(x * x)
  const c = fround(fma(fround(fma(fma(COS[0]!, z, COS[1]!), z, COS[2]!) * z), z, fround(-0.5 * z)) + 1)
  const s = fma(fround(fma(fma(SIN[0]!, z, SIN[1]!), z, SIN[2]!) * z), x, x)
  const swapped = (octant & 2) !== 0
  const sin = swapped ? c : s
  const cos = swapped ? s : c
  sincos.sin = (octant & 4) !== 0 ? -sin : sin
  sincos.cos = ((octant - 2) & 4) !== 0 ? cos : -cos
}
