/**
 * The memory of one utterance's flow: its slot of cached keys and values, and the convolutions' left contexts.
 *
 * Knows: what an utterance's state is made of, how many bytes it takes, how to copy it. Does not know: tokens, graphs,
 * runs, who has the memory next (see `flow-memory-pool.ts`).
 *
 *   contexts    half 0 | half 1, each: the encoder's | step 0 | step 1 | …
 *
 * The two halves of `contexts` take turns: a run reads one and writes the other, and only a block that counts turns
 * them, so a run that failed can be repeated. Keys beyond the valid rows are overwritten by the same repetition.
 */
import assert from 'node:assert/strict'
import type { FlowArrays, StateArray } from '../../core/shared-prompt.ts'
import {
  encoderElements,
  FlowBank,
  type SlotRange,
  sharedStateArray,
  stateArray,
  stepElements,
} from './flow-bank.ts'
import { type ContextKind, contextElements, contextPart, elementBytes, type FlowDims } from './flow-dims.ts'

/** Where a solve finds its caches. */
export interface FlowCaches {
  /**
   * Tokens that the caches of a run show which has `valid` of them after it: just those, or where several utterances lie
   * side by side, all there is room for.
   */
  span(valid: number): number
  /** Keys (part 0) or values (part 1) of an encoder block, `rows` rows of each utterance. */
  encoderCache(block: number, part: 0 | 1, rows: number): StateArray
  /** The same of an estimator layer at one Euler step. */
  stepCache(step: number, layer: number, part: 0 | 1, rows: number): StateArray
  /** Context to read (`next` false) or to write. */
  context(of: ContextKind, next: boolean): StateArray
}

/** Bytes that an utterance of `tokens` tokens (prompt included) writes. Known before anything is allocated. */
export function flowStateBytes(dims: FlowDims, tokens: number): number {
  const cached = encoderElements(dims, tokens) + dims.steps * stepElements(dims, tokens)
  return elementBytes(dims) * (cached + 2 * contextElements(dims))
}

/**
 * Bytes that solving a whole utterance of `tokens` tokens takes while it runs: the scores of every frame for every
 * other, which grow by the square (measured: 5 to 7 copies per head of the encoder, 2.5 of the estimator).
 */
export function wholeSolveBytes(dims: FlowDims, tokens: number): number {
  const frames = tokens * dims.stride
  const copies = 7.5 * dims.heads + 2.5 * dims.layerHeads
  return elementBytes(dims) * frames * (copies * frames + 2 * dims.width + 2 * dims.cacheWidth)
}

export class FlowMemory implements FlowCaches {
  readonly dims: FlowDims
  readonly bank: FlowBank
  /** Its place in the bank. */
  readonly slot: number
  readonly #range: SlotRange
  readonly #contexts: StateArray
  #half: 0 | 1 = 0
  #reached = 0

  constructor(bank: FlowBank, slot: number, contexts?: StateArray) {
    assert(slot >= 0 && slot < bank.slots, `no slot ${slot} among ${bank.slots}`)
    this.dims = bank.dims
    this.bank = bank
    this.slot = slot
    this.#range = { first: slot, count: 1 }
    this.#contexts = contexts ?? stateArray(bank.dims, 2 * contextElements(bank.dims))
  }

  /** Room for `capacity` tokens in a bank of its own. */
  static reserve(dims: FlowDims, capacity: number): FlowMemory {
    return new FlowMemory(FlowBank.reserve(dims, capacity, 1), 0)
  }

  /** The same where other threads can read it too. */
  static reserveShared(dims: FlowDims, capacity: number): FlowMemory {
    const contexts = sharedStateArray(dims, 2 * contextElements(dims))
    return new FlowMemory(FlowBank.reserve(dims, capacity, 1, sharedStateArray), 0, contexts)
  }

  /** What another thread made with `reserveShared` and nobody writes any more, all of it valid. */
  static over(dims: FlowDims, { capacity, encoder, steps, contexts }: FlowArrays): FlowMemory {
    const memory = new FlowMemory(FlowBank.over(dims, capacity, { encoder, steps }), 0, contexts)
    memory.reach(capacity)
    return memory
  }

  /** For another thread, which must only read. */
  get arrays(): FlowArrays {
    assert(this.#half === 0, 'contexts that were turned cannot be handed on')
    return { capacity: this.capacity, ...this.bank.arrays, contexts: this.#contexts }
  }

  /** Tokens there is room for. */
  get capacity(): number {
    return this.bank.capacity
  }

  /** Bytes that the system gave: those of every row that was ever written, whoever it was for. */
  get bytes(): number {
    const { rows, capacity } = this.bank
    return flowStateBytes(this.dims, this.#reached + (rows - capacity))
  }

  /** Rows of the first `tokens` tokens are going to be written. */
  reach(tokens: number): void {
    assert(tokens <= this.capacity, `room for ${this.capacity} tokens, ${tokens} to write`)
    this.#reached = Math.max(this.#reached, tokens)
  }

  /**
   * As new for another utterance. Rows keep what is in them where only valid ones are ever read; runs of several see
   * all, and though they count none of the others, what is no number would spread.
   */
  clear(): void {
    this.#contexts.fill(0)
    this.#half = 0
    if (this.bank.slots > 1) for (const slab of this.bank.slabs(this.slot, this.#reached)) slab.fill(0)
  }

  span(valid: number): number {
    return valid
  }

  encoderCache(block: number, part: 0 | 1, rows: number): StateArray {
    return this.bank.encoderCache(block, part, this.#range, rows)
  }

  stepCache(step: number, layer: number, part: 0 | 1, rows: number): StateArray {
    return this.bank.stepCache(step, layer, part, this.#range, rows)
  }

  context(of: ContextKind, next: boolean): StateArray {
    const half = next ? 1 - this.#half : this.#half
    const { start, length } = contextPart(this.dims, of)
    const first = half * contextElements(this.dims) + start
    return this.#contexts.subarray(first, first + length)
  }

  /** What the last block wrote becomes what the next one reads. */
  turn(): void {
    this.#half = this.#half === 0 ? 1 : 0
  }

  /** Takes over the first `tokens` tokens of another utterance, and the contexts that its next block reads. */
  copyFrom(other: FlowMemory, tokens: number): void {
    this.reach(tokens)
    const theirs = other.bank.slabs(other.slot, tokens)
    for (const slab of this.bank.slabs(this.slot, tokens)) slab.set(theirs.next().value!)
    const half = contextElements(this.dims)
    this.#contexts.set(other.#contexts.subarray(other.#half * half, (other.#half + 1) * half))
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
    this.#zero = stateArray(dims, contextElements(dims))
    this.#written = stateArray(dims, contextElements(dims))
  }

  span(valid: number): number {
    return valid
  }

  encoderCache(_block: number, part: 0 | 1, rows: number): StateArray {
    return this.#encoder[part].subarray(0, rows * this.#dims.width)
  }

  stepCache(_step: number, _layer: number, part: 0 | 1, rows: number): StateArray {
    return this.#step[part].subarray(0, rows * this.#dims.cacheWidth)
  }

  context(of: ContextKind, next: boolean): StateArray {
    return (next ? this.#written : this.#zero).subarray(0, contextPart(this.#dims, of).length)
  }
}
