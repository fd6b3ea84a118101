/**
 * The caches of several utterances that one run solves together: their slots of one bank.
 *
 * Slots that a run spans without having a part in it are not touched where anything in them is valid. Keys and values
 * stay where they are. Contexts are gathered from the members beforehand and handed back when the block counts: they
 * are small, and each utterance turns its own halves.
 */
import assert from 'node:assert/strict'
import type { ArrayCopy, DeviceArray } from '../runtime/runtime.ts'
import type { FlowBank, SlotRange } from './flow-bank.ts'
import { type ContextKind, contextElements, contextKinds, contextPart } from './flow-dims.ts'
import type { FlowCaches, FlowMemory } from './flow-memory.ts'

/** The slots of a bank that a run spans, and their contexts side by side: those that it reads and those it writes. */
export interface CommonContexts {
  readonly bank: FlowBank
  readonly range: SlotRange
  readonly read: DeviceArray
  readonly written: DeviceArray
}

export function commonContexts(bank: FlowBank, range: SlotRange): CommonContexts {
  const { device, dims } = bank
  const contexts = () => device.alloc(dims.stateType, range.count * contextElements(dims))
  return { bank, range, read: contexts(), written: contexts() }
}

export class CommonCaches implements FlowCaches {
  /** A row of the run for each slot that it spans; undefined where the slot's utterance has no part in it. */
  readonly rows: readonly (FlowMemory | undefined)[]
  readonly #bank: FlowBank
  readonly #range: SlotRange
  readonly #read: DeviceArray
  readonly #written: DeviceArray

  /** Members must lie in one bank, and in the range of `contexts` where they are given. */
  constructor(members: readonly FlowMemory[], contexts = commonContexts(bankOf(members), spanOf(members))) {
    const { bank, range, read, written } = contexts
    const { first, count } = range
    assert(
      members.every(({ slot }) => slot >= first && slot < first + count),
      'a run spans the slots of its members',
    )
    this.#bank = bank
    this.#range = range
    this.#read = read
    this.#written = written
    this.rows = Array.from({ length: count }, (_, row) => members.find(({ slot }) => slot === first + row))
    const gathered: ArrayCopy[] = []
    for (const kind of contextKinds(bank.dims))
      for (const [row, member] of this.rows.entries())
        if (member !== undefined)
          gathered.push({ from: member.context(kind, false), to: this.#rowOf(kind, false, row) })
    bank.device.copy(gathered)
  }

  /** Tokens before those that a slot without part in the run writes: behind the room of its utterance. */
  get spare(): number {
    return this.#bank.capacity
  }

  span(): number {
    return this.#bank.rows
  }

  encoderCache(block: number, part: 0 | 1, rows: number): DeviceArray {
    return this.#bank.encoderCache(block, part, this.#range, rows)
  }

  stepCache(step: number, layer: number, part: 0 | 1, rows: number): DeviceArray {
    return this.#bank.stepCache(step, layer, part, this.#range, rows)
  }

  /** All rows of one kind side by side. */
  context(of: ContextKind, next: boolean): DeviceArray {
    const { count } = this.#range
    const { start, length } = contextPart(this.#bank.dims, of)
    return this.#bank.device.part(next ? this.#written : this.#read, count * start, count * (start + length))
  }

  /** The block counts for the member in this row: it gets the contexts that its next block reads. */
  settle(row: number): void {
    const { device, dims } = this.#bank
    device.copy(
      contextKinds(dims).map((kind) => ({
        from: this.#rowOf(kind, true, row),
        to: this.rows[row]!.context(kind, true),
      })),
    )
  }

  #rowOf(of: ContextKind, next: boolean, row: number): DeviceArray {
    const { length } = contextPart(this.#bank.dims, of)
    return this.#bank.device.part(this.context(of, next), row * length, (row + 1) * length)
  }
}

function bankOf(members: readonly FlowMemory[]): FlowBank {
  const [{ bank }] = members as [FlowMemory]
  assert(
    members.every((member) => member.bank === bank),
    'utterances of several banks cannot share a run',
  )
  return bank
}

function spanOf(members: readonly FlowMemory[]): SlotRange {
  const slots = members.map(({ slot }) => slot)
  const first = Math.min(...slots)
  return { first, count: Math.max(...slots) - first + 1 }
}
