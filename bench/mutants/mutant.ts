/** A fault to put into the build, and which tests have to notice it. */

/** Replaces a text that the compiled file has exactly once. */
export interface Mutant {
  /** Below `dist/`, without its ending. */
  readonly file: string
  readonly from: string
  readonly to: string
  /** Why no input tells the fault from what stood there; it is counted and not run. */
  readonly equivalent?: string | undefined
}

/** Faults that the same tests have to notice. */
export interface MutantArea {
  readonly name: string
  /** Below `dist/test/`, without their ending; they run in this order until one fails. */
  readonly tests: readonly string[]
  readonly mutants: readonly Mutant[]
}

type Fault = readonly [from: string, to: string, equivalent?: string]

export const inBuild = (file: string, ...faults: readonly Fault[]): Mutant[] =>
  faults.map(([from, to, equivalent]) => ({ file, from, to, equivalent }))
