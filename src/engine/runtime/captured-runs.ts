/** What is common to runs that a card records once and plays again. Pure. */

/** The first tells ONNX Runtime what values a run of these sizes has. In the second it reserves memory for all of them. */
export const RUNS_BEFORE = 2

/** Rows of the runs that are recorded, ascending: powers of two, and all. What lies between takes padding rows. */
export function capturedRows(most: number): number[] {
  const sizes: number[] = []
  for (let size = 1; size < most; size *= 2) sizes.push(size)
  return most > 0 ? [...sizes, most] : sizes
}
