/**
 * What the LLM lane does in one turn: which prompt gets a chunk of prefill, and which rows decode a token together.
 *
 * Pure: rows and limits in, a plan out. Used by the lane, by the tests and by the simulator.
 *
 * Rows that decode share one run, since a step over eight rows costs little more than over one. So a step waits until a
 * stream is short of tokens, and then takes along every row that has room. A prompt is prefilled alone and in chunks
 * between such steps. So running streams keep their pace while a newcomer gets in.
 */
import { type BlockGrid, tokensForAnyBlock } from '../core/block-grid.ts'
import { nextInRank, type Ranked } from './rank.ts'

export interface LlmRow extends Ranked {
  readonly id: number
  /** Positions still to prefill; 0 once the row decodes. */
  readonly prefillLeft: number
  /** A live row that has spoken all text it was given has nothing to decode until more comes. */
  readonly starved: boolean
  /** Tokens made and not yet taken by the acoustic lane. */
  readonly leadTokens: number
}

export interface LlmLimits {
  /** Rows of one decoding step. */
  readonly maxBatch: number
  /** Positions prefilled in one turn while others decode, and while none does. */
  readonly prefillChunk: number
  readonly prefillChunkIdle: number
  /**
   * Decoding begins once a streaming row has fewer tokens in hand: a block and its look-ahead at least, or its listener
   * waits for the LLM. The fewer, the more rows share a step. Batch rows always want one.
   */
  readonly minLeadTokens: number
  /**
   * A streaming row this far ahead of its listener's lane pauses: its compute is worth more to others, and wasted if
   * the listener leaves. Batch rows never pause: their flow needs all tokens at once.
   */
  readonly maxLeadTokens: number
  readonly batchBoundMs: number
}

export interface LlmTuning extends Omit<LlmLimits, 'maxBatch'> {
  readonly llmMaxBatch: number
}

/** A profile's parameters as limits: a stream always gets the tokens that a block of this grid needs. */
export function llmLimitsOf(tuning: LlmTuning, grid: BlockGrid): LlmLimits {
  const needed = tokensForAnyBlock(grid)
  return {
    maxBatch: tuning.llmMaxBatch,
    prefillChunk: tuning.prefillChunk,
    prefillChunkIdle: tuning.prefillChunkIdle,
    minLeadTokens: Math.max(needed, tuning.minLeadTokens),
    maxLeadTokens: Math.max(needed, tuning.maxLeadTokens),
    batchBoundMs: tuning.batchBoundMs,
  }
}

export interface LlmPlan {
  readonly prefill: { readonly id: number; readonly positions: number } | undefined
  /** Rows that decode one token each, the least ahead first. */
  readonly decode: readonly number[]
}

export function planLlmTurn(rows: readonly LlmRow[], limits: LlmLimits): LlmPlan {
  const able = rows.filter((row) => canDecode(row, limits))
  const decode = able.some((row) => isShort(row, limits))
    ? able
        .sort((a, b) => a.leadTokens - b.leadTokens || a.id - b.id)
        .slice(0, limits.maxBatch)
        .map(({ id }) => id)
    : []
  const newcomers = rows.filter((row) => row.prefillLeft > 0)
  const next = newcomers[nextInRank(newcomers, limits.batchBoundMs)]
  if (next === undefined) return { prefill: undefined, decode }
  const chunk = decode.length === 0 ? limits.prefillChunkIdle : limits.prefillChunk
  return { prefill: { id: next.id, positions: Math.min(chunk, next.prefillLeft) }, decode }
}

/**
 * Whose row goes to one that waits for a row. That is a stream that waits for text, or has tokens enough in hand since
 * its listener reads slowly: the furthest ahead. Undefined where every row works.
 */
export function rowToPark(rows: readonly LlmRow[], limits: LlmLimits): number | undefined {
  const idle = rows.filter(
    (row) => row.prefillLeft === 0 && row.priority === 'stream' && (row.starved || !isShort(row, limits)),
  )
  idle.sort((a, b) => b.leadTokens - a.leadTokens || a.id - b.id)
  return idle[0]?.id
}

function canDecode(row: LlmRow, limits: LlmLimits): boolean {
  if (row.prefillLeft > 0 || row.starved) return false
  return row.priority === 'batch' || row.leadTokens < limits.maxLeadTokens
}

function isShort(row: LlmRow, limits: LlmLimits): boolean {
  return row.priority === 'batch' || row.leadTokens < limits.minLeadTokens
}
