/** An option's value that names a solver of the flow. */
import { InvalidArgumentError } from 'commander'
import { isSolverName } from '../../src/core/flow-solver.ts'

export function solverName(text: string): string {
  if (isSolverName(text)) return text
  throw new InvalidArgumentError(`expected a solver such as euler10 or 2m-7, got '${text}'`)
}
