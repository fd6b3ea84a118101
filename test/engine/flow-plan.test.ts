import assert from 'node:assert/strict'
import { it } from 'node:test'
import { blocksReady, nextBlock, tokensToFirstBlock } from '../../src/engine/flow/flow-plan.ts'

const grid = { blockTokens: 25, lookahead: 3 }

it('a block waits for its look-ahead, and at the end takes what is there', () => {
  assert.equal(nextBlock(0, 27, false, grid), undefined)
  assert.deepEqual(nextBlock(0, 28, false, grid), { past: 0, fresh: 25, known: 28, last: false })
  assert.deepEqual(nextBlock(50, 40, false, grid), { past: 50, fresh: 25, known: 28, last: false })
  assert.deepEqual(nextBlock(50, 27, true, grid), { past: 50, fresh: 25, known: 27, last: false })
  assert.deepEqual(nextBlock(75, 2, true, grid), { past: 75, fresh: 2, known: 2, last: true })
  assert.deepEqual(nextBlock(75, 25, true, grid), { past: 75, fresh: 25, known: 25, last: true })
  assert.equal(nextBlock(100, 0, true, grid), undefined)
})

it('blocks ready are the blocks that follow one another', () => {
  for (const finished of [false, true])
    for (let pending = 0; pending < 120; pending++) {
      let count = 0
      let left = pending
      for (
        let block = nextBlock(0, left, finished, grid);
        block;
        block = nextBlock(0, left, finished, grid)
      ) {
        left -= block.fresh
        count++
      }
      assert.equal(blocksReady(pending, finished, grid), count, `${pending} pending, finished ${finished}`)
    }
})

it('the first audio needs the rest of the block that the prompt ends in, and the look-ahead', () => {
  assert.equal(tokensToFirstBlock(87, grid), 16)
  assert.equal(tokensToFirstBlock(37, grid), 16)
  assert.equal(tokensToFirstBlock(75, grid), 28)
  assert.equal(tokensToFirstBlock(0, grid), 28)
  assert.equal(tokensToFirstBlock(74, grid), 4)
  for (let prompt = 0; prompt < 200; prompt++) {
    // The first block whose end lies behind the prompt becomes possible with exactly this token.
    const yields = (reply: number) => Math.floor((prompt + reply - 3) / 25) * 25 > prompt
    const needed = tokensToFirstBlock(prompt, grid)
    assert(yields(needed) && !yields(needed - 1), `prompt of ${prompt} tokens`)
  }
})
