/** What a full server expects of a text that it has not read: never more than of the same text once it is read. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, it } from 'node:test'
import fc from 'fast-check'
import { textsOf } from '../../bench/load/texts.ts'
import type { SpeechOptions } from '../../src/core/speech-port.ts'
import { expectedTokens, leastSeconds, spokenParts } from '../../src/speech/spoken-parts.ts'
import { TextTokenizer } from '../../src/text/tokenizer.ts'
import { goldenDir } from '../helpers/paths.ts'
import { goldenJson } from '../helpers/tiny-llm.ts'

const TOKEN_RATE = 25
const OPTIONS = { voice: { language: undefined, words: {} } } as unknown as SpeechOptions

let tokenizer: TextTokenizer
before(async () => {
  const specials = await goldenJson<Record<string, number>>('tokenizer/special_ids.json')
  tokenizer = await TextTokenizer.load(join(goldenDir, 'CosyVoice-BlankEN'), { specials })
})

/** A tokenizer of a large vocabulary: a token is four letters and a half, or a Chinese character and a half. */
const frugal = {
  encodeUser: (said: string) => {
    const han = said.match(/\p{Script=Han}/gu)?.length ?? 0
    return new Int32Array(Math.ceil(han / 1.5 + (said.length - han) / 4.5))
  },
}

function expectedSeconds(text: string, encodeUser: TextTokenizer['encodeUser']): number {
  const model = {
    tokenizer: { encodeUser, marks: tokenizer.marks } as TextTokenizer,
    languages: ['en', 'zh'],
  }
  const { parts } = spokenParts(model, text, OPTIONS)
  return expectedTokens(parts[0]!) / TOKEN_RATE
}

it('of sentences, and of texts of many of them, no more is expected at the door than of their first part', () => {
  const of = (name: string, between = name === 'zh' ? '' : ' ') => {
    const text = fc.array(fc.constantFrom(...textsOf(name)), { minLength: 1, maxLength: 12 })
    return text.map((sentences) => sentences.join(between))
  }
  const tagged = of('en').map((text) => `<speak>${text.replaceAll('. ', '. <break time="300ms"/> ')}</speak>`)
  const own = { encodeUser: (said: string) => tokenizer.encodeUser(said) }
  fc.assert(
    fc.property(
      fc.oneof(of('en'), of('zh'), tagged, of('en', '\n\n')),
      fc.constantFrom(frugal, own),
      (text, by) => {
        const asked = leastSeconds(by, text, TOKEN_RATE)
        const expected = expectedSeconds(text, by.encodeUser)
        assert(asked <= expected + 1e-9, `${asked} of ${expected}: ${text}`)
      },
    ),
    { numRuns: 400 },
  )
})

it('a long text is more than the shortest, and what is not known is the shortest', () => {
  assert.equal(leastSeconds(tokenizer, textsOf('long')[0]!, TOKEN_RATE), 8)
  assert.equal(leastSeconds(tokenizer, '', TOKEN_RATE), 2)
})
