/**
 * One solve under way: the encoder once, then the Euler steps, each a run of its own that can be waited for or ended.
 *
 * Knows: the graphs' inputs and outputs, which memory each run reads and writes. Does not know: whose block it is,
 * what comes next (see `flow-runner.ts`).
 *
 * A run that failed or was ended leaves everything it reads as it was: `step` may simply be called again.
 */
import assert from 'node:assert/strict'
import type { DistanceTables } from './distance-tables.ts'
import { CONTEXT_FRAMES, type FlowDims, GUIDANCE_ROWS } from './flow-dims.ts'
import { type FlowCaches, stateArray } from './flow-memory.ts'
import type { Binding, Feeds, Runtime, RuntimeTensor, Session, TensorData } from './runtime.ts'

/** What all solves of a runner share. */
export interface FlowEngine {
  readonly runtime: Runtime
  readonly dims: FlowDims
  readonly encoder: Session
  readonly estimator: Session
  readonly distances: DistanceTables
  /** `[NOISE_FRAMES, mels]`. */
  readonly noise: Float32Array
}

export interface SolveInputs {
  /** `fresh` tokens and the look-ahead; those from `known` on are padding. */
  readonly tokens: readonly number[]
  readonly known: number
  /** Tokens before these. */
  readonly past: number
  /** `[speaker]`. */
  readonly embedding: Float32Array
  /** Prompt mel of these frames, `[frames, mels]`, zero behind the prompt. */
  readonly promptMel: Float32Array
  readonly caches: FlowCaches
  /** Only where the graphs were built with masks: who may attend whom, `[fresh, total]` at each rate. */
  readonly masks?: { readonly tokens: Uint8Array; readonly frames: Uint8Array }
  /** For comparing: where the encoder's mu `[frames, mels]` and speaker vector `[mels]` are written as well. */
  readonly probe?: { readonly mu: Float32Array; readonly speaker: Float32Array }
}

export class FlowSolve {
  /** Runs in all: the encoder's and one per Euler step. */
  readonly numRuns: number
  readonly #engine: FlowEngine
  readonly #inputs: SolveInputs
  readonly #fresh: number
  /** Tensors that live as long as this solve, and those of the run under way. */
  readonly #kept: RuntimeTensor[] = []
  #passing: RuntimeTensor[] = []
  /** Guides from the encoder, and the two buffers that x goes to and fro between. */
  readonly #guides: Feeds
  readonly #states: readonly [Float32Array, Float32Array]
  readonly #step = BigInt64Array.of(0n)
  #binding: Binding | undefined
  #estimating: Binding | undefined
  #done = 0

