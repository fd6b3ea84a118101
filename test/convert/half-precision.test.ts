/** How `verify` judges a bundle in half precision: wider, and not at all where a last bit decides all behind it. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Check, close, faithful, identical } from '../../src/verify/check.ts'
import { judgedInHalf } from '../../src/verify/half-precision.ts'

const HALF = { llm: 'fp16', rest: 'fp16' }
const judge = (stage: string, check: Check, before: readonly Check[] = [], weights = HALF) =>
  judgedInHalf(stage, check, before, weights)

it('limits are wider for the part that is in half precision, and not without end', () => {
  const off = (by: number) => close('a', 'values', [0, by], [0, 0], 2e-4)
  assert.equal(judge('encoder', off(5e-3)).outcome, 'ok')
  assert.equal(judge('encoder', off(5e-3)).limit, 2e-2)
  assert.equal(judge('encoder', off(5e-2)).outcome, 'miss')
  assert.equal(judge('encoder', off(Number.NaN)).outcome, 'miss')
  assert.equal(judge('encoder', off(5e-3), [], { llm: 'fp16', rest: 'fp32' }).outcome, 'miss')
  assert.equal(judge('llm', off(5e-2)).outcome, 'ok')
  assert.equal(judge('llm', off(5e-2), [], { llm: 'int8', rest: 'fp32' }).outcome, 'miss')
  // What is exact or of single precision stays as it is.
  assert.equal(judge('f0', off(5e-3)).outcome, 'miss')
  assert.equal(judge('bundle files', identical('a', 'SHA-256', ['x'], ['y'])).outcome, 'miss')
  assert.equal(judge('encoder', close('a', 'values', [1], [1, 2], 2e-4)).outcome, 'miss')
})

it('behind another greedy choice nothing is compared, in that case alone', () => {
  const tokens = judge('pipeline', identical('one', 'tokens', [1, 2], [1, 3]))
  assert.equal(tokens.outcome, 'skipped')
  assert.match(tokens.detail!, /^another choice .*at 1 expected 3, got 2$/)
  const mel = close('one', 'mel', [0], [0, 0], 1e-3)
  assert.equal(judge('pipeline', mel, [tokens]).outcome, 'skipped')
  assert.equal(judge('pipeline', { ...mel, case: 'two' }, [tokens]).outcome, 'miss')
  assert.equal(judge('pipeline', identical('one', 'tokens', [1], [1])).outcome, 'ok')
  assert.equal(judge('pipeline', faithful('one', 'waveform, dB', [1, 0], [0, 1], 20)).outcome, 'skipped')
})
