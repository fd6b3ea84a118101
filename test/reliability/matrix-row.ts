/** A row of the fault matrix: what is done to the server, and which tests do it. */

export interface MatrixRow {
  readonly id: string
  /** What is done to the server. */
  readonly done: string
  /** File under `test/`, and a part of a title in it that no other title there has. */
  readonly tests: readonly (readonly [file: string, title: string])[]
  /** What no test does, and why. */
  readonly untried?: string
}

export const NO_GPU = 'on a real card: none is at hand where tests run'
