/** The utterances of one solve side by side, and what each brings. */
import assert from 'node:assert/strict'
import { joinFloats } from '../../core/float-arrays.ts'
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
    return joinFloats(this.rows.map(partOf))
  }

  /** Positions that each may attend to, `rate` for each token. */
  valid(rate: number): BigInt64Array {
    return this.counts(({ past, idle }) => (idle === true ? 1 : (past + this.fresh) * rate))
  }

  /** Positions before the new ones of each, `rate` for each token. */
  pasts(rate: number): BigInt64Array {
    return this.counts(({ past }) => past * rate)
  }

  counts(countOf: (row: SolveRow) => number): BigInt64Array {
    return BigInt64Array.from(this.rows.map((row) => BigInt(countOf(row))))
  }
}
