/** What a proof says of figures and bars, what time a step gets, and which card a name means. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { barsOf, cardCalled } from '../../../bench/prove-gpu/bars.ts'
import { secondsFor } from '../../../bench/prove-gpu/budget.ts'
import { atMost, exactly, leftOut, lineText, summaryOf, told } from '../../../bench/prove-gpu/lines.ts'
import { STEPS } from '../../../bench/prove-gpu/steps.ts'

const result = (lines: ReturnType<typeof told>[]) => [
  { step: 's', device: 'cpu', size: 'tiny', family: 'cosyvoice2', seconds: 1, isWhole: true, lines },
]
const about = { folder: 'f', seconds: 1 }

it('a figure is held to its bar, or told', () => {
  assert.equal(atMost('a', 2, 2).outcome, 'ok')
  assert.equal(atMost('a', 2.1, 2).outcome, 'miss')
  assert.equal(atMost('a', Number.NaN, 2).outcome, 'miss')
  assert.equal(atMost('a', 2, undefined).outcome, 'told')
  assert.match(lineText(atMost('a step', 0.00123, 2)), /^ok {7}a step +1\.2e-3 {2}\(≤ 2\)$/)
  assert.match(lineText(exactly('b', 'x', 'y')), /^MISS {5}b +x {2}\(y\)$/)
  assert.match(lineText(leftOut('c', 'why')), /^left out c +\(why\)$/)
})

it('all is well where something was compared and nothing missed', () => {
  const { ok, complete } = summaryOf(result([atMost('a', 1, 2), told('b', 1)]), about)
  assert.deepEqual([ok, complete], [true, true])
  assert.equal(summaryOf(result([told('b', 1)]), about).ok, false)
  assert.equal(summaryOf(result([atMost('a', 1, 2), leftOut('c', '')]), about).complete, false)
  assert.deepEqual(summaryOf(result([atMost('a', 3, 2)]), about).missed, ['a'])
})

it('all budgets together are less than eight minutes, and a step gets what is left or nothing', () => {
  const all = STEPS.reduce((sum, { budget }) => sum + budget, 0)
  assert(all < 480, `${all} s`)
  assert.equal(secondsFor(40, 100, 'cuda:0'), 40)
  assert.equal(secondsFor(40, 25, 'cuda:0'), 25)
  assert.equal(secondsFor(40, 19, 'cuda:0'), 0)
  assert.equal(secondsFor(40, 1000, 'cpu'), 400)
})

it('cards are known by the names that drivers give', () => {
  const found = (name: string) => cardCalled(name)?.file
  assert.equal(found('NVIDIA A10'), 'a10')
  assert.equal(found('NVIDIA A100-SXM4-80GB'), 'a100')
  assert.equal(found('NVIDIA L4'), 'l4')
  assert.equal(found('NVIDIA GeForce RTX 4090'), 'rtx-4090')
  assert.equal(found('NVIDIA H100 80GB HBM3'), 'h100')
  assert.equal(found('NVIDIA H200'), 'h200')
  for (const other of ['NVIDIA L40S', 'NVIDIA A10G', 'Stand-in 0'])
    assert.equal(found(other), undefined, other)
})

it('bars grow with rows, streams and past; no card, no bar', () => {
  const bars = barsOf(cardCalled('NVIDIA L4'), 'cosyvoice2')
  assert(bars.llmStep(64)! >= bars.llmStep(1)!)
  assert(bars.eulerStep(16, 1850)! > bars.eulerStep(16, 250)!)
  assert(bars.eulerStep(16, 1850)! > bars.eulerStep(1, 1850)!)
  assert.equal(barsOf(undefined, 'cosyvoice3').vocoder(50), undefined)
})
