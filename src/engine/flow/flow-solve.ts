/**
 * One solve under way, of one utterance or of several in step: the encoder once, then the solver's steps, each a run of
 * its own that can be waited for or ended.
 *
 * Knows: the graphs' inputs and outputs, which memory each run reads and writes. Does not know: whose block it is,
 * what comes next (see `flow-runner.ts`).
 *
 * A run that failed or was ended leaves everything it reads as it was: `step` may simply be called again.
 */
import assert from 'node:assert/strict'
import { concatFloats } from '../../core/float-arrays.ts'
import { type FlowSolver, mixPrediction } from '../../core/flow-solver.ts'
import type { Binding, Feeds, Runtime, RuntimeTensor, Session, TensorData } from '../runtime/runtime.ts'
import type { DistanceTables } from './distance-tables.ts'
import { stateArray } from './flow-bank.ts'
import { CONTEXT_FRAMES, type FlowDims, GUIDANCE_ROWS } from './flow-dims.ts'
import type { FlowCaches } from './flow-memory.ts'

/** What all solves of a runner share. */
export interface FlowEngine {
  readonly runtime: Runtime
  readonly dims: FlowDims
  readonly encoder: Session
  readonly estimator: Session
  readonly distances: DistanceTables
  readonly solver: FlowSolver
  /** `[NOISE_FRAMES, mels]`. */
  readonly noise: Float32Array
}

/** One utterance's part. */
export interface SolveRow {
  /** The tokens to solve and the look-ahead; those from `known` on are padding. */
  readonly tokens: readonly number[]
  readonly known: number
  /** Tokens before these, whose keys and values the caches hold. */
  readonly past: number
  /** `[speaker]`. */
  readonly embedding: Float32Array
  /** Prompt mel of these frames, `[frames, mels]`, zero behind the prompt. */
  readonly promptMel: Float32Array
  /** It stands for nobody: it attends to next to nothing, and what comes of it does not matter. */
  readonly idle?: boolean
}

export interface SolveInputs {
  /** As many tokens in each. */
  readonly rows: readonly SolveRow[]
  readonly caches: FlowCaches
  /** Only where the graphs were built with masks: who may attend whom, `[fresh, total]` at each rate. */
  readonly masks?: { readonly tokens: Uint8Array; readonly frames: Uint8Array }
  /** For comparing: where the encoder's mu `[frames, mels]` and speaker vector `[mels]` are written as well. */
  readonly probe?: { readonly mu: Float32Array; readonly speaker: Float32Array }
}

export class FlowSolve {
  /** Runs in all: the encoder's and one per evaluation of the estimator. */
  readonly numRuns: number
  readonly #engine: FlowEngine
  readonly #inputs: SolveInputs
  readonly #fresh: number
  /** Tensors that live as long as this solve, and those of the run under way. */
  readonly #kept: RuntimeTensor[] = []
  readonly #passing: RuntimeTensor[] = []
  /** Guides from the encoder, and the two buffers that x goes to and fro between. */
  readonly #guides: Feeds
  readonly #states: readonly [Float32Array, Float32Array]
  readonly #step = BigInt64Array.of(0n)
  /** The data prediction of the step before. */
  #before: Float32Array | undefined
  #binding: Binding | undefined
  #estimating: Binding | undefined
  #done = 0

