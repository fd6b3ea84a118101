/**
 * The memory of one utterance's flow: cached keys and values of every layer, and the convolutions' left contexts.
 *
 * Knows: how the slabs lie, how many bytes they take, how to copy them. Does not know: tokens, graphs, runs, who has
 * the memory next (see `flow-memory-pool.ts`).
 *
 * Each slab is one layer's keys or values, `[rows, width]`, time-major, so that its first T rows are a tensor by
 * themselves and a run costs by T, never by capacity. Slabs are reserved in full, but the system gives memory only
 * to pages that were written: rows that nobody ever reached cost nothing.
 *
 *   encoder     block 0 K | block 0 V | block 1 K | …          tokens rows, then frames rows for the upper blocks
 *   steps[k]    layer 0 K | layer 0 V | layer 1 K | …          frames rows, both guidance rows in one
 *   contexts    half 0 | half 1, each: tokens | frames | step 0 | step 1 | …
 *
 * The two halves of `contexts` take turns: a run reads one and writes the other, and only a block that counts turns
 * them, so a run that failed can be repeated. Keys beyond the valid rows are overwritten by the same repetition.
 */
import assert from 'node:assert/strict'
import type { FlowArrays, StateArray } from '../core/shared-prompt.ts'
import { CONTEXT_FRAMES, type FlowDims, GUIDANCE_ROWS } from './flow-dims.ts'

const ELEMENT_BYTES = { float32: 4, float16: 2 } as const

/** Zeros, of which the system gives only what is written. */
export function stateArray(dims: FlowDims, length: number): StateArray {
  return dims.stateType === 'float32' ? new Float32Array(length) : new Uint16Array(length)
}

function sharedStateArray(dims: FlowDims, length: number): StateArray {
  const buffer = new SharedArrayBuffer(length * ELEMENT_BYTES[dims.stateType])
  return dims.stateType === 'float32' ? new Float32Array(buffer) : new Uint16Array(buffer)
}

/** Where a solve finds its caches. */
export interface FlowCaches {
  /** Keys (part 0) or values (part 1) of an encoder block, the first `rows` rows. */
  encoderCache(block: number, part: 0 | 1, rows: number): StateArray
  /** The same of an estimator layer at one Euler step. */
  stepCache(step: number, layer: number, part: 0 | 1, rows: number): StateArray
  /** Context to read (`next` false) or to write. */
  context(of: 'tokens' | 'frames' | number, next: boolean): StateArray
}

/** Elements of keys and values that one token adds, over the whole flow. */
function elementsPerToken(dims: FlowDims): number {
  const encoder = 2 * dims.width * (dims.tokenBlocks + dims.frameBlocks * dims.stride)
  return encoder + 2 * dims.cacheWidth * dims.layers * dims.steps * dims.stride
}

function contextSizes(dims: FlowDims): { tokens: number; frames: number; step: number; half: number } {
  const tokens = CONTEXT_FRAMES * 2 * dims.width
  const frames = CONTEXT_FRAMES * 3 * dims.mels
  const step = CONTEXT_FRAMES * GUIDANCE_ROWS * dims.contextChannels
  return { tokens, frames, step, half: tokens + frames + step * dims.steps }
}

/** Bytes that an utterance of `tokens` tokens (prompt included) writes. Known before anything is allocated. */
export function flowStateBytes(dims: FlowDims, tokens: number): number {
  return ELEMENT_BYTES[dims.stateType] * (elementsPerToken(dims) * tokens + 2 * contextSizes(dims).half)
}

/**
 * Bytes that solving a whole utterance of `tokens` tokens takes while it runs: the scores of every frame for every
 * other, which grow by the square (measured: 5 to 7 copies per head of the encoder, 2.5 of the estimator).
 */
export function wholeSolveBytes(dims: FlowDims, tokens: number): number {
  const frames = tokens * dims.stride
  const copies = 7.5 * dims.heads + 2.5 * dims.layerHeads
  return ELEMENT_BYTES[dims.stateType] * frames * (copies * frames + 2 * dims.width + 2 * dims.cacheWidth)
}

export class FlowMemory implements FlowCaches {
  readonly dims: FlowDims
  readonly #arrays: FlowArrays
  #half: 0 | 1 = 0
  #reached = 0

  private constructor(dims: FlowDims, arrays: FlowArrays) {
    this.dims = dims
    this.#arrays = arrays
  }

  /** Reserves room for `capacity` tokens; with `shared` where other threads can read it too. */
  static reserve(dims: FlowDims, capacity: number, shared = false): FlowMemory {
    assert(capacity > 0, 'a flow state needs room for at least one token')
    const array = (length: number) => (shared ? sharedStateArray(dims, length) : stateArray(dims, length))
    return new FlowMemory(dims, {
      capacity,
      encoder: array(encoderElements(dims, capacity)),
      steps: Array.from({ length: dims.steps }, () => array(stepElements(dims, capacity))),
      contexts: array(2 * contextSizes(dims).half),
    })
  }

  /** The memory that another thread made with `shared` and that nobody writes any more, all of it valid. */
  static over(dims: FlowDims, arrays: FlowArrays): FlowMemory {
    const memory = new FlowMemory(dims, arrays)
    memory.reach(arrays.capacity)
    return memory
  }

