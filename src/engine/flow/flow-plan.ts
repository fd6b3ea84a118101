/**
 * Which tokens the flow solves next. Pure: counts in, a block out.
 *
 * Knows: the block grid, the look-ahead, what changes at the end. Does not know: tokens' values, memory, runs.
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

/** Blocks that could be solved now, one after the other. */
export function blocksReady(pending: number, finished: boolean, grid: BlockGrid): number {
  if (finished) return Math.ceil(pending / grid.blockTokens)
  return Math.max(0, Math.floor((pending - grid.lookahead) / grid.blockTokens))
}

/** Reply tokens after which the first block that yields audio can be solved, for a prompt of `prompt` tokens. */
export function tokensToFirstBlock(prompt: number, grid: BlockGrid): number {
  const { blockTokens, lookahead } = grid
  const solvedByPrompt = Math.max(0, Math.floor((prompt - lookahead) / blockTokens)) * blockTokens
  const end = Math.floor(prompt / blockTokens + 1) * blockTokens
  return Math.max(end, solvedByPrompt + blockTokens) + lookahead - prompt
}
