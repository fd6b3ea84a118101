/** The utterances of one solve side by side: what each brings, and the tensors that hold all of them. */
import assert from 'node:assert/strict'
import { concatFloats } from '../../core/float-arrays.ts'
import type { Runtime, RuntimeTensor, TensorData } from '../runtime/runtime.ts'
import type { FlowDims } from './flow-dims.ts'
import type { FlowCaches } from './flow-memory.ts'

/** One utterance's part. */
export interface SolveRow {
  /** The tokens to solve and the look-ahead; those from `known` on are padding. */
  readonly tokens: readonly number[]
  readonly known: number
  /** Tokens before these, whose keys and values the caches hold. */
  readonly past: number
  /** `[speaker]`. */
  readonly embedding: Float32Array
  /** Prompt mel of these frames, `[frames, mels]`, zero behind the prompt. */
  readonly promptMel: Float32Array
  /** A padding row: it attends to one position, and its results are not read. */
  readonly idle?: boolean
}

export class SolveRows {
  readonly rows: readonly SolveRow[]
  /** Tokens that each row solves. */
  readonly fresh: number
  /** Tokens that the caches show: a run's T. */
  readonly span: number

  constructor(dims: FlowDims, rows: readonly SolveRow[], caches: FlowCaches) {
    this.rows = rows
    this.fresh = rows[0]!.tokens.length - dims.lookahead
    assert(this.fresh > 0, 'a solve needs at least one token')
    assert(
      rows.every(({ tokens }) => tokens.length === rows[0]!.tokens.length),
      'the parts of a solve are equally long',
    )
    this.span = caches.span(Math.max(...rows.map(({ past }) => past)) + this.fresh)
  }

  get length(): number {
    return this.rows.length
  }

  /** A part of each row, one behind the other; the part itself where there is only one row. */
  sideBySide(partOf: (row: SolveRow) => Float32Array): Float32Array {
    const parts = this.rows.map(partOf)
    return parts.length === 1 ? parts[0]! : concatFloats(parts)
  }

  /** Positions that each may attend to, `rate` for each token. */
  valid(rate: number): BigInt64Array {
    return this.counts(({ past, idle }) => (idle === true ? 1 : (past + this.fresh) * rate))
  }

  counts(countOf: (row: SolveRow) => number): BigInt64Array {
    return BigInt64Array.from(this.rows.map((row) => BigInt(countOf(row))))
  }
}

/** Tensors over the rows of a solve, released together. */
export class RowTensors {
  readonly #runtime: Runtime
  readonly #rows: number
  readonly #made: RuntimeTensor[] = []

  constructor(runtime: Runtime, rows: number) {
    this.#runtime = runtime
    this.#rows = rows
  }

  /** `dims` come behind the rows. */
  of(data: TensorData, dims: readonly number[]): RuntimeTensor {
    return this.shared(data, [this.#rows, ...dims])
  }

  /** A tensor that all rows share. */
  shared(data: TensorData, dims: readonly number[]): RuntimeTensor {
    const tensor = this.#runtime.tensor(dtypeOf(data), data, dims)
    this.#made.push(tensor)
    return tensor
  }

  release(): void {
    for (const tensor of this.#made.splice(0)) tensor.release()
  }
}

function dtypeOf(data: TensorData): 'float32' | 'float16' | 'int64' | 'bool' {
  if (data instanceof BigInt64Array) return 'int64'
  if (data instanceof Uint8Array) return 'bool'
  return data instanceof Uint16Array ? 'float16' : 'float32'
}
