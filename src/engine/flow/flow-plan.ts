/**
 * Which tokens the flow solves next. Pure: counts in, a block out.
 */

export interface BlockGrid {
  /** Tokens of a block, counted from the first prompt token. */
  readonly blockTokens: number
  /** Tokens behind a block that its encoder looks at. */
  readonly lookahead: number
}

export interface BlockPlan {
  /** Tokens solved before it. */
  readonly past: number
  /** Tokens it solves. */
  readonly fresh: number
  /** Of its tokens and look-ahead, how many are real; what is missing at the end of an utterance counts as zero. */
  readonly known: number
  /** Nothing is left after it. */
  readonly last: boolean
}

/** The next block after `past` solved tokens, with `pending` tokens waiting; undefined while too few are there. */
export function nextBlock(
  past: number,
  pending: number,
  finished: boolean,
  grid: BlockGrid,
): BlockPlan | undefined {
  const { blockTokens, lookahead } = grid
  if (finished ? pending === 0 : pending < blockTokens + lookahead) return undefined
  const fresh = Math.min(blockTokens, pending)
  return { past, fresh, known: Math.min(pending, fresh + lookahead), last: finished && fresh === pending }
}