  constructor(engine: FlowEngine, inputs: SolveInputs) {
    const { dims } = engine
    this.#engine = engine
    this.#inputs = inputs
    this.#fresh = inputs.tokens.length - dims.lookahead
    assert(this.#fresh > 0, 'a solve needs at least one token')
    this.numRuns = 1 + dims.steps
    const frames = this.#fresh * dims.stride
    const guide = () => {
      const rows = frames * GUIDANCE_ROWS
      return this.#keep(stateArray(dims, rows * dims.guideWidth), [1, rows, dims.guideWidth])
    }
    this.#guides = { guide_conv: guide(), guide_res: guide() }
    this.#states = [new Float32Array(frames * dims.mels), new Float32Array(frames * dims.mels)]
  }

  get runsLeft(): number {
    return this.numRuns - this.#done
  }

  /** The next run, on the calling thread. Throws what the runtime throws; the same run is then still the next. */
  step(): void {
    const binding = this.#prepare()
    try {
      binding.run()
      this.#done++
    } finally {
      this.#settle()
    }
  }

  /** The next run, on another thread. */
  async stepAsync(): Promise<void> {
    const binding = this.#prepare()
    try {
      await binding.runAsync()
      this.#done++
    } finally {
      this.#settle()
    }
  }

  /** Ends the run under way; its `stepAsync` rejects. */
  terminate(): void {
    this.#binding?.terminate()
  }

  /** The frames, `[frames, mels]`, once all runs are done. The array is the solve's own. */
  mel(): Float32Array {
    assert.equal(this.runsLeft, 0, 'the solve is not finished')
    return this.#states[this.#engine.dims.steps % 2]!
  }

  /** Frees native handles. Not during a run. */
  release(): void {
    assert(this.#binding === undefined, 'a solve is released during a run')
    this.#estimating?.release()
    this.#estimating = undefined
    for (const tensor of this.#kept.splice(0)) tensor.release()
  }

  #prepare(): Binding {
    assert(this.#binding === undefined, 'one run of a solve at a time')
    assert(this.runsLeft > 0, 'the solve is finished')
    this.#binding = this.#done === 0 ? this.#encoderBinding() : this.#estimatorBinding(this.#done - 1)
    return this.#binding
  }

  #settle(): void {
    if (this.#binding !== this.#estimating) this.#binding?.release()
    this.#binding = undefined
    for (const tensor of this.#passing) tensor.release()
    this.#passing = []
  }

  #encoderBinding(): Binding {
    const { dims, encoder, distances } = this.#engine
    const { tokens, known, past, embedding, promptMel, caches, masks, probe } = this.#inputs
    const fresh = this.#fresh
    const frames = fresh * dims.stride
    const total = past + fresh
    const tokenTable = distances.tokens(fresh, total)
    const frameTable = distances.frames(frames, total * dims.stride)
    const context = (of: 'tokens' | 'frames', next: boolean) =>
      this.#pass(caches.context(of, next), [1, CONTEXT_FRAMES, -1])
    const inputs: Record<string, RuntimeTensor> = {
      tokens: this.#pass(BigInt64Array.from(tokens, BigInt), [1, tokens.length]),
      known: this.#count(known),
      token_past: this.#count(past),
      token_valid: this.#count(total),
      frame_past: this.#count(past * dims.stride),
      frame_valid: this.#count(total * dims.stride),
      token_zero: tokenTable.zeroRow,
      frame_zero: frameTable.zeroRow,
      token_context: context('tokens', false),
      frame_context: context('frames', false),
      embedding: this.#pass(embedding, [1, dims.speaker]),
      prompt: this.#pass(promptMel, [1, frames, dims.mels]),
      ...Object.fromEntries(tokenTable.tensors),
      ...Object.fromEntries(frameTable.tensors),
      ...(masks && {
        token_mask: this.#pass(masks.tokens, [fresh, total]),
        frame_mask: this.#pass(masks.frames, [frames, total * dims.stride]),
      }),
    }
    const outputs: Record<string, RuntimeTensor> = {
      ...this.#guides,
      token_context_next: context('tokens', true),
      frame_context_next: context('frames', true),
      ...(probe && {
        mu: this.#pass(probe.mu, [1, frames, dims.mels]),
        speaker: this.#pass(probe.speaker, [1, dims.mels]),
      }),
    }
    for (let block = 0; block < dims.tokenBlocks + dims.frameBlocks; block++) {
      const rows = block < dims.tokenBlocks ? total : total * dims.stride
      for (const [part, name] of ['keys', 'values'].entries()) {
        const cache = this.#pass(caches.encoderCache(block, part as 0 | 1, rows), [1, rows, dims.width])
        inputs[`${name}.${block}`] = cache
        outputs[`${name}_next.${block}`] = cache
      }
    }
    return encoder.bind(inputs, outputs)
  }

  #estimatorBinding(step: number): Binding {
    const { dims, noise } = this.#engine
    const { past, caches, masks } = this.#inputs
    const frames = this.#fresh * dims.stride
    const first = past * dims.stride
    const total = first + frames
    const start = noise.subarray(first * dims.mels, total * dims.mels)
    const x = step === 0 ? start : this.#states[step % 2]!
    const inputs: Record<string, RuntimeTensor> = {
      x: this.#pass(x, [1, frames, dims.mels]),
      context: this.#pass(caches.context(step, false), [
        1,
        CONTEXT_FRAMES * GUIDANCE_ROWS,
        dims.contextChannels,
      ]),
    }
    const outputs: Record<string, RuntimeTensor> = {
      x_next: this.#pass(this.#states[(step + 1) % 2]!, [1, frames, dims.mels]),
      context_next: this.#pass(caches.context(step, true), [
        1,
        CONTEXT_FRAMES * GUIDANCE_ROWS,
        dims.contextChannels,
      ]),
    }
    for (let layer = 0; layer < dims.layers; layer++) {
      for (const [part, name] of ['keys', 'values'].entries()) {
        const cache = this.#pass(caches.stepCache(step, layer, part as 0 | 1, total), [
          1,
          total,
          dims.cacheWidth,
        ])
        inputs[`${name}.${layer}`] = cache
        outputs[`${name}_next.${layer}`] = cache
      }
    }
    this.#step[0] = BigInt(step)
    if (this.#estimating === undefined) {
      const fixed: Record<string, RuntimeTensor> = {
        ...this.#guides,
        step: this.#keep(this.#step, []),
        past: this.#keep(BigInt64Array.of(BigInt(first)), [1]),
        valid: this.#keep(BigInt64Array.of(BigInt(total)), [1]),
        ...(masks && { mask: this.#keep(masks.frames, [frames, total]) }),
      }
      this.#estimating = this.#engine.estimator.bind({ ...fixed, ...inputs }, outputs)
    } else {
      for (const [name, tensor] of Object.entries(inputs)) this.#estimating.set(name, tensor)
      for (const [name, tensor] of Object.entries(outputs)) this.#estimating.set(name, tensor)
    }
    return this.#estimating
  }

  #keep(data: TensorData, dims: readonly number[]): RuntimeTensor {
    const tensor = this.#tensor(data, dims)
    this.#kept.push(tensor)
    return tensor
  }

  #pass(data: TensorData, dims: readonly number[]): RuntimeTensor {
    const tensor = this.#tensor(data, dims)
    this.#passing.push(tensor)
    return tensor
  }

  #count(value: number): RuntimeTensor {
    return this.#pass(BigInt64Array.of(BigInt(value)), [1])
  }

  /** −1 as the last dimension stands for what is left. */
  #tensor(data: TensorData, dims: readonly number[]): RuntimeTensor {
    const dtype = dtypeOf(data)
    const known = dims.slice(0, -1).reduce((product, dim) => product * dim, 1)
    const full = dims.at(-1) === -1 ? [...dims.slice(0, -1), data.length / known] : dims
    return this.#engine.runtime.tensor(dtype, data, full)
  }
}

function dtypeOf(data: TensorData): 'float32' | 'float16' | 'int64' | 'bool' {
  if (data instanceof BigInt64Array) return 'int64'
  if (data instanceof Uint8Array) return 'bool'
  return data instanceof Uint16Array ? 'float16' : 'float32'
}
