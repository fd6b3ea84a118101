/** Arithmetic on float arrays that several rooms need. Pure. */

/** One after the other in an array of its own. */
export function concatFloats(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** The same, to read only: the part itself where there is one. */
export function joinFloats(parts: readonly Float32Array[]): Float32Array {
  return parts.length === 1 ? parts[0]! : concatFloats(parts)
}

/** `[rows, columns]` → `[columns, rows]`. */
export function transposeFloats(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length)
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) out[c * rows + r] = values[r * columns + c]!
  return out
}

/** Largest absolute difference; infinite where lengths differ or a value is no number. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity
  let largest = 0
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!)
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference
  }
  return largest
}

/** Signal-to-noise ratio in dB of `signal` against `reference`; infinite where equal, −infinite where lengths differ. */
export function snrDb(signal: ArrayLike<number>, reference: ArrayLike<number>): number {
  if (signal.length !== reference.length) return -Infinity
  let power = 0
  let noise = 0
  for (let i = 0; i < reference.length; i++) {
    power += reference[i]! ** 2
    noise += (signal[i]! - reference[i]!) ** 2
  }
  return noise === 0 ? Infinity : 10 * Math.log10(power / noise)
}
