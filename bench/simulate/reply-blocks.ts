/** Blocks of a reply behind its prompt, counted without going through them one by one as the flow does. */
import type { BlockGrid } from '../../src/core/block-grid.ts'

/** Reply tokens in the first block: what is left of the block that the prompt ends in, or a whole one. */
function firstBlockTokens(promptTokens: number, { blockTokens }: BlockGrid): number {
  return blockTokens - (promptTokens % blockTokens)
}

/** Reply tokens in the first `blocks` blocks. */
export function tokensInBlocks(blocks: number, promptTokens: number, grid: BlockGrid): number {
  return blocks === 0 ? 0 : firstBlockTokens(promptTokens, grid) + (blocks - 1) * grid.blockTokens
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
        : 1 + Math.ceil((available - first) / grid.blockTokens)
  const usable = available - grid.lookahead
  return usable < first ? 0 : 1 + Math.floor((usable - first) / grid.blockTokens)
}
