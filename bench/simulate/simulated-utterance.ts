/** One request on its way through a simulated device: what the lanes need to know of it. */
import type { BlockGrid } from '../../src/core/block-grid.ts'
import { tokensInBlocks } from './reply-blocks.ts'
import type { SimulatedRequest } from './workload.ts'

export interface Utterance {
  readonly request: SimulatedRequest
  /** Number of the acoustic lane that it stays with. */
  readonly lane: number
  hasRow: boolean
  prefillLeft: number
  tokens: number
  tokensDone: boolean
  /** Blocks handed out; those solved of the hop under way, and the runs that solve the next. */
  blocksDone: number
  hopBlocks: number
  group: SolveGroup | undefined
  /** The hop takes in no more: the vocoder is next. */
  hopSolved: boolean
  firstAudioMs: number | undefined
  emittedMs: number
  /** When each hop's audio came out, and how much it was: what the listener's buffer is judged by. */
  readonly chunks: { readonly atMs: number; readonly audioMs: number }[]
  finishedMs: number | undefined
}

/** Utterances whose blocks are solved by the same runs. */
export interface SolveGroup {
  readonly members: readonly Utterance[]
  stepsLeft: number
}

/** Reply tokens in the first `blocks` blocks of a request; no more than it has. */
export function tokensThrough(request: SimulatedRequest, blocks: number, grid: BlockGrid): number {
  return Math.min(request.speechTokens, tokensInBlocks(blocks, request.promptTokens, grid))
}

export function newUtterance(request: SimulatedRequest, lane: number): Utterance {
  return {
    request,
    lane,
    hasRow: false,
    prefillLeft: request.prefillTokens,
    tokens: 0,
    tokensDone: false,
    blocksDone: 0,
    hopBlocks: 0,
    group: undefined,
    hopSolved: false,
    firstAudioMs: undefined,
    emittedMs: 0,
    chunks: [],
    finishedMs: undefined,
  }
}
