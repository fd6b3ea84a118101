/** A fault to put into the build, and which tests have to notice it. */

/** Replaces a text that the compiled file has exactly once. */
export interface Mutant {
  /** Below `dist/`, without its ending. */
  readonly file: string
  readonly from: string
  readonly to: string
}

/** Faults that the same tests have to notice. */
export interface MutantArea {
  readonly name: string
  /** Below `dist/test/`, without their ending. */
  readonly tests: readonly string[]
  readonly mutants: readonly Mutant[]
}

export const inBuild = (file: string, ...pairs: readonly (readonly [from: string, to: string])[]): Mutant[] =>
  pairs.map(([from, to]) => ({ file, from, to }))
