/**
 * Speech tokens → mel: whole utterances with full attention, and streams block by block with nothing solved twice.
 */
import { TtsError } from '../../core/errors.ts'
import { findSolver } from '../../core/flow-solver.ts'
import type { SharedPrompt } from '../../core/shared-prompt.ts'
import type { DeviceMemory, Runtime, Session, SessionOptions } from '../runtime/runtime.ts'
import { capturedBanks } from './capture-policy.ts'
import { CapturedSolves } from './captured-solves.ts'
import { DistanceTables } from './distance-tables.ts'
import { type FlowDims, type FlowModel, flowDims } from './flow-dims.ts'
import { flowStateBytes, wholeSolveBytes } from './flow-memory.ts'
import { FlowMemoryPool } from './flow-memory-pool.ts'
import { flowNoise } from './flow-noise.ts'
import { FlowPrompt } from './flow-prompt.ts'
import { FlowSolve } from './flow-solve.ts'
import { FlowState } from './flow-state.ts'
import type { FlowVoice } from './flow-voice.ts'
import { areInStep, blockWork, commonWork, type FlowWork, wholeWork } from './flow-work.ts'
import type { FlowEngine, SolveInputs } from './solve-inputs.ts'
import { takesSeveral } from './solve-space.ts'

/** Files of a bundle; the weights lie beside the graphs. */
export interface FlowPaths {
  readonly encoder: string
  readonly estimator: string
  /** Only where the encoder attends by distance. */
  readonly distances?: string | undefined
}

export interface FlowRunOptions {
  /** Those that the graph was built with, in its order. */
  readonly solvers: readonly string[]
  /** One of them; the first, the reference's, where not given. */
  readonly solver?: string
  /** Streams that may share a run; their memory lies side by side for that. */
  readonly together?: number
}

export class FlowRunner {
  readonly dims: FlowDims
  readonly device: DeviceMemory
  /** What streams that have ended leave for those to come. */
  readonly memory: FlowMemoryPool
  readonly #engine: FlowEngine
  readonly #distanceSession: Session | undefined
  readonly #together: number
  /** Undefined where the device records no runs. */
  readonly #captured: CapturedSolves | undefined

  private constructor(engine: FlowEngine, distanceSession: Session | undefined, together: number) {
    this.dims = engine.dims
    this.device = engine.device
    this.memory = new FlowMemoryPool(engine.device, engine.dims, together)
    this.#engine = engine
    this.#distanceSession = distanceSession
    this.#together = together
    this.#captured =
      engine.estimator.captures && takesSeveral(engine) ? new CapturedSolves(engine) : undefined
  }

  /**
   * Loads the flow of a bundle.
   * Throws BAD_BUNDLE or DEVICE_UNAVAILABLE.
   */
  static async load(
    runtime: Runtime,
    paths: FlowPaths,
    model: FlowModel,
    options: SessionOptions,
    { solvers, solver = solvers[0]!, together = 1 }: FlowRunOptions,
  ): Promise<FlowRunner> {
    const device = runtime.memory(options.provider)
    const encoder = await runtime.load(paths.encoder, options)
    const estimator = await runtime.load(paths.estimator, options)
    const tables =
      paths.distances === undefined
        ? undefined
        : await runtime.load(paths.distances, { ...options, provider: { kind: 'cpu' } })
    const found = findSolver(solvers, solver, model.tScheduler)
    if (found === undefined)
      throw new TtsError('BAD_CONFIG', 'flow.solver', `expected ${solvers.join(' or ')}, got '${solver}'`)
    const dims = flowDims(model, encoder, estimator, found.evaluations)
    const distances = tables && new DistanceTables(runtime, device, tables, dims)
    const noise = device.place(flowNoise(dims.mels))
    const engine = { runtime, device, dims, encoder, estimator, distances, solver: found, noise }
    return new FlowRunner(engine, tables, together)
  }

