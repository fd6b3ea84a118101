/** A stage of the model as `verify` sees it, and what every stage is given. */
import type { Bundle } from '../core/bundle.ts'
import type { Runtime, SessionOptions } from '../engine/runtime/runtime.ts'
import type { Check } from './check.ts'
import type { ExpectedFolder } from './expected-folder.ts'

export interface VerifyContext {
  readonly bundle: Bundle
  readonly runtime: Runtime
  readonly session: SessionOptions
  readonly expected: ExpectedFolder
  /** Path of a graph of the checkpoint's estimator at these times; undefined where there is no checkpoint. */
  readonly probeEstimator?: (times: readonly number[]) => Promise<string | undefined>
}

export interface Stage {
  readonly name: string
  /** Folder of the stored arrays that it needs; the stage is skipped where there is none. */
  readonly section?: string
  /** Yields each comparison as it is made; what it throws counts as a miss. */
  run(context: VerifyContext): AsyncIterable<Check>
}

/** Features of recordings are the CPU's work, wherever the models compute. */
export function onHost({ intraOpThreads }: SessionOptions): SessionOptions {
  return { intraOpThreads, spin: false }
}
