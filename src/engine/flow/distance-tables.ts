/**
 * Tables of projected distances for the encoder's relative attention, one per block, as long as has been needed.
 *
 * A table has one row per distance i − j, largest first, down to a negative one. They depend on weights only, so all
 * utterances share them; they grow by doubling, so growth costs little in all.
 */

import type { DeviceMemory, Runtime, RuntimeTensor, Session } from '../runtime/runtime.ts'
import type { FlowDims } from './flow-dims.ts'

/** Covered at once: the distances of a minute; negative ones reach a block's length. */
const FIRST_TOKENS = 1500

export interface DistanceTable {
  /** `distances.i` of every block of one rate, `[rows, width]`. */
  readonly tensors: ReadonlyMap<string, RuntimeTensor>
  /** Row of distance 0, as the graph takes it. */
  readonly zeroRow: RuntimeTensor
  /** The same as a number, and the table's last row. */
  readonly zero: number
  readonly last: number
}

interface Covered {
  readonly ahead: number
  readonly behind: number
  readonly table: DistanceTable
}

export class DistanceTables {
  readonly #runtime: Runtime
  readonly #device: DeviceMemory
  readonly #session: Session
  readonly #dims: FlowDims
  #tokens: Covered | undefined
  #frames: Covered | undefined
  /** Outgrown tables. A run may still read one, so they go only with the rest. */
  readonly #outgrown: Covered[] = []

  /** `session` is one of the CPU; its tables are placed in `device`. */
  constructor(
    runtime: Runtime,
    device: DeviceMemory,
    session: Session,
    dims: FlowDims,
    firstTokens = FIRST_TOKENS,
  ) {
    this.#runtime = runtime
    this.#device = device
    this.#session = session
    this.#dims = dims
    this.tokens(dims.blockTokens, firstTokens)
    this.frames(dims.blockTokens * dims.stride, firstTokens * dims.stride)
  }

  /** A table for `fresh` queries that are the last of `total` rows at token rate. */
  tokens(fresh: number, total: number): DistanceTable {
    this.#tokens = this.#cover(this.#tokens, fresh, total, 0, this.#dims.tokenBlocks)
    return this.#tokens.table
  }

  /** The same at frame rate. */
  frames(fresh: number, total: number): DistanceTable {
    const { tokenBlocks, frameBlocks } = this.#dims
    this.#frames = this.#cover(this.#frames, fresh, total, tokenBlocks, frameBlocks)
    return this.#frames.table
  }

  /** Distances run from total − 1 (first key) down to −fresh (one beyond the last, see the graph's window). */
  #cover(known: Covered | undefined, fresh: number, total: number, first: number, count: number): Covered {
    if (known !== undefined && known.behind >= total && known.ahead >= fresh) return known
    const behind = known === undefined ? total : grown(known.behind, total)
    const ahead = known === undefined ? fresh : grown(known.ahead, fresh)
    const distances = Float32Array.from({ length: behind + ahead + 1 }, (_, row) => behind - row)
    const names = Array.from({ length: count }, (_, i) => `distances.${first + i}`)
    const tensors = this.#project(distances, names)
    const zero = this.#device.place(BigInt64Array.of(BigInt(behind)))
    const zeroRow = this.#runtime.tensor('int64', zero, [1])
    if (known !== undefined) this.#outgrown.push(known)
    return { behind, ahead, table: { tensors, zeroRow, zero: behind, last: behind + ahead } }
  }

  /** The named tables of these distances: computed on the CPU, placed where the encoder reads them. */
  #project(distances: Float32Array, names: readonly string[]): ReadonlyMap<string, RuntimeTensor> {
    const { width, stateType } = this.#dims
    const dims = [distances.length, width]
    const host = this.#runtime.memory({ kind: 'cpu' })
    const input = this.#runtime.tensor('float32', host.place(distances), [distances.length])
    const rows = names.map(() => host.alloc(stateType, distances.length * width))
    const outputs = rows.map((each) => this.#runtime.tensor(stateType, each, dims))
    const binding = this.#session.bind(
      { distances: input },
      Object.fromEntries(names.map((name, i) => [name, outputs[i]!])),
    )
    try {
      binding.run()
    } finally {
      binding.release()
      for (const tensor of [input, ...outputs]) tensor.release()
    }
    return new Map(
      names.map((name, i) => {
        const placed = this.#device.place(host.read(rows[i]!))
        return [name, this.#runtime.tensor(stateType, placed, dims)] as const
      }),
    )
  }

  /** No run may use a table any more. */
  release(): void {
    for (const covered of [this.#tokens, this.#frames, ...this.#outgrown.splice(0)]) {
      for (const tensor of covered?.table.tensors.values() ?? []) tensor.release()
      covered?.table.zeroRow.release()
    }
    this.#tokens = undefined
    this.#frames = undefined
  }
}

function grown(covered: number, needed: number): number {
  return needed <= covered ? covered : Math.max(needed, 2 * covered)
}
