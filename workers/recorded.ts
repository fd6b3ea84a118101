/** Runs that a card records when its lane starts, and what is said where that fails. */
import { describeError } from '../src/core/errors.ts'

const HELPS = 'convert the checkpoint anew, or start with --set cuda.graphs=false to do without'

/** A card's stream whose capture failed is not to be trusted with plain runs either: it throws, and says what helps. */
export function record(what: string, capture: () => void): void {
  try {
    capture()
  } catch (cause) {
    const failed = `${what} cannot be captured as CUDA graphs`
    throw new Error(`${failed}: ${describeError(cause)}; ${HELPS}`, { cause })
  }
}
