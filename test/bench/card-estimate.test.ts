import assert from 'node:assert/strict'
import { it } from 'node:test'
import { CARDS, estimate, eulerStep, llmStep, runMs } from '../../bench/cost/card-estimate.ts'

const card = (name: string) => CARDS.find((each) => each.name.startsWith(name))!

it('a run takes the longer of starting its kernels and doing their work', () => {
  const facts = { name: 'x', memory: 1, bandwidth: 1000, half: 100 }
  const launching = runMs({ launches: 1000, bytes: 1e6, flops: 1e6 }, facts)
  assert.equal(launching, 5)
  const reading = runMs({ launches: 1, bytes: 7e9, flops: 0 }, facts)
  assert(Math.abs(reading - 10) < 1e-9)
  const computing = runMs({ launches: 1, bytes: 0, flops: 4e11 }, facts)
  assert(Math.abs(computing - 10) < 1e-9)
})

it('every card starts an Euler step for longer than it works on it, and captured steps follow the cards', () => {
  for (const each of CARDS)
    assert(estimate(each).eulerStepMs >= estimate(each).eulerStepCapturedMs, each.name)
  const captured = ['L4', 'A10', 'RTX', 'A100', 'H100', 'H200'].map(
    (name) => estimate(card(name)).eulerStepCapturedMs,
  )
  assert.deepEqual(
    captured,
    [...captured].sort((a, b) => b - a),
  )
  assert(runMs(eulerStep(1800), card('L4')) >= runMs(eulerStep(100), card('L4')))
  assert(runMs(llmStep(64), card('L4')) > runMs(llmStep(1), card('L4')))
})
