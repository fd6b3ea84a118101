/** What a speech LLM tells of the text that it says: one attention head's queries, an output of its graph, and that head's keys. */
import { halfToFloat } from '../../core/dtype.ts'
import type { DeviceMemory, Feeds, Runtime } from '../runtime/runtime.ts'
import type { KvPool } from './kv-pool.ts'

export interface AlignmentProbeHead {
  readonly layer: number
  /** Of the layer's heads of keys. */
  readonly kvHead: number
}

/** Queries of a run with so many rows. */
export interface Queries {
  /** To bind among the run's outputs. */
  readonly outputs: Feeds
  /** Of a row `[headDim]`, valid until the next run; undefined where the graph has none. */
  of(row: number): Float32Array | undefined
}

const NONE: Queries = { outputs: {}, of: () => undefined }

export class AlignmentProbe {
  readonly #runtime: Runtime
  readonly #device: DeviceMemory
  readonly #pool: KvPool
  readonly #head: AlignmentProbeHead | undefined

  /** `head` is missing where the graph has no such output. */
  constructor(runtime: Runtime, device: DeviceMemory, pool: KvPool, head: AlignmentProbeHead | undefined) {
    this.#runtime = runtime
    this.#device = device
    this.#pool = pool
    this.#head = head
  }

  queries(rows: number): Queries {
    if (this.#head === undefined) return NONE
    const { headDim } = this.#pool.shape
    const array = this.#device.alloc('float32', rows * headDim)
    return {
      outputs: { alignment_query: this.#runtime.tensor('float32', array, [rows, headDim]) },
      of: (row) => (this.#device.read(array) as Float32Array).subarray(row * headDim, (row + 1) * headDim),
    }
  }

  /** Keys of one position of a row, `[headDim]`, copied; undefined where the graph tells nothing. */
  key(row: number, position: number): Float32Array | undefined {
    if (this.#head === undefined) return undefined
    const { layer, kvHead } = this.#head
    const { capacity, headDim, dtype } = this.#pool.shape
    const from = row * this.#pool.rowElements + (kvHead * capacity + position) * headDim
    const values = this.#device.read(this.#device.part(this.#pool.arrays[2 * layer]!, from, from + headDim))
    return dtype === 'float16'
      ? Float32Array.from(values as Uint16Array, halfToFloat)
      : (values as Float32Array).slice()
  }
}
