import assert from 'node:assert/strict'
import { it } from 'node:test'
import { convertTiny, openTiny } from '../helpers/tiny-synthesizer.ts'

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
