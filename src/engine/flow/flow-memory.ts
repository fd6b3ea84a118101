/**
 * The memory of one utterance's flow: its slot of cached keys and values, and the convolutions' left contexts.
 *
 *   contexts    half 0 | half 1, each: the encoder's | step 0 | step 1 | …
 *
 * The two halves of `contexts` take turns: a run reads one and writes the other. Only a block that counts turns them.
 * So a run that failed can be repeated. Keys beyond the valid rows are overwritten by the same repetition.
 */
import assert from 'node:assert/strict'
import type { SharedFlowMemory } from '../../core/shared-prompt.ts'
import type { DeviceArray, DeviceMemory } from '../runtime/runtime.ts'
import { encoderElements, FlowBank, type SlotRange, slotRows, stepElements } from './flow-bank.ts'
import { type ContextKind, contextElements, contextPart, elementBytes, type FlowDims } from './flow-dims.ts'

/** Where a solve finds its caches. */
export interface FlowCaches {
  /**
   * Tokens that the caches of a run show which has `valid` of them after it: just those, or where several utterances lie
   * side by side, all there is room for.
   */
  span(valid: number): number
  /** Keys (part 0) or values (part 1) of an encoder block, `rows` rows of each utterance. */
  encoderCache(block: number, part: 0 | 1, rows: number): DeviceArray
  /** The same of an estimator layer at one Euler step. */
  stepCache(step: number, layer: number, part: 0 | 1, rows: number): DeviceArray
  /** Context to read (`next` false) or to write. */
  context(of: ContextKind, next: boolean): DeviceArray
}

/** Bytes that an utterance of `tokens` tokens (prompt included) writes. Known before anything is allocated. */
export function flowStateBytes(dims: FlowDims, tokens: number): number {
  const cached = encoderElements(dims, tokens) + dims.steps * stepElements(dims, tokens)
  return elementBytes(dims) * (cached + 2 * contextElements(dims))
}

/** Bytes of a bank of `slots` with room for `capacity` tokens each, all written. */
export function bankBytes(dims: FlowDims, capacity: number, slots: number): number {
  return slots * flowStateBytes(dims, slotRows(dims, capacity, slots))
}