  /** For another thread, which must only read. Contexts as if no block had turned them yet. */
  get arrays(): FlowArrays {
    assert(this.#half === 0, 'contexts that were turned cannot be handed on')
    return this.#arrays
  }

  /** Tokens there is room for. */
  get capacity(): number {
    return this.#arrays.capacity
  }

  /** Bytes that the system gave: those of every row that was ever written, whoever it was for. */
  get bytes(): number {
    return flowStateBytes(this.dims, this.#reached)
  }

  /** Rows of the first `tokens` tokens are going to be written. */
  reach(tokens: number): void {
    assert(tokens <= this.capacity, `room for ${this.capacity} tokens, ${tokens} to write`)
    this.#reached = Math.max(this.#reached, tokens)
  }

  /** As new for another utterance. Rows keep what is in them: nothing is read that was not written before. */
  clear(): void {
    this.#arrays.contexts.fill(0)
    this.#half = 0
  }

  encoderCache(block: number, part: 0 | 1, rows: number): StateArray {
    const { dims } = this
    const { tokenBlocks, width, stride } = dims
    const upper = Math.max(0, block - tokenBlocks)
    const lower = Math.min(block, tokenBlocks)
    const slab = this.capacity * (block < tokenBlocks ? 1 : stride) * width
    const before = 2 * this.capacity * width * (lower + upper * stride)
    return prefix(this.#arrays.encoder, before + part * slab, slab, rows * width)
  }

  stepCache(step: number, layer: number, part: 0 | 1, rows: number): StateArray {
    const { cacheWidth, stride } = this.dims
    const slab = this.capacity * stride * cacheWidth
    return prefix(this.#arrays.steps[step]!, (2 * layer + part) * slab, slab, rows * cacheWidth)
  }

  context(of: 'tokens' | 'frames' | number, next: boolean): StateArray {
    const sizes = contextSizes(this.dims)
    const half = next ? 1 - this.#half : this.#half
    const { contexts } = this.#arrays
    const start = half * sizes.half
    if (of === 'tokens') return contexts.subarray(start, start + sizes.tokens)
    const frames = start + sizes.tokens
    if (of === 'frames') return contexts.subarray(frames, frames + sizes.frames)
    const step = frames + sizes.frames + of * sizes.step
    return contexts.subarray(step, step + sizes.step)
  }

  /** What the last block wrote becomes what the next one reads. */
  turn(): void {
    this.#half = this.#half === 0 ? 1 : 0
  }

  /** Takes over the first `tokens` tokens of another utterance, and the contexts that its next block reads. */
  copyFrom(other: FlowMemory, tokens: number): void {
    const { dims } = this
    this.reach(tokens)
    const frames = tokens * dims.stride
    for (const part of [0, 1] as const) {
      for (let block = 0; block < dims.tokenBlocks + dims.frameBlocks; block++) {
        const rows = block < dims.tokenBlocks ? tokens : frames
        this.encoderCache(block, part, rows).set(other.encoderCache(block, part, rows))
      }
      for (let step = 0; step < dims.steps; step++)
        for (let layer = 0; layer < dims.layers; layer++)
          this.stepCache(step, layer, part, frames).set(other.stepCache(step, layer, part, frames))
    }
    const { half } = contextSizes(dims)
    this.#arrays.contexts.set(other.#arrays.contexts.subarray(other.#half * half, (other.#half + 1) * half))
    this.#half = 0
  }
}

/**
 * Caches for a whole utterance in one run: nothing outlives a layer, so all layers of one rate share two slabs
 * (layer l + 1 writes its keys only after layer l's attention has read its own). Contexts read as zero.
 */
export class PassingCaches implements FlowCaches {
  readonly #encoder: readonly [StateArray, StateArray]
  readonly #step: readonly [StateArray, StateArray]
  readonly #zero: StateArray
  readonly #written: StateArray
  readonly #dims: FlowDims

  constructor(dims: FlowDims, tokens: number) {
    const frames = tokens * dims.stride
    this.#dims = dims
    this.#encoder = [stateArray(dims, frames * dims.width), stateArray(dims, frames * dims.width)]
    this.#step = [stateArray(dims, frames * dims.cacheWidth), stateArray(dims, frames * dims.cacheWidth)]
    this.#zero = stateArray(dims, contextSizes(dims).half)
    this.#written = stateArray(dims, contextSizes(dims).half)
  }

  encoderCache(_block: number, part: 0 | 1, rows: number): StateArray {
    return this.#encoder[part].subarray(0, rows * this.#dims.width)
  }

  stepCache(_step: number, _layer: number, part: 0 | 1, rows: number): StateArray {
    return this.#step[part].subarray(0, rows * this.#dims.cacheWidth)
  }

  context(of: 'tokens' | 'frames' | number, next: boolean): StateArray {
    const sizes = contextSizes(this.#dims)
    return (next ? this.#written : this.#zero).subarray(
      0,
      of === 'tokens' || of === 'frames' ? sizes[of] : sizes.step,
    )
  }
}

function encoderElements(dims: FlowDims, tokens: number): number {
  return 2 * dims.width * tokens * (dims.tokenBlocks + dims.frameBlocks * dims.stride)
}

function stepElements(dims: FlowDims, tokens: number): number {
  return 2 * dims.layers * dims.cacheWidth * tokens * dims.stride
}

function prefix(array: StateArray, start: number, slab: number, length: number): StateArray {
  assert(length <= slab, `a cache of ${slab} elements was asked for ${length}`)
  return array.subarray(start, start + length)
}
