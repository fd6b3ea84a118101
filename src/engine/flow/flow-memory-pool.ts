/**
 * Flow memories of utterances that have ended, for those to come.
 *
 * The system makes a program pay for each page that it touches for the first time (`fresh_ms` of `bench/flow`). A
 * memory that is used again has been paid for.
 */
import assert from 'node:assert/strict'
import type { DeviceMemory } from '../runtime/runtime.ts'
import { FlowBank, slotsThatFit } from './flow-bank.ts'
import type { FlowDims } from './flow-dims.ts'
import { bankBytes, FlowMemory } from './flow-memory.ts'

/** Reservations are whole multiples of so many tokens: few sizes, so that one utterance's memory fits the next. */
const SIZE_TOKENS = 200

export class FlowMemoryPool {
  readonly #device: DeviceMemory
  readonly #dims: FlowDims
  readonly #neighbours: number
  /** In which order banks were reserved; those without a memory in use or kept are forgotten. */
  readonly #ages = new WeakMap<FlowBank, number>()
  #reserved = 0
  /** Banks of which no slot was in use at the last `expire`, nor since. */
  #unused = new Set<FlowBank>()
  /** Banks that are never let go of. */
  readonly #lasting = new Set<FlowBank>()
  /** Lasting ones first, then smallest, then oldest bank, then lowest slot: those in use lie close together. */
  #kept: FlowMemory[] = []

  /** Memory is reserved for so many utterances beside each other: as many as may share a run. */
  constructor(device: DeviceMemory, dims: FlowDims, neighbours = 1) {
    this.#device = device
    this.#dims = dims
    this.#neighbours = neighbours
  }

  /** Bytes of what is kept. */
  get bytes(): number {
    return this.#kept.reduce((sum, memory) => sum + memory.bytes, 0)
  }

  /** Bytes that `trim` could free once `given` were given back: those of banks without another slot in use. */
  freeableBytes(given: readonly FlowMemory[] = []): number {
    const all = [...this.#kept, ...given]
    const isFree = ({ bank }: FlowMemory) =>
      !this.#lasting.has(bank) && all.filter((memory) => memory.bank === bank).length === bank.slots
    return all.reduce((sum, memory) => sum + (isFree(memory) ? memory.bytes : 0), 0)
  }

  /** The memory that `take` would give out, if it need not be reserved first. */
  next(capacity: number): FlowMemory | undefined {
    return this.#kept[this.#fitting(capacity)]
  }

  /** Bytes that `take` reserves before any is written: all slots of a bank, where memory is given at once and none is kept. */
  reservation(capacity: number): number {
    if (!this.#device.reservesInFull || this.next(capacity) !== undefined) return 0
    return this.bankBytes(capacity)
  }

  /** Bytes of all slots of a bank for so many tokens each. */
  bankBytes(capacity: number): number {
    const size = sizeFor(capacity)
    return bankBytes(this.#dims, size, slotsThatFit(this.#dims, size, this.#neighbours))
  }

  /** Memory with room for `capacity` tokens, as new. */
  take(capacity: number): FlowMemory {
    if (this.#fitting(capacity) < 0) this.#reserve(capacity)
    const [memory] = this.#kept.splice(this.#fitting(capacity), 1) as [FlowMemory]
    memory.clear()
    this.#unused.delete(memory.bank)
    return memory
  }

  /** A bank of slots with room for `capacity` tokens each, which stays for good. */
  reserveLasting(capacity: number): FlowBank {
    const bank = this.#newBank(capacity)
    this.#lasting.add(bank)
    this.#fill(bank)
    return bank
  }

  /** Takes memory back that no run reads or writes any more. */
  give(memory: FlowMemory): void {
    assert(!this.#kept.includes(memory), 'flow memory is given back twice')
    const behind = this.#kept.findIndex((other) => this.#isBefore(memory, other))
    this.#kept.splice(behind < 0 ? this.#kept.length : behind, 0, memory)
  }

  /**
   * Lets go of kept memory, the largest first, until `bytes` are free or none is left; returns what was freed. A bank
   * goes as a whole, once no slot of it is in use.
   */
  trim(bytes: number): number {
    let freed = 0
    while (freed < bytes) {
      const bank = this.#kept.findLast((memory) => this.#isFree(memory.bank))?.bank
      if (bank === undefined) break
      const slots = this.#kept.filter((memory) => memory.bank === bank)
      freed += slots.reduce((sum, memory) => sum + memory.bytes, 0)
      this.#kept = this.#kept.filter((memory) => memory.bank !== bank)
    }
    return freed
  }

  /** Lets go of banks of which no slot was used since the last call; returns the bytes freed. */
  expire(): number {
    const before = this.bytes
    this.#kept = this.#kept.filter(({ bank }) => !this.#unused.has(bank))
    this.#unused = new Set(this.#kept.map(({ bank }) => bank).filter((bank) => this.#isFree(bank)))
    return before - this.bytes
  }

  #reserve(capacity: number): void {
    this.#fill(this.#newBank(sizeFor(capacity)))
  }

  #newBank(capacity: number): FlowBank {
    const slots = slotsThatFit(this.#dims, capacity, this.#neighbours)
    return FlowBank.reserve(this.#device, this.#dims, capacity, slots)
  }

  /** Its slots are free. */
  #fill(bank: FlowBank): void {
    this.#ages.set(bank, this.#reserved++)
    for (let slot = 0; slot < bank.slots; slot++) this.give(new FlowMemory(bank, slot))
  }

  #isFree(bank: FlowBank): boolean {
    if (this.#lasting.has(bank)) return false
    return this.#kept.filter((memory) => memory.bank === bank).length === bank.slots
  }

  #fitting(capacity: number): number {
    return this.#kept.findIndex((memory) => memory.capacity >= capacity)
  }

  #isBefore(one: FlowMemory, other: FlowMemory): boolean {
    const lasts = ({ bank }: FlowMemory) => this.#lasting.has(bank)
    if (lasts(one) !== lasts(other)) return lasts(one)
    if (one.capacity !== other.capacity) return one.capacity < other.capacity
    if (one.bank !== other.bank) return this.#ages.get(one.bank)! < this.#ages.get(other.bank)!
    return one.slot < other.slot
  }
}

function sizeFor(capacity: number): number {
  return Math.max(1, Math.ceil(capacity / SIZE_TOKENS)) * SIZE_TOKENS
}