/**
 * Bytes that solving a whole utterance of `tokens` tokens takes while it runs. Scores of every frame for every other
 * grow by the square. Measured: 5 to 7 copies per head of the encoder, 2.5 of the estimator.
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
  readonly #contexts: DeviceArray
  #half: 0 | 1 = 0
  #reached = 0

  constructor(bank: FlowBank, slot: number, contexts?: DeviceArray) {
    assert(slot >= 0 && slot < bank.slots, `no slot ${slot} among ${bank.slots}`)
    this.dims = bank.dims
    this.bank = bank
    this.slot = slot
    this.#range = { first: slot, count: 1 }
    this.#contexts = contexts ?? bank.device.alloc(bank.dims.stateType, 2 * contextElements(bank.dims))
  }

  /** Room for `capacity` tokens in a bank of its own. */
  static reserve(device: DeviceMemory, dims: FlowDims, capacity: number): FlowMemory {
    return new FlowMemory(FlowBank.reserve(device, dims, capacity, 1), 0)
  }

  /** The same where other threads can read it too. */
  static reserveShared(device: DeviceMemory, dims: FlowDims, capacity: number): FlowMemory {
    const contexts = device.allocShared(dims.stateType, 2 * contextElements(dims))
    return new FlowMemory(FlowBank.reserve(device, dims, capacity, 1, true), 0, contexts)
  }

  /** What another thread made with `reserveShared` and does not write any more, all of it valid. */
  static over(device: DeviceMemory, dims: FlowDims, shared: SharedFlowMemory): FlowMemory {
    const { capacity } = shared
    const arrays = {
      encoder: device.adopt(shared.encoder),
      steps: shared.steps.map((step) => device.adopt(step)),
    }
    const contexts = device.adopt(shared.contexts)
    const memory = new FlowMemory(FlowBank.over(device, dims, capacity, arrays), 0, contexts)
    memory.reach(capacity)
    return memory
  }

  /** For another thread, which must only read. */
  get shared(): SharedFlowMemory {
    assert(this.#half === 0, 'contexts that were turned cannot be handed on')
    const { device, arrays } = this.bank
    return {
      capacity: this.capacity,
      encoder: device.share(arrays.encoder),
      steps: arrays.steps.map((step) => device.share(step)),
      contexts: device.share(this.#contexts),
    }
  }

  /** Tokens there is room for. */
  get capacity(): number {
    return this.bank.capacity
  }

  /** Bytes that the system gave: those of every row that was ever written, or all where memory is given at once. */
  get bytes(): number {
    const { rows, capacity, device } = this.bank
    if (device.reservesInFull) return flowStateBytes(this.dims, rows)
    return flowStateBytes(this.dims, this.#reached + (rows - capacity))
  }

  /** Rows of the first `tokens` tokens are going to be written. */
  reach(tokens: number): void {
    assert(tokens <= this.capacity, `room for ${this.capacity} tokens, ${tokens} to write`)
    this.#reached = Math.max(this.#reached, tokens)
  }

  /**
   * As new for another utterance. Rows keep what is in them where valid ones alone are read. Runs of several see all:
   * they count none of the others, but what is no number would spread.
   */
  clear(): void {
    const { device, slots } = this.bank
    device.zero([this.#contexts])
    this.#half = 0
    if (slots > 1) device.zero(this.bank.slabs(this.slot, this.#reached))
  }

  span(valid: number): number {
    return valid
  }

  encoderCache(block: number, part: 0 | 1, rows: number): DeviceArray {
    return this.bank.encoderCache(block, part, this.#range, rows)
  }

  stepCache(step: number, layer: number, part: 0 | 1, rows: number): DeviceArray {
    return this.bank.stepCache(step, layer, part, this.#range, rows)
  }

  context(of: ContextKind, next: boolean): DeviceArray {
    const half = next ? 1 - this.#half : this.#half
    const { start, length } = contextPart(this.dims, of)
    const first = half * contextElements(this.dims) + start
    return this.bank.device.part(this.#contexts, first, first + length)
  }

  /** What the last block wrote becomes what the next one reads. */
  turn(): void {
    this.#half = this.#half === 0 ? 1 : 0
  }

  /** Takes over the first `tokens` tokens of another utterance, and the contexts that its next block reads. */
  copyFrom(other: FlowMemory, tokens: number): void {
    this.reach(tokens)
    const { device } = this.bank
    const theirs = other.bank.slabs(other.slot, tokens)
    const slabs = Array.from(this.bank.slabs(this.slot, tokens), (to) => ({ from: theirs.next().value!, to }))
    const half = contextElements(this.dims)
    const contexts = {
      from: device.part(other.#contexts, other.#half * half, (other.#half + 1) * half),
      to: device.part(this.#contexts, 0, half),
    }
    device.copy([...slabs, contexts])
    this.#half = 0
  }
}

/**
 * Caches for a whole utterance in one run: nothing outlives a layer. So all layers of one rate share two slabs: layer l
 * + 1 writes its keys after layer l's attention has read its own. Contexts read as zero.
 */
export class PassingCaches implements FlowCaches {
  readonly #device: DeviceMemory
  readonly #encoder: readonly [DeviceArray, DeviceArray]
  readonly #step: readonly [DeviceArray, DeviceArray]
  readonly #zero: DeviceArray
  readonly #written: DeviceArray
  readonly #dims: FlowDims

  constructor(device: DeviceMemory, dims: FlowDims, tokens: number) {
    const frames = tokens * dims.stride
    const array = (length: number) => device.alloc(dims.stateType, length)
    this.#device = device
    this.#dims = dims
    this.#encoder = [array(frames * dims.width), array(frames * dims.width)]
    this.#step = [array(frames * dims.cacheWidth), array(frames * dims.cacheWidth)]
    this.#zero = array(contextElements(dims))
    this.#written = array(contextElements(dims))
  }

  span(valid: number): number {
    return valid
  }

  encoderCache(_block: number, part: 0 | 1, rows: number): DeviceArray {
    return this.#device.part(this.#encoder[part], 0, rows * this.#dims.width)
  }

  stepCache(_step: number, _layer: number, part: 0 | 1, rows: number): DeviceArray {
    return this.#device.part(this.#step[part], 0, rows * this.#dims.cacheWidth)
  }

  context(of: ContextKind, next: boolean): DeviceArray {
    return this.#device.part(next ? this.#written : this.#zero, 0, contextPart(this.#dims, of).length)
  }
}
