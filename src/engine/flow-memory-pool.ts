/**
 * Flow memories of utterances that have ended, for those to come.
 *
 * Knows: which are kept and what they take. Does not know: utterances, budgets (whoever has one asks and trims).
 *
 * The system makes a program pay for each page that it touches for the first time, at real dimensions as much as a
 * third of what a block costs. A memory that is used again has been paid for.
 */
import assert from 'node:assert/strict'
import type { FlowDims } from './flow-dims.ts'
import { FlowMemory } from './flow-memory.ts'

/** Reservations are whole multiples of so many tokens: few sizes, so that one utterance's memory fits the next. */
const SIZE_TOKENS = 200

export class FlowMemoryPool {
  readonly #dims: FlowDims
  /** Smallest capacity first. */
  readonly #kept: FlowMemory[] = []

  constructor(dims: FlowDims) {
    this.#dims = dims
  }

  /** Bytes of what is kept. */
  get bytes(): number {
    return this.#kept.reduce((sum, memory) => sum + memory.bytes, 0)
  }

  /** Bytes that the memory which `take` would give out has already. */
  bytesOfNext(capacity: number): number {
    return this.#kept[this.#fitting(capacity)]?.bytes ?? 0
  }

  /** Memory with room for `capacity` tokens, as new. */
  take(capacity: number): FlowMemory {
    const at = this.#fitting(capacity)
    if (at < 0)
      return FlowMemory.reserve(this.#dims, Math.max(1, Math.ceil(capacity / SIZE_TOKENS)) * SIZE_TOKENS)
    const [memory] = this.#kept.splice(at, 1) as [FlowMemory]
    memory.clear()
    return memory
  }

  /** Takes memory back that nobody reads or writes any more. */
  give(memory: FlowMemory): void {
    assert(!this.#kept.includes(memory), 'flow memory is given back twice')
    const larger = this.#kept.findIndex(({ capacity }) => capacity >= memory.capacity)
    this.#kept.splice(larger < 0 ? this.#kept.length : larger, 0, memory)
  }

  /** Lets go of kept memory, the largest first, until `bytes` are free or none is left; returns what was freed. */
  trim(bytes: number): number {
    let freed = 0
    while (freed < bytes && this.#kept.length > 0) freed += this.#kept.pop()!.bytes
    return freed
  }

  #fitting(capacity: number): number {
    return this.#kept.findIndex((memory) => memory.capacity >= capacity)
  }
}
