/**
 * Which sizes of a decoding step a card records, to play them again as one launch each. Pure.
 *
 * Small steps are captured in every size. Larger ones grow by half or a third, and what lies between takes padding rows:
 * a step reads all weights for one row as for many.
 */

/** Rows up to which every size is captured. */
const EVERY = 8

/** Ascending, for a pool of so many rows; the last has all of them. */
export function capturedSizes(rows: number): number[] {
  const sizes: number[] = []
  for (let size = 1; size < rows; size = nextSize(size)) sizes.push(size)
  return rows > 0 ? [...sizes, rows] : sizes
}

/** Rows of the captured step that takes so many; undefined where none does. */
export function capturedFor(rows: number, sizes: readonly number[]): number | undefined {
  return sizes.find((size) => size >= rows)
}

/** 1 … 8, 12, 16, 24, 32, 48 and so on. */
function nextSize(size: number): number {
  if (size < EVERY) return size + 1
  const isPower = Number.isInteger(Math.log2(size))
  return isPower ? 1.5 * size : (4 * size) / 3
}
