/**
 * Keys and values of all rows, and which rows are in use.
 *
 * Rows in use are always 0 … n−1. One array for each (layer, key or value): `[rows, kvHeads, capacity, headDim]`. The
 * first n rows of it are a valid tensor over the same memory. So a batch of n needs no copy; when a row ends, the last
 * one moves into its place. A fresh array's untouched pages cost nothing, so capacity may be generous.
 */
import assert from 'node:assert/strict'
import type { ArrayCopy, DeviceArray, DeviceMemory } from '../runtime/runtime.ts'

export interface KvShape {
  readonly layers: number
  readonly kvHeads: number
  readonly headDim: number
  readonly rows: number
  /** Positions of a row in memory. A row holds one less: an idle row of a batch writes behind its valid positions. */
  readonly capacity: number
  readonly dtype: 'float32' | 'float16'
}

/** A row's valid positions outside the pool, `[kvHeads, length, headDim]` of each array. */
export interface ParkedRow {
  readonly length: number
  readonly arrays: readonly DeviceArray[]
}

export class KvPool {
  readonly shape: KvShape
  /** Array 2·layer holds keys, 2·layer + 1 values. */
  readonly arrays: readonly DeviceArray[]
  readonly #device: DeviceMemory
  readonly #lengths: Int32Array
  /** Rows in memory, an even number: a step may be filled up with one that is not in use. */
  readonly #reserved: number
  #used = 0
  /** Rows that have, or may have, memory. */
  #touched = 0

  constructor(device: DeviceMemory, shape: KvShape) {
    this.#device = device
    this.shape = shape
    this.#reserved = shape.rows + (shape.rows % 2)
    const count = this.#reserved * this.rowElements
    this.arrays = Array.from({ length: 2 * shape.layers }, () => device.alloc(shape.dtype, count))
    this.#lengths = new Int32Array(shape.rows)
  }

  get used(): number {
    return this.#used
  }

  /** Rows in memory: a step may have padding rows up to so many. */
  get reserved(): number {
    return this.#reserved
  }

  /** Elements of one row in one array. */
  get rowElements(): number {
    return this.shape.kvHeads * this.shape.capacity * this.shape.headDim
  }

  /** Valid positions that a row can have. */
  get maxLength(): number {
    return this.shape.capacity - 1
  }

  /** Bytes that `positions` positions of one row take over all layers. */
  bytesFor(positions: number): number {
    const { layers, kvHeads, headDim, dtype } = this.shape
    return 2 * layers * kvHeads * headDim * positions * (dtype === 'float32' ? 4 : 2)
  }

  /** Bytes held by valid positions. */
  get usedBytes(): number {
    let positions = 0
    for (let row = 0; row < this.#used; row++) positions += this.#lengths[row]!
    return this.bytesFor(positions)
  }

  /** Valid positions of a row in use. */
  length(row: number): number {
    assert(row >= 0 && row < this.#used, `row ${row} is not in use (${this.#used} are)`)
    return this.#lengths[row]!
  }

  canTake(): boolean {
    return this.#used < this.shape.rows
  }

  /** A new, empty row: always the one after the last. */
  take(): number {
    assert(this.canTake(), `all ${this.shape.rows} rows are in use`)
    this.#lengths[this.#used] = 0
    // A step may be filled up with the row behind the last.
    this.#touched = Math.max(this.#touched, Math.min(this.#used + 2, this.#reserved))
    return this.#used++
  }

  /** `count` positions more are valid in a row: called once the run that wrote them has succeeded. */
  extend(row: number, count: number): void {
    const length = this.length(row) + count
    assert(
      length <= this.shape.capacity,
      `row ${row}: ${length} positions do not fit in ${this.shape.capacity}`,
    )
    this.#lengths[row] = length
  }

  /** Of a row in use only the first `length` positions stay valid: what a step that failed had added goes. */
  cut(row: number, length: number): void {
    assert(length <= this.length(row), `row ${row}: ${length} positions are more than it has`)
    this.#lengths[row] = length
  }

  /** Frees a row. Returns the row that moved into its place (always the last), or undefined when none had to. */
  release(row: number): number | undefined {
    assert(row >= 0 && row < this.#used, `row ${row} is not in use (${this.#used} are)`)
    const last = --this.#used
    if (row === last) return undefined
    this.#move(last, row)
    return last
  }

  /** Gives back what rows without use hold; bytes at most. For silence: the next utterances pay for fresh pages. */
  forgetUnused(): number {
    const rows = this.#touched - this.#used
    if (rows <= 0) return 0
    const [from, to] = [this.#used * this.rowElements, this.#touched * this.rowElements]
    for (const array of this.arrays) this.#device.forget(this.#device.part(array, from, to))
    this.#touched = this.#used
    return rows * this.bytesFor(this.shape.capacity)
  }

  /** A copy of a row's valid positions, exact to the bit: what `unpark` makes a row of again. */
  park(row: number): ParkedRow {
    const length = this.length(row)
    const { kvHeads, headDim, dtype } = this.shape
    const arrays = this.arrays.map(() => this.#device.alloc(dtype, kvHeads * length * headDim))
    this.#device.copy(
      this.#pairs(row, arrays, length).map(({ inPool, outside }) => ({ from: inPool, to: outside })),
    )
    return { length, arrays }
  }

  /** Takes a row and fills it with what was parked. */
  unpark({ length, arrays }: ParkedRow): number {
    const row = this.take()
    this.#device.copy(
      this.#pairs(row, arrays, length).map(({ inPool, outside }) => ({ from: outside, to: inPool })),
    )
    this.#lengths[row] = length
    return row
  }

  #move(from: number, to: number): void {
    const length = this.#lengths[from]!
    const pairs: ArrayCopy[] = []
    for (const array of this.arrays)
      for (let head = 0; head < this.shape.kvHeads; head++)
        pairs.push({
          from: this.#valid(array, from, head, length),
          to: this.#valid(array, to, head, length),
        })
    this.#device.copy(pairs)
    this.#lengths[to] = length
  }

  /** Each head's valid positions of a row in the pool, and in arrays `[kvHeads, length, headDim]` outside. */
  #pairs(row: number, outside: readonly DeviceArray[], length: number) {
    const size = length * this.shape.headDim
    return this.arrays.flatMap((array, i) =>
      Array.from({ length: this.shape.kvHeads }, (_, head) => ({
        inPool: this.#valid(array, row, head, length),
        outside: this.#device.part(outside[i]!, head * size, (head + 1) * size),
      })),
    )
  }

  #valid(array: DeviceArray, row: number, head: number, length: number): DeviceArray {
    const { kvHeads, capacity, headDim } = this.shape
    const start = (row * kvHeads + head) * capacity * headDim
    return this.#device.part(array, start, start + length * headDim)
  }
}
