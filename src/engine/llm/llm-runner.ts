/**
 * Runs the speech LLM: prefills one row, or decodes one position of many rows, over a pool of keys and values.
 *
 * Bindings are made once per batch size (decode) and per row (prefill) and kept: a step writes ids and lengths to arrays
 * that stay bound, and is one native call. Its cost does not depend on the pool's capacity.
 */
import assert from 'node:assert/strict'
import type {
  Binding,
  DeviceArray,
  DeviceMemory,
  Feeds,
  Runtime,
  RuntimeTensor,
  Session,
  SessionOptions,
} from '../runtime/runtime.ts'
import { AlignmentProbe, type AlignmentProbeHead, type AllHeads, type Queries } from './alignment-probe.ts'
import { type Company, companyOf } from './batch-company.ts'
import { capturedFor, capturedSizes } from './captured-steps.ts'
import { KvPool, type KvShape } from './kv-pool.ts'
import { kvTensors, presentOf } from './kv-tensors.ts'

export interface LlmRunnerOptions {
  readonly kv: KvShape
  /** Rows of the logits: speech tokens and the ids that stop. */
  readonly vocabulary: number
  readonly session: SessionOptions
  /** What rows have to share a step with; `ask` finds out by trying. `alike` where not given. */
  readonly company?: Company | 'ask'
  /** Where the graph gives an alignment head's query, or those of all heads. */
  readonly alignment?: AlignmentProbeHead | AllHeads | undefined
}

/** One row of a decoding step: which, and the id fed to it. */
export interface DecodeRow {
  readonly row: number
  readonly id: number
}

interface Step {
  readonly binding: Binding
  readonly ids: DeviceArray
  readonly lengths: DeviceArray
  readonly total: DeviceArray
  readonly logits: DeviceArray
  readonly queries: Queries
}

/** What a decoding step gave each of its rows, valid until the next step. */
export interface DecodeStep {
  logitsOf(index: number): Float32Array
  /** The alignment head's query `[headDim]`; undefined where the graph has none. */
  queryOf(index: number): Float32Array | undefined
}

/** Steps that `stepMs` makes: others use the machine, and the least disturbed counts. */
const MEASURED_STEPS = 8

export class LlmRunner {
  readonly pool: KvPool
  #company: Company = 'alike'
  readonly #runtime: Runtime
  readonly #device: DeviceMemory
  /** The attention reads how long the longest row is on the host. */
  readonly #host: DeviceMemory
  readonly #session: Session
  readonly #vocabulary: number
  /** By number of rows in the batch, and by row. */
  readonly #decodeSteps = new Map<number, Step>()
  /** Those that a card plays again, by rows. */
  readonly #captured = new Map<number, Step>()
  readonly #prefillCaches = new Map<number, Feeds>()
  readonly #prefillLogits: { readonly array: DeviceArray; readonly tensor: RuntimeTensor }
  /** What is told of the text that is being said. */
  readonly alignment: AlignmentProbe
  readonly #prefillQueries: Queries

