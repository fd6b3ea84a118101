/** What counts as a head that follows the text. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { fitOf } from '../../src/engine/llm/head-search.ts'

/** Looks of `share` at where `placeOf` says, the rest spread over the other tokens. */
function looks(steps: number, count: number, share: number, placeOf: (step: number) => number) {
  return Array.from({ length: steps }, (_, step) =>
    Float32Array.from({ length: count }, (_, i) => (i === placeOf(step) ? share : (1 - share) / (count - 1))),
  )
}

it('a head that goes through the text in order fits by its share of the look', () => {
  for (const share of [0.9, 0.6, 0.3]) {
    const fit = fitOf(looks(100, 20, share, (step) => Math.floor(step / 5)))
    assert(Math.abs(fit - share) < 0.01, `${fit} of ${share}`)
  }
})

it('other heads do not: one token throughout, all alike, backwards, nothing of the text', () => {
  const [steps, count] = [100, 20]
  for (const [name, placeOf, share] of [
    ['the first', () => 0, 0.99],
    ['the last', () => count - 1, 0.99],
    ['all alike', () => 0, 1 / count],
    ['backwards', (step: number) => count - 1 - Math.floor(step / 5), 0.9],
  ] as const)
    assert(fitOf(looks(steps, count, share, placeOf)) < 0.12, name)
  assert(fitOf(Array.from({ length: steps }, () => new Float32Array(count))) < 0.01)
  assert.equal(fitOf([]), 0)
  assert.equal(fitOf([new Float32Array(3)]), 0, 'fewer speech tokens than text')
})

it('marks at both ends need not be looked at', () => {
  const fit = fitOf(looks(100, 20, 0.9, (step) => 2 + Math.floor((step * 16) / 100)))
  assert(fit > 0.85, String(fit))
})
