/**
 * Whether a row's logits depend on how many rows share its step, found out by asking the loaded model.
 *
 * Kernels of rounded weights may sum up single rows, or the odd last one, in another order than pairs. What that moves is
 * rounded again in the next layer, and a token may become another.
 */

/** Rows are alike in every step, in every even number of rows, or in steps of their own. */
export type Company = 'alike' | 'pairs' | 'alone'

/** Sizes of steps that are tried. */
export const TRIED_STEPS = [1, 2, 3, 4] as const

/** `logitsOf(size)` are those of each row of a step of so many equal rows. */
export function companyOf(logitsOf: (size: number) => readonly Float32Array[]): Company {
  const steps = TRIED_STEPS.map((size) => ({ size, logits: logitsOf(size) }))
  const isSame = (some: typeof steps) => {
    const all = some.flatMap(({ logits }) => logits)
    return all.every((row) => row.every((value, i) => value === all[0]![i]))
  }
  if (isSame(steps)) return 'alike'
  return isSame(steps.filter(({ size }) => size % 2 === 0)) ? 'pairs' : 'alone'
}
