import assert from 'node:assert/strict'
import { it } from 'node:test'
import { nextBlock } from '../../src/engine/flow/flow-plan.ts'

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