  /** The fixed noise, `[frames, mels]`. */
  get noise(): Float32Array {
    return this.#engine.device.read(this.#engine.noise) as Float32Array
  }

  /**
   * Records evaluations where the device can play them again, before any stream is open, on the thread that will solve.
   * Their memory stays; it takes a share of `stateBytes` and is enough for `streams` of usual length at most. Returns how
   * many it is enough for.
   */
  capture(stateBytes: number, streams: number): number {
    if (this.#captured === undefined) return 0
    const plan = capturedBanks(this.dims, { together: this.#together, stateBytes, streams })
    let slots = 0
    for (let i = 0; i < plan.banks; i++) {
      const bank = this.memory.reserveLasting(plan.capacity)
      this.#captured.capture(bank)
      slots += bank.slots
    }
    return slots
  }

  /** A solve whose every input the caller chooses, for comparing. */
  solve(inputs: SolveInputs): FlowSolve {
    return new FlowSolve(this.#engine, inputs)
  }

  /** Bytes that an utterance of `tokens` tokens, prompt included, will have written. */
  stateBytes(tokens: number): number {
    return flowStateBytes(this.dims, tokens)
  }

  /** Bytes that a whole utterance of `tokens` tokens, prompt included, takes while it is solved. */
  wholeBytes(tokens: number): number {
    return wholeSolveBytes(this.dims, tokens)
  }

  /**
   * A stream that begins with the voice's prompt. `capacity` counts tokens, prompt included; it grows by itself.
   * `release` it: what is only dropped costs the next stream memory that was never touched.
   */
  open(voice: FlowVoice, capacity: number): FlowState {
    return FlowState.open(this.dims, this.memory, voice, capacity)
  }

  /** A stream that continues a voice's solved prompt; costs a copy of its memory. `release` it, too. */
  fork(prompt: FlowPrompt, capacity: number): FlowState {
    return FlowState.fork(this.dims, this.memory, prompt, capacity)
  }

  /** A voice's prompt with all blocks solved that depend on nothing else; for `fork`. */
  solvePrompt(voice: FlowVoice): FlowPrompt {
    const state = this.open(voice, voice.speechTokens.length)
    try {
      for (let work = this.begin(state); work !== undefined; work = this.begin(state)) finishWork(work)
      return state.prompt()
    } finally {
      state.release()
    }
  }

  /** A prompt that another lane has solved with the same model. */
  adoptPrompt(voice: FlowVoice, prompt: SharedPrompt): FlowPrompt {
    return FlowPrompt.from(this.device, this.dims, voice, prompt)
  }

  /** Takes the next block of a stream into work; undefined while it has too few tokens. */
  begin(state: FlowState): FlowWork | undefined {
    const plan = state.planned()
    return plan === undefined ? undefined : blockWork(this.#engine, state, plan)
  }

  /** Whether two streams' next blocks can be solved in the same runs: as many tokens, memory side by side. */
  areInStep(one: FlowState, other: FlowState): boolean {
    return areInStep(one, other)
  }

  /** Takes the next blocks of streams into work, one or several, each with every other in step. */
  beginTogether(states: readonly FlowState[]): FlowWork {
    return commonWork(this.#engine, states, this.#captured)
  }

  /** Takes a whole utterance into work; full attention, frames of the reply. See `wholeWork` for `lookahead`. */
  whole(voice: FlowVoice, tokens: ArrayLike<number>, lookahead = false): FlowWork {
    return wholeWork(this.#engine, voice, tokens, lookahead)
  }

  release(): void {
    this.#captured?.release()
    this.#engine.distances?.release()
    for (const session of [this.#engine.encoder, this.#engine.estimator, this.#distanceSession])
      session?.release()
  }
}

/** All runs of one utterance's work, one after the other, and its frames. */
export function finishWork(work: FlowWork): Float32Array {
  try {
    while (work.runsLeft > 0) work.step()
    return work.commit()[0]!
  } finally {
    work.abort()
  }
}
