/** What a solve is made of: the engine that all solves of a runner share, and the inputs of one. */
import type { FlowSolver } from '../../core/flow-solver.ts'
import type { DeviceArray, DeviceMemory, Runtime, Session } from '../runtime/runtime.ts'
import type { DistanceTables } from './distance-tables.ts'
import type { FlowDims } from './flow-dims.ts'
import type { FlowCaches } from './flow-memory.ts'
import type { SolveRow } from './solve-rows.ts'

/** What all solves of a runner share. */
export interface FlowEngine {
  readonly runtime: Runtime
  /** Where encoder and estimator read and write. */
  readonly device: DeviceMemory
  readonly dims: FlowDims
  readonly encoder: Session
  readonly estimator: Session
  /** Undefined where the encoder has no attention. */
  readonly distances: DistanceTables | undefined
  readonly solver: FlowSolver
  /** `[NOISE_FRAMES, mels]`. */
  readonly noise: DeviceArray
}

export interface SolveInputs {
  /** As many tokens in each. */
  readonly rows: readonly SolveRow[]
  readonly caches: FlowCaches
  /** For comparing: where the encoder's mu `[frames, mels]` and speaker vector `[mels]` are written as well. */
  readonly probe?: { readonly mu: DeviceArray; readonly speaker: DeviceArray }
}
