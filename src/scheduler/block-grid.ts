/**
 * The grid of flow blocks: which tokens must be there before which block of mel can be solved.
 *
 * Pure arithmetic. Blocks hold `chunkTokens` tokens counted from the first *prompt* token (the mask that the model was
 * trained with), and a block needs `lookahead` tokens beyond its end, unless speech ends there. So the first block that
 * holds reply tokens is the shorter the closer the prompt comes to a block's end.
 */

export interface BlockGrid {
  /** Tokens per block (25). */
  readonly chunkTokens: number
  /** Tokens that the encoder looks ahead (3). */
  readonly lookahead: number
}

/** Reply tokens in the first block: what is left of the block that the prompt ends in, or a whole one. */
export function firstBlockTokens(promptTokens: number, { chunkTokens }: BlockGrid): number {
  return chunkTokens - (promptTokens % chunkTokens)
}

/** Tokens in hand with which a block can be solved, however the prompt lies on the grid. */
export function tokensForAnyBlock({ chunkTokens, lookahead }: BlockGrid): number {
  return chunkTokens + lookahead
}

/** Reply tokens in the first `blocks` blocks. */
export function tokensInBlocks(blocks: number, promptTokens: number, grid: BlockGrid): number {
  return blocks === 0 ? 0 : firstBlockTokens(promptTokens, grid) + (blocks - 1) * grid.chunkTokens
}

/**
 * Blocks that can be solved of a reply of which `available` tokens are there: whole ones with their look-ahead, and
 * once speech has `ended` also the last, shorter one.
 */
export function blocksReady(
  available: number,
  ended: boolean,
  promptTokens: number,
  grid: BlockGrid,
): number {
  const first = firstBlockTokens(promptTokens, grid)
  if (ended)
    return available === 0
      ? 0
      : available <= first
        ? 1
        : 1 + Math.ceil((available - first) / grid.chunkTokens)
  const usable = available - grid.lookahead
  return usable < first ? 0 : 1 + Math.floor((usable - first) / grid.chunkTokens)
}
