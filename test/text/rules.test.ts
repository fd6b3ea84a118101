/** Every example of docs/text.md, said. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { speakable } from '../../src/text/speakable.ts'
import { textExamples } from '../helpers/text-examples.ts'
import { goldenTokenizer } from '../helpers/tiny-tokenizer.ts'

it('what docs/text.md says of a text is what is said', async () => {
  const tokenizer = await goldenTokenizer()
  const countTokens = (text: string) => tokenizer.encodeUser(text).length
  const examples = await textExamples()
  assert(examples.length >= 190, `${examples.length} examples`)
  for (const { written, voice, said } of examples) {
    const options = { countTokens, ...(voice === '' ? {} : { voiceLanguage: voice }) }
    const { segments, text } = speakable(written, options)
    const silence = (ms: number) => (ms > 0 ? [`⟨${ms} ms⟩`] : [])
    const shown = segments.map((one) =>
      [...silence(one.leadMs), one.text.trim(), ...silence(one.pauseMs)].join(' '),
    )
    assert.equal(shown.join(' / '), said, `of ${JSON.stringify(written)}`)
    if (segments.every(({ leadMs, pauseMs }) => leadMs + pauseMs === 0))
      assert.equal(speakable(text, options).text, text, 'said again')
  }
})
