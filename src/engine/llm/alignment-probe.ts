/** What a speech LLM tells of the text that it says: one attention head's queries, an output of its graph, and that head's keys. */
import { halfToFloat } from '../../core/dtype.ts'
import type { DeviceMemory, Feeds, Runtime } from '../runtime/runtime.ts'
import type { KvPool } from './kv-pool.ts'

export interface AlignmentProbeHead {
  readonly layer: number
  /** Of the layer's heads of keys. */
  readonly kvHead: number
}

/** Where the graph gives the queries of all heads of all layers instead, layer after layer. */
export interface AllHeads {
  /** Of all layers together. */
  readonly heads: number
}

/** Queries of a run with so many rows. */
export interface Queries {
  /** To bind among the run's outputs. */
  readonly outputs: Feeds
  /** Of a row `[headDim]`, or of all heads `[heads, headDim]`, valid until the next run; undefined where the graph has none. */
  of(row: number): Float32Array | undefined
}

const NONE: Queries = { outputs: {}, of: () => undefined }

export class AlignmentProbe {
  readonly #runtime: Runtime
  readonly #device: DeviceMemory
  readonly #pool: KvPool
  readonly #told: AlignmentProbeHead | AllHeads | undefined

  /** `told`: what the graph's output has; missing where it has none. */
  constructor(
    runtime: Runtime,
    device: DeviceMemory,
    pool: KvPool,
    told: AlignmentProbeHead | AllHeads | undefined,
  ) {
    this.#runtime = runtime
    this.#device = device
    this.#pool = pool
    this.#told = told
  }

  queries(rows: number): Queries {
    if (this.#told === undefined) return NONE
    const { headDim } = this.#pool.shape
    const width = headDim * ('heads' in this.#told ? this.#told.heads : 1)
    const array = this.#device.alloc('float32', rows * width)
    return {
      outputs: { alignment_query: this.#runtime.tensor('float32', array, [rows, width]) },
      of: (row) => (this.#device.read(array) as Float32Array).subarray(row * width, (row + 1) * width),
    }
  }

  /** The told head's key of one position of a row, `[headDim]`, copied; undefined where the graph tells of no one head. */
  key(row: number, position: number): Float32Array | undefined {
    if (this.#told === undefined || 'heads' in this.#told) return undefined
    return this.keyOf(this.#told, row, position)
  }

  keyOf({ layer, kvHead }: AlignmentProbeHead, row: number, position: number): Float32Array {
    const { capacity, headDim, dtype } = this.#pool.shape
    const from = row * this.#pool.rowElements + (kvHead * capacity + position) * headDim
    const values = this.#device.read(this.#device.part(this.#pool.arrays[2 * layer]!, from, from + headDim))
    return dtype === 'float16'
      ? Float32Array.from(values as Uint16Array, halfToFloat)
      : (values as Float32Array).slice()
  }
}
