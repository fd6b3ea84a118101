import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { blocksReady, tokensInBlocks } from '../../bench/simulate/reply-blocks.ts'
import { nextBlock } from '../../src/core/block-grid.ts'

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

it('the simulator counts the blocks of a reply as the flow solves them', () => {
  fc.assert(
    fc.property(fc.nat(200), fc.nat(400), fc.boolean(), (prompt, reply, ended) => {
      let blocks = 0
      for (let past = 0; ; ) {
        const block = nextBlock(past, prompt + reply - past, ended, grid)
        if (block === undefined) break
        past += block.fresh
        if (past > prompt) blocks++
      }
      assert.equal(blocksReady(reply, ended, prompt, grid), blocks)
      if (!ended) assert.ok(tokensInBlocks(blocks, prompt, grid) <= reply)
    }),
    { seed: 5, numRuns: 1000 },
  )
})
