/**
 * Keys and values of all rows, and which rows are in use.
 *
 * Knows: the pool's layout and that rows in use are always 0 … n−1. Does not know: sessions or requests.
 *
 * One array for each (layer, key or value): `[rows, kvHeads, capacity, headDim]`. The first n rows of it are a valid
 * tensor over the same memory, so a batch of n needs no copy; when a row ends, the last one moves into its place.
 * A fresh array's untouched pages cost nothing, so capacity may be generous.
 */
import assert from 'node:assert/strict'

export interface KvShape {
  readonly layers: number
  readonly kvHeads: number
  readonly headDim: number
  readonly rows: number
  /** Positions of a row in memory. A row holds one less: an idle row of a batch writes behind its valid positions. */
  readonly capacity: number
  readonly dtype: 'float32' | 'float16'
}

type KvArray = Float32Array | Uint16Array

/** A row's valid positions outside the pool, `[kvHeads, length, headDim]` of each array. */
export interface ParkedRow {
  readonly length: number
  readonly arrays: readonly KvArray[]
}

export class KvPool {
  readonly shape: KvShape
  /** Array 2·layer holds keys, 2·layer + 1 values. */
  readonly arrays: readonly KvArray[]
  readonly #lengths: Int32Array
  #used = 0

  constructor(shape: KvShape) {
    this.shape = shape
    const count = shape.rows * this.rowElements
    this.arrays = Array.from({ length: 2 * shape.layers }, () =>
      shape.dtype === 'float32' ? new Float32Array(count) : new Uint16Array(count),
    )
    this.#lengths = new Int32Array(shape.rows)
  }

  get used(): number {
    return this.#used
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

  /** Frees a row. Returns the row that moved into its place (always the last), or undefined when none had to. */
  release(row: number): number | undefined {
    assert(row >= 0 && row < this.#used, `row ${row} is not in use (${this.#used} are)`)
    const last = --this.#used
    if (row === last) return undefined
    this.#move(last, row)
    return last
  }

  /** A copy of a row's valid positions, exact to the bit: what `unpark` makes a row of again. */
  park(row: number): ParkedRow {
    const length = this.length(row)
    const { kvHeads, capacity, headDim } = this.shape
    const arrays = this.arrays.map((array) => {
      const size = kvHeads * length * headDim
      const parked = array instanceof Float32Array ? new Float32Array(size) : new Uint16Array(size)
      for (let head = 0; head < kvHeads; head++) {
        const start = (row * kvHeads + head) * capacity * headDim
        parked.set(array.subarray(start, start + length * headDim), head * length * headDim)
      }
      return parked
    })
    return { length, arrays }
  }

  /** Takes a row and fills it with what was parked. */
  unpark({ length, arrays }: ParkedRow): number {
    const row = this.take()
    const { kvHeads, capacity, headDim } = this.shape
    for (const [i, array] of this.arrays.entries()) {
      for (let head = 0; head < kvHeads; head++) {
        const part = arrays[i]!.subarray(head * length * headDim, (head + 1) * length * headDim)
        array.set(part, (row * kvHeads + head) * capacity * headDim)
      }
    }
    this.#lengths[row] = length
    return row
  }

  #move(from: number, to: number): void {
    const { kvHeads, capacity, headDim } = this.shape
    const length = this.#lengths[from]!
    const headElements = capacity * headDim
    for (const array of this.arrays) {
      for (let head = 0; head < kvHeads; head++) {
        const start = (from * kvHeads + head) * headElements
        array.copyWithin((to * kvHeads + head) * headElements, start, start + length * headDim)
      }
    }
    this.#lengths[to] = length
  }
}