  private constructor(runtime: Runtime, session: Session, options: LlmRunnerOptions) {
    this.#runtime = runtime
    this.#session = session
    this.#vocabulary = options.vocabulary
    this.#device = runtime.memory(options.session.provider)
    this.#host = runtime.memory({ kind: 'cpu' })
    this.pool = new KvPool(this.#device, options.kv)
    const array = this.#device.alloc('float32', options.vocabulary)
    this.#prefillLogits = { array, tensor: runtime.tensor('float32', array, [1, options.vocabulary]) }
    this.alignment = new AlignmentProbe(runtime, this.#device, this.pool, options.alignment)
    this.#prefillQueries = this.alignment.queries(1)
  }

  /** Loads `llm.onnx` of a bundle. Throws BAD_BUNDLE or DEVICE_UNAVAILABLE. */
  static async open(runtime: Runtime, modelPath: string, options: LlmRunnerOptions): Promise<LlmRunner> {
    const runner = new LlmRunner(runtime, await runtime.load(modelPath, options.session), options)
    const { company = 'alike' } = options
    runner.#company = company === 'ask' ? companyOf((size) => runner.#stepOfEqualRows(size)) : company
    return runner
  }

  /** How steps are made, so that a row's logits depend on nothing but the row. */
  get company(): Company {
    return this.#company
  }

  /**
   * Feeds `ids` to a row in use, behind what it has, and returns the logits `[vocabulary]` of the last. They stay
   * valid until the next prefill. A run that throws leaves the row as it was.
   */
  prefill(row: number, ids: readonly number[] | Int32Array): Float32Array {
    const count = ids.length
    const past = this.pool.length(row)
    const after = past + count
    assert(
      count > 0 && after <= this.pool.shape.capacity,
      `row ${row}: ${past} + ${count} positions do not fit`,
    )
    const runtime = this.#runtime
    const device = this.#device
    const tensors = {
      ids: runtime.tensor('int64', device.place(BigInt64Array.from(ids, BigInt)), [1, count]),
      lengths: runtime.tensor('int32', device.place(Int32Array.of(after - 1)), [1]),
      total: runtime.tensor('int32', this.#host.place(Int32Array.of(after)), [1]),
    }
    const caches = this.#prefillCache(row)
    const binding = this.#session.bind(
      { ...tensors, ...caches },
      { logits: this.#prefillLogits.tensor, ...this.#prefillQueries.outputs, ...presentOf(caches) },
    )
    try {
      binding.run()
    } finally {
      binding.release()
      for (const tensor of Object.values(tensors)) tensor.release()
    }
    this.pool.extend(row, count)
    return device.read(this.#prefillLogits.array) as Float32Array
  }

  /**
   * Feeds one id to each of the given rows in one run; `logitsOf(i)` are those of `rows[i]`, valid until the next step.
   * Rows in use that are not given and lie below the highest given one take part idly. What is written behind their
   * valid positions is overwritten by their own next step. A run that throws leaves all rows as they were.
   */
  decode(rows: readonly DecodeRow[]): DecodeStep {
    assert(rows.length > 0, 'a step needs a row')
    const given = 1 + Math.max(...rows.map(({ row }) => row))
    assert(given <= this.pool.used, `row ${given - 1} is not in use`)
    if (this.#company === 'alone') return this.#decodeEach(rows)
    const captured = capturedFor(given, this.capturedSizes)
    const batch = captured ?? (this.#company === 'pairs' ? given + (given % 2) : given)
    const step = captured === undefined ? this.#decodeStep(batch) : this.#captured.get(captured)!
    const lengths = Int32Array.from({ length: batch }, (_, row) =>
      row < this.pool.used ? this.pool.length(row) : 0,
    )
    const ids = new BigInt64Array(batch)
    for (const { row, id } of rows) {
      assert(this.pool.length(row) < this.pool.maxLength, `row ${row} is full`)
      ids[row] = BigInt(id)
    }
    this.#device.write(step.ids, ids)
    this.#device.write(step.lengths, lengths)
    if (captured === undefined) this.#host.write(step.total, Int32Array.of(1 + Math.max(...lengths)))
    step.binding.run()
    for (const { row } of rows) this.pool.extend(row, 1)
    const size = this.#vocabulary
    const logits = this.#device.read(step.logits) as Float32Array
    return {
      logitsOf: (index) => {
        const { row } = rows[index]!
        return logits.subarray(row * size, (row + 1) * size)
      },
      queryOf: (index) => step.queries.of(rows[index]!.row),
    }
  }

  /** A step of its own for each row; all rows are as they were where one throws. */
  #decodeEach(rows: readonly DecodeRow[]): DecodeStep {
    for (const { row } of rows) assert(this.pool.length(row) < this.pool.maxLength, `row ${row} is full`)
    const before = rows.map(({ row }) => this.pool.length(row))
    try {
      const given = rows.map(({ row, id }) => ({
        logits: this.prefill(row, [id]).slice(),
        query: this.prefillQuery?.slice(),
      }))
      return { logitsOf: (index) => given[index]!.logits, queryOf: (index) => given[index]!.query }
    } catch (error) {
      for (const [i, { row }] of rows.entries()) this.pool.cut(row, before[i]!)
      throw error
    }
  }

  /** Logits of each of `size` rows with the same history after one step; rows that the pool has not are left out. */
  #stepOfEqualRows(size: number): Float32Array[] {
    const { pool } = this
    const rows = Array.from({ length: Math.min(size, pool.shape.rows - pool.used) }, () => pool.take())
    for (const row of rows) this.prefill(row, [0, 1, 2])
    this.#company = size % 2 === 0 ? 'pairs' : 'alike'
    const { logitsOf } = this.decode(rows.map((row) => ({ row, id: 3 })))
    const logits = rows.map((_, i) => logitsOf(i).slice())
    for (const row of rows.reverse()) pool.release(row)
    return logits
  }

  /** The alignment head's query of the last prefill's last position `[headDim]`; undefined where the graph has none. */
  get prefillQuery(): Float32Array | undefined {
    return this.#prefillQueries.of(0)
  }

  /** Runs every batch size once, so that no listener pays for a first run. */
  warmUp(): void {
    const rows = Array.from({ length: this.pool.shape.rows - this.pool.used }, () => this.pool.take())
    for (const row of rows) {
      this.prefill(row, [0, 0])
      this.decode(rows.slice(0, row - rows[0]! + 1).map((each) => ({ row: each, id: 0 })))
    }
    for (const row of rows.reverse()) this.pool.release(row)
  }

  /**
   * Records a step of each size that the policy names, where the device can play it again. Before anything is decoded, on
   * the thread that will decode. What a card reads on the host is recorded too: each row may be as long as its capacity.
   */
  capture(): void {
    if (!this.#session.captures || this.#company !== 'alike') return
    assert.equal(this.pool.used, 0, 'steps are captured while no row is in use')
    for (const rows of capturedSizes(this.pool.reserved)) {
      const step = this.#newStep(rows, rows)
      this.#host.write(step.total, Int32Array.of(this.pool.shape.capacity))
      step.binding.run()
      this.#captured.set(rows, step)
    }
  }

  /** Rows of the steps that were captured, ascending. */
  get capturedSizes(): readonly number[] {
    return [...this.#captured.keys()]
  }

  /** ms of a decoding step of one row right behind its prompt, the least of a few. After `warmUp`. */
  stepMs(): number {
    const row = this.pool.take()
    this.prefill(row, [0, 0])
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i < MEASURED_STEPS; i++) {
      const started = performance.now()
      this.decode([{ row, id: 0 }])
      least = Math.min(least, performance.now() - started)
    }
    this.pool.release(row)
    return least
  }

  release(): void {
    for (const steps of [this.#decodeSteps, this.#captured])
      for (const { binding } of steps.values()) binding.release()
    this.#session.release()
  }

  #decodeStep(batch: number): Step {
    const known = this.#decodeSteps.get(batch)
    if (known !== undefined) return known
    const step = this.#newStep(batch)
    this.#decodeSteps.set(batch, step)
    return step
  }

  #newStep(batch: number, graph?: number): Step {
    const device = this.#device
    const ids = device.alloc('int64', batch)
    const lengths = device.alloc('int32', batch)
    const total = this.#host.alloc('int32', 1)
    const logits = device.alloc('float32', batch * this.#vocabulary)
    const caches = kvTensors(this.#runtime, device, this.pool, { first: 0, count: batch })
    const queries = this.alignment.queries(batch)
    const binding = this.#session.bind(
      {
        ids: this.#runtime.tensor('int64', ids, [batch, 1]),
        lengths: this.#runtime.tensor('int32', lengths, [batch]),
        total: this.#runtime.tensor('int32', total, [1]),
        ...caches,
      },
      {
        logits: this.#runtime.tensor('float32', logits, [batch, this.#vocabulary]),
        ...queries.outputs,
        ...presentOf(caches),
      },
      graph,
    )
    return { binding, ids, lengths, total, logits, queries }
  }

  #prefillCache(row: number): Feeds {
    const known = this.#prefillCaches.get(row)
    if (known !== undefined) return known
    const caches = kvTensors(this.#runtime, this.#device, this.pool, { first: row, count: 1 })
    this.#prefillCaches.set(row, caches)
    return caches
  }
}
