import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ask, convertTiny, openTiny } from '../helpers/tiny-synthesizer.ts'

it('slots are those that utterances are admitted to, whatever rows the LLM has', async () => {
  const bundle = await convertTiny()
  const { synthesizer, close } = await openTiny(bundle, { slots: 5, tuning: { llmSlots: 2 } })
  try {
    assert.deepEqual(synthesizer.status().devices[0]!.slots, { used: 0, total: 5 })
  } finally {
    await close(5000)
    await bundle.remove()
  }
})

it('a text is as long as its code points, whoever counts', async (test) => {
  const bundle = await convertTiny()
  test.after(() => bundle.remove())
  const opened = await openTiny(bundle, {}, test)
  const rare = '\u{20000}'
  const tooLong = /Maximum text length is 1000/
  await assert.rejects(ask(opened, { text: rare.repeat(1001), seed: 1 }), { detail: tooLong })
  const refusal = await ask(opened, { text: rare.repeat(600), seed: 1 }).then(
    (speech) => {
      speech.cancel()
      return ''
    },
    (error: { detail: string }) => error.detail,
  )
  assert.doesNotMatch(refusal, tooLong)
})
