/** How long a node waits for the store's answers, from calm to busy and back. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Patience } from '../../src/cluster/patience.ts'

const BOUNDS = { minMs: 20, maxMs: 250 }

it('quick answers are waited for briefly, slow ones longer, and none beyond the bound', () => {
  const patience = new Patience(BOUNDS)
  assert.equal(patience.at(0), 20)
  for (let ms = 0; ms < 1000; ms++) patience.learn(0.2, ms)
  assert.equal(patience.at(1000), 20)
  patience.learn(60, 1000)
  // Hundreds of quick answers between two slow ones do not make it impatient.
  for (let ms = 1001; ms < 1400; ms++) patience.learn(0.2, ms)
  assert(patience.at(1400) > 100 && patience.at(1400) <= 120, String(patience.at(1400)))
  patience.learn(900, 1400)
  assert.equal(patience.at(1400), 250)
})

it('a busy moment is forgotten', () => {
  const patience = new Patience(BOUNDS)
  patience.learn(100, 0)
  assert.equal(patience.at(0), 200)
  assert.equal(patience.at(5000), 100)
  assert.equal(patience.at(60_000), 20)
})
