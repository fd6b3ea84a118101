import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { readBundle } from '../../src/core/bundle.ts'
import { openLlm } from '../../src/engine/bundle-models.ts'
import type { LlmRunner } from '../../src/engine/llm/llm-runner.ts'
import type { IdSpace } from '../../src/engine/llm/llm-sequence.ts'
import { orderGain, SCORED_TEXTS } from '../../src/engine/llm/transcript-score.ts'
import { openStrictRuntime } from '../helpers/strict-runtime.ts'
import { convertTiny, type TinyBundle } from '../helpers/tiny-synthesizer.ts'

let tiny: TinyBundle
let llm: LlmRunner
let ids: IdSpace
before(async () => {
  tiny = await convertTiny()
  const bundle = await readBundle(tiny.dir)
  ids = bundle.manifest.llmGraph.ids
  const kv = { rows: SCORED_TEXTS, capacity: 256 }
  llm = await openLlm(await openStrictRuntime(), bundle, kv, { intraOpThreads: 1, spin: false })
})
after(async () => {
  llm.release()
  await tiny.remove()
})

const speech = Int32Array.from({ length: 120 }, (_, i) => (i * 37) % 50)

it('a text without an order gains nothing; one with an order gains the same each time', () => {
  const same = orderGain(llm, ids, new Int32Array(9).fill(7), speech)
  assert(same !== undefined && Math.abs(same) < 1e-4, `${same}`)
  const text = Int32Array.from([5, 9, 2, 31, 8, 17, 3])
  const first = orderGain(llm, ids, text, speech)
  assert(first !== undefined && Number.isFinite(first) && first !== 0)
  assert.equal(orderGain(llm, ids, text, speech), first)
  assert.equal(llm.pool.used, 0)
})

it('too little to tell by, or too much for a row, is no answer', () => {
  assert.equal(orderGain(llm, ids, Int32Array.of(1, 2, 3), speech), undefined)
  assert.equal(orderGain(llm, ids, Int32Array.of(1, 2, 3, 4), speech.subarray(0, 20)), undefined)
  assert.equal(orderGain(llm, ids, new Int32Array(200).fill(1), speech), undefined)
  assert.equal(llm.pool.used, 0)
})
