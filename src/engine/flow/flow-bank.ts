/**
 * Keys and values of several utterances, slot beside slot, so that one run can serve neighbours.
 * Which utterance has which slot: `flow-memory-pool.ts`.
 *
 * Each slab is one layer's keys or values, `[slots, rows, width]`. A slot is time-major, so its first T rows are a
 * tensor by themselves. A run of one utterance costs by T, never by what is reserved; slots next to each other are a
 * tensor too, all rows of them. Slabs are reserved in full, but the system gives memory only to pages that were
 * written: rows that were never reached cost nothing.
 *
 *   encoder     block 0 K | block 0 V | block 1 K | …          tokens rows, then frames rows for the upper blocks
 *   steps[k]    layer 0 K | layer 0 V | layer 1 K | …          frames rows, both guidance rows in one
 */
import assert from 'node:assert/strict'
import type { DeviceArray, DeviceMemory } from '../runtime/runtime.ts'
import type { FlowDims } from './flow-dims.ts'

/** Elements that one array may have; the engine's own limit is not much higher. */
const MAX_ELEMENTS = 2 ** 31

/** Neighbours in a bank. */
export interface SlotRange {
  readonly first: number
  readonly count: number
}

interface BankArrays {
  readonly encoder: DeviceArray
  readonly steps: readonly DeviceArray[]
}

export class FlowBank {
  readonly device: DeviceMemory
  readonly dims: FlowDims
  readonly slots: number
  /** Tokens that an utterance has room for. */
  readonly capacity: number
  /** Tokens of a slot. Where there are several, each has a block behind its room, for runs that it has no part in. */
  readonly rows: number
  readonly arrays: BankArrays

  private constructor(
    device: DeviceMemory,
    dims: FlowDims,
    capacity: number,
    slots: number,
    arrays: BankArrays,
  ) {
    this.device = device
    this.dims = dims
    this.slots = slots
    this.capacity = capacity
    this.rows = slotRows(dims, capacity, slots)
    this.arrays = arrays
  }

  /** `shared`: other threads of the device can adopt it. */
  static reserve(
    device: DeviceMemory,
    dims: FlowDims,
    capacity: number,
    slots: number,
    shared = false,
  ): FlowBank {
    assert(capacity > 0 && slots > 0, 'a flow state needs room for at least one token')
    const tokens = slots * slotRows(dims, capacity, slots)
    const array = (length: number) =>
      shared ? device.allocShared(dims.stateType, length) : device.alloc(dims.stateType, length)
    return new FlowBank(device, dims, capacity, slots, {
      encoder: array(encoderElements(dims, tokens)),
      steps: Array.from({ length: dims.steps }, () => array(stepElements(dims, tokens))),
    })
  }

  /** A bank of one slot over arrays that another thread made. */
  static over(device: DeviceMemory, dims: FlowDims, capacity: number, arrays: BankArrays): FlowBank {
    return new FlowBank(device, dims, capacity, 1, arrays)
  }

  /** Keys (part 0) or values (part 1) of an encoder block: of one slot the first `rows` rows, of several all. */
  encoderCache(block: number, part: 0 | 1, range: SlotRange, rows: number): DeviceArray {
    const { tokenBlocks, width, stride } = this.dims
    const upper = Math.max(0, block - tokenBlocks)
    const lower = Math.min(block, tokenBlocks)
    const before = 2 * this.slots * this.rows * width * (lower + upper * stride)
    const slot = this.rows * (block < tokenBlocks ? 1 : stride) * width
    return this.#view(this.arrays.encoder, before + part * this.slots * slot, slot, range, rows * width)
  }

  /** The same of an estimator layer at one Euler step. */
  stepCache(step: number, layer: number, part: 0 | 1, range: SlotRange, rows: number): DeviceArray {
    const { cacheWidth, stride } = this.dims
    const slot = this.rows * stride * cacheWidth
    const before = (2 * layer + part) * this.slots * slot
    return this.#view(this.arrays.steps[step]!, before, slot, range, rows * cacheWidth)
  }

  /** All that a slot holds of its first `tokens` tokens, slab by slab; the same order in every bank. */
  *slabs(slot: number, tokens: number): Generator<DeviceArray> {
    const { dims } = this
    const range = { first: slot, count: 1 }
    const frames = tokens * dims.stride
    for (const part of [0, 1] as const) {
      for (let block = 0; block < dims.tokenBlocks + dims.frameBlocks; block++)
        yield this.encoderCache(block, part, range, block < dims.tokenBlocks ? tokens : frames)
      for (let step = 0; step < dims.steps; step++)
        for (let layer = 0; layer < dims.layers; layer++)
          yield this.stepCache(step, layer, part, range, frames)
    }
  }

  #view(array: DeviceArray, slab: number, slot: number, { first, count }: SlotRange, length: number) {
    assert(length <= slot, `a cache of ${slot} elements was asked for ${length}`)
    const start = slab + first * slot
    return this.device.part(array, start, start + (count === 1 ? length : count * slot))
  }
}

/** Slots of so many tokens that a bank can have, `wanted` at most and one at least. */
export function slotsThatFit(dims: FlowDims, capacity: number, wanted: number): number {
  const largest = Math.max(encoderElements(dims, 1), stepElements(dims, 1)) * (capacity + dims.blockTokens)
  return Math.max(1, Math.min(wanted, Math.floor(MAX_ELEMENTS / largest)))
}

/** Tokens of each slot of a bank: a block more than its room where there are several. */
export function slotRows(dims: FlowDims, capacity: number, slots: number): number {
  return slots === 1 ? capacity : capacity + dims.blockTokens
}

/** Elements of keys and values that `tokens` tokens have in the encoder, and at one Euler step. */
export function encoderElements(dims: FlowDims, tokens: number): number {
  return 2 * dims.width * tokens * (dims.tokenBlocks + dims.frameBlocks * dims.stride)
}

export function stepElements(dims: FlowDims, tokens: number): number {
  return 2 * dims.layers * dims.cacheWidth * tokens * dims.stride
}
