import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { likeliest, logSoftmaxInPlace, nucleus, repeats, sampleRas } from '../../src/engine/llm/sampler.ts'
import { goldenFloats } from '../helpers/npy.ts'
import { goldenJson } from '../helpers/tiny-llm.ts'

const sampling = { topP: 0.8, topK: 25, winSize: 10, tauR: 0.1 }

interface GoldenRow {
  readonly row: number
  readonly decoded_tokens: number[]
  readonly candidates: number[]
  readonly probs: number[]
  readonly falls_back: boolean[]
  readonly fallback_distributions: readonly { readonly candidate: number; readonly full_probs: number[] }[]
}

it('candidates, their probabilities, and which of them fall back are the reference’s', async () => {
  const { data, shape } = goldenFloats('sampling/logp')
  const rows = await goldenJson<GoldenRow[]>('sampling/cases.json')
  assert.equal(rows.length, shape[0])
  for (const golden of rows) {
    const logp = data.slice(golden.row * shape[1]!, (golden.row + 1) * shape[1]!)
    // Rows hold barred tokens: the reference takes the softmax once more.
    const { ids, probabilities } = nucleus(logSoftmaxInPlace(logp.slice()), sampling.topP, sampling.topK)
    assert.deepEqual(ids, golden.candidates, `row ${golden.row}`)
    for (const [i, p] of probabilities.entries()) assert(Math.abs(p - golden.probs[i]!) < 1e-6)
    assert.deepEqual(
      ids.map((id) => repeats(id, golden.decoded_tokens, sampling)),
      golden.falls_back,
    )
    for (const { candidate, full_probs } of golden.fallback_distributions) {
      const masked = logp.slice()
      masked[candidate] = -Infinity
      const probabilities = logSoftmaxInPlace(masked).map(Math.exp)
      for (const [i, p] of probabilities.entries()) assert(Math.abs(p - full_probs[i]!) < 1e-6)
    }
  }
})

it('draws follow the distribution: the nucleus renormalised, and the whole of it after a repetition', () => {
  const logits = Float32Array.from([2, 1.5, 1, 0, -1, -2, -8])
  const draws = 20_000
  const count = (spoken: number[]) => {
    const counts = new Float64Array(logits.length)
    for (let seed = 0; seed < draws; seed++) counts[sampleRas(logits.slice(), spoken, sampling, seed, 3)]!++
    return counts.map((n) => n / draws)
  }
  const { ids, probabilities } = nucleus(logSoftmaxInPlace(logits.slice()), sampling.topP, sampling.topK)
  const total = probabilities.reduce((sum, p) => sum + p, 0)
  const plain = count([])
  for (const [i, id] of ids.entries())
    assert(Math.abs(plain[id]! - probabilities[i]! / total) < 0.012, `id ${id}: ${plain[id]}`)
  assert.equal(plain[6], 0, 'drawn from outside the nucleus')
  const afterZero = count([0])
  assert(afterZero[3]! > 0.01, 'a repetition draws from the whole distribution')
  assert.equal(afterZero[0], 0, 'the repeated token is barred')
})

it('a token that is barred is never drawn, and equal values keep the order of ids', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 3, maxLength: 60 }),
      fc.nat(),
      (values, seed) => {
        const logits = Float32Array.from(values)
        logits[1] = -Infinity
        assert.notEqual(sampleRas(logits.slice(), [0], sampling, seed, 0), 1)
        const sorted = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b)
        assert.deepEqual(nucleus(logSoftmaxInPlace(logits.slice()), 2, 25).ids, sorted.slice(0, 25))
        assert.equal(likeliest(logits), sorted[0])
      },
    ),
    { seed: 6 },
  )
})