  constructor(engine: FlowEngine, inputs: SolveInputs) {
    const { dims } = engine
    this.#engine = engine
    this.#inputs = inputs
    const { rows } = inputs
    this.#fresh = rows[0]!.tokens.length - dims.lookahead
    assert(this.#fresh > 0, 'a solve needs at least one token')
    assert(
      rows.every(({ tokens }) => tokens.length === rows[0]!.tokens.length),
      'the parts of a solve are equally long',
    )
    this.numRuns = 1 + dims.steps
    const frames = this.#fresh * dims.stride
    const lanes = frames * GUIDANCE_ROWS
    const state = () => new Float32Array(rows.length * frames * dims.mels)
    this.#states = [state(), state()]
    const guides = [0, 1].map(() => stateArray(dims, rows.length * lanes * dims.guideWidth))
    // Native handles last: nothing after them may fail.
    const [conv, res] = guides.map((data) => this.#keep(data, [lanes, dims.guideWidth]))
    this.#guides = { guide_conv: conv!, guide_res: res! }
  }

  get runsLeft(): number {
    return this.numRuns - this.#done
  }

  /** The next run, on the calling thread. Throws what the runtime throws; the same run is then still the next. */
  step(): void {
    const binding = this.#prepare()
    try {
      binding.run()
      this.#count()
    } finally {
      this.#settle()
    }
  }

  /** The next run, on another thread. */
  async stepAsync(): Promise<void> {
    const binding = this.#prepare()
    try {
      await binding.runAsync()
      this.#count()
    } finally {
      this.#settle()
    }
  }

  /** Ends the run under way; its `stepAsync` rejects. */
  terminate(): void {
    this.#binding?.terminate()
  }

  /** A row's frames, `[frames, mels]`, once all runs are done. The array is the solve's own. */
  mel(row: number): Float32Array {
    assert.equal(this.runsLeft, 0, 'the solve is not finished')
    const all = this.#states[this.#engine.dims.steps % 2]!
    const each = all.length / this.#inputs.rows.length
    return all.subarray(row * each, (row + 1) * each)
  }

  /** Frees native handles. Not during a run. */
  release(): void {
    assert(this.#binding === undefined, 'a solve is released during a run')
    this.#estimating?.release()
    this.#estimating = undefined
    this.#releasePassing()
    for (const tensor of this.#kept.splice(0)) tensor.release()
  }

  #prepare(): Binding {
    assert(this.#binding === undefined, 'one run of a solve at a time')
    assert(this.runsLeft > 0, 'the solve is finished')
    // Of one that could not be bound.
    this.#releasePassing()
    this.#binding = this.#done === 0 ? this.#encoderBinding() : this.#estimatorBinding(this.#done - 1)
    return this.#binding
  }

  #settle(): void {
    if (this.#binding !== this.#estimating) this.#binding?.release()
    this.#binding = undefined
    this.#releasePassing()
  }

  /** A run went well. Where the solver mixes, the estimator's output is the data prediction and not yet the next x. */
  #count(): void {
    const step = this.#done++ - 1
    const mix = this.#engine.solver.mixes?.[step]
    if (mix === undefined) return
    const predicted = this.#states[(step + 1) % 2]!
    this.#before ??= new Float32Array(predicted.length)
    mixPrediction(mix, this.#x(step), predicted, this.#before)
  }

  #releasePassing(): void {
    for (const tensor of this.#passing.splice(0)) tensor.release()
  }

  #encoderBinding(): Binding {
    const { dims, encoder, distances } = this.#engine
    const { rows, caches, masks, probe } = this.#inputs
    const { stride } = dims
    const fresh = this.#fresh
    const frames = fresh * stride
    const span = this.#span()
    const tokenTable = distances.tokens(fresh, span)
    const frameTable = distances.frames(frames, span * stride)
    const tokens = BigInt64Array.from(rows.flatMap(({ tokens: each }) => each.map(BigInt)))
    const context = (of: 'tokens' | 'frames', next: boolean) =>
      this.#pass(caches.context(of, next), [CONTEXT_FRAMES, -1])
    const inputs: Record<string, RuntimeTensor> = {
      tokens: this.#pass(tokens, [fresh + dims.lookahead]),
      known: this.#pass(
        this.#counts(({ known }) => known),
        [],
      ),
      token_past: this.#pass(
        this.#counts(({ past }) => past),
        [],
      ),
      token_valid: this.#pass(this.#valid(1), []),
      frame_past: this.#pass(
        this.#counts(({ past }) => past * stride),
        [],
      ),
      frame_valid: this.#pass(this.#valid(stride), []),
      token_zero: tokenTable.zeroRow,
      frame_zero: frameTable.zeroRow,
      token_context: context('tokens', false),
      frame_context: context('frames', false),
      embedding: this.#pass(
        this.#sideBySide(({ embedding }) => embedding),
        [dims.speaker],
      ),
      prompt: this.#pass(
        this.#sideBySide(({ promptMel }) => promptMel),
        [frames, dims.mels],
      ),
      ...Object.fromEntries(tokenTable.tensors),
      ...Object.fromEntries(frameTable.tensors),
      ...(masks && {
        token_mask: this.#pass(masks.tokens, [fresh, span], 'shared'),
        frame_mask: this.#pass(masks.frames, [frames, span * stride], 'shared'),
      }),
    }
    const outputs: Record<string, RuntimeTensor> = {
      ...this.#guides,
      token_context_next: context('tokens', true),
      frame_context_next: context('frames', true),
      ...(probe && {
        mu: this.#pass(probe.mu, [frames, dims.mels]),
        speaker: this.#pass(probe.speaker, [dims.mels]),
      }),
    }
    for (let block = 0; block < dims.tokenBlocks + dims.frameBlocks; block++) {
      const shown = block < dims.tokenBlocks ? span : span * stride
      for (const [part, name] of ['keys', 'values'].entries()) {
        const cache = this.#pass(caches.encoderCache(block, part as 0 | 1, shown), [shown, dims.width])
        inputs[`${name}.${block}`] = cache
        outputs[`${name}_next.${block}`] = cache
      }
    }
    return encoder.bind(inputs, outputs)
  }

  #estimatorBinding(step: number): Binding {
    const { dims } = this.#engine
    const { caches, masks } = this.#inputs
    const { stride } = dims
    const frames = this.#fresh * stride
    const span = this.#span() * stride
    const x = this.#x(step)
    const context = [CONTEXT_FRAMES * GUIDANCE_ROWS, dims.contextChannels]
    const inputs: Record<string, RuntimeTensor> = {
      x: this.#pass(x, [frames, dims.mels]),
      context: this.#pass(caches.context(step, false), context),
    }
    const outputs: Record<string, RuntimeTensor> = {
      x_next: this.#pass(this.#states[(step + 1) % 2]!, [frames, dims.mels]),
      context_next: this.#pass(caches.context(step, true), context),
    }
    for (let layer = 0; layer < dims.layers; layer++) {
      for (const [part, name] of ['keys', 'values'].entries()) {
        const cache = this.#pass(caches.stepCache(step, layer, part as 0 | 1, span), [span, dims.cacheWidth])
        inputs[`${name}.${layer}`] = cache
        outputs[`${name}_next.${layer}`] = cache
      }
    }
    this.#step[0] = BigInt(this.#engine.solver.firstRow + step)
    if (this.#estimating === undefined) {
      const fixed: Record<string, RuntimeTensor> = {
        ...this.#guides,
        step: this.#keep(this.#step, [], 'shared'),
        past: this.#keep(
          this.#counts(({ past }) => past * stride),
          [],
        ),
        valid: this.#keep(this.#valid(stride), []),
        ...(masks && { mask: this.#keep(masks.frames, [frames, span], 'shared') }),
      }
      this.#estimating = this.#engine.estimator.bind({ ...fixed, ...inputs }, outputs)
    } else {
      for (const [name, tensor] of Object.entries(inputs)) this.#estimating.set(name, tensor)
      for (const [name, tensor] of Object.entries(outputs)) this.#estimating.set(name, tensor)
    }
    return this.#estimating
  }

  /** Tokens that the caches show: a run's T. */
  #span(): number {
    const { rows, caches } = this.#inputs
    return caches.span(Math.max(...rows.map(({ past }) => past)) + this.#fresh)
  }

  /** What a step reads. */
  #x(step: number): Float32Array {
    return step === 0 ? this.#noise() : this.#states[step % 2]!
  }

  /** Where x starts: each row's stretch of the fixed noise. */
  #noise(): Float32Array {
    const { dims, noise } = this.#engine
    const { stride, mels } = dims
    const length = this.#fresh * stride * mels
    return this.#sideBySide(({ past }) => {
      const from = past * stride * mels
      // Behind its end are only rows that stand for nobody.
      return from + length <= noise.length ? noise.subarray(from, from + length) : noise.subarray(0, length)
    })
  }

  /** A part of each row, one behind the other; the part itself where there is only one row. */
  #sideBySide(partOf: (row: SolveRow) => Float32Array): Float32Array {
    const parts = this.#inputs.rows.map(partOf)
    return parts.length === 1 ? parts[0]! : concatFloats(parts)
  }

  /** Rows that each may attend to, `rate` for each token. */
  #valid(rate: number): BigInt64Array {
    return this.#counts(({ past, idle }) => (idle === true ? 1 : (past + this.#fresh) * rate))
  }

  #counts(countOf: (row: SolveRow) => number): BigInt64Array {
    return BigInt64Array.from(this.#inputs.rows.map((row) => BigInt(countOf(row))))
  }

  #keep(data: TensorData, dims: readonly number[], axis: 'rows' | 'shared' = 'rows'): RuntimeTensor {
    const tensor = this.#tensor(data, dims, axis)
    this.#kept.push(tensor)
    return tensor
  }

  #pass(data: TensorData, dims: readonly number[], axis: 'rows' | 'shared' = 'rows'): RuntimeTensor {
    const tensor = this.#tensor(data, dims, axis)
    this.#passing.push(tensor)
    return tensor
  }

  /** `dims` come behind the rows, unless all rows share what the tensor holds. −1 as the last one stands for what is left. */
  #tensor(data: TensorData, dims: readonly number[], axis: 'rows' | 'shared'): RuntimeTensor {
    const dtype = dtypeOf(data)
    const all = axis === 'rows' ? [this.#inputs.rows.length, ...dims] : dims
    const known = all.slice(0, -1).reduce((product, dim) => product * dim, 1)
    const full = all.at(-1) === -1 ? [...all.slice(0, -1), data.length / known] : all
    return this.#engine.runtime.tensor(dtype, data, full)
  }
}

function dtypeOf(data: TensorData): 'float32' | 'float16' | 'int64' | 'bool' {
  if (data instanceof BigInt64Array) return 'int64'
  if (data instanceof Uint8Array) return 'bool'
  return data instanceof Uint16Array ? 'float16' : 'float32'
}
