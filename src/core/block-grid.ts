/**
 * The grid of flow blocks: which tokens must be there before which block of mel can be solved. Pure: counts in, a block out.
 *
 * Blocks are counted from the first *prompt* token (the mask that the model was trained with). A block needs tokens
 * beyond its end, unless speech ends there. So the first block that holds reply tokens is the shorter the closer the
 * prompt comes to a block's end.
 */

export interface BlockGrid {
  /** Tokens of a block (25), counted from the first prompt token. */
  readonly blockTokens: number
  /** Tokens behind a block that its encoder looks at (3). */
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

/** Tokens in hand with which a block can be solved, however the prompt lies on the grid. */
export function tokensForAnyBlock({ blockTokens, lookahead }: BlockGrid): number {
  return blockTokens + lookahead
}
