/** What is said is said the same again: texts of every kind of docs/text.md side by side, in both languages. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { speakable } from '../../src/text/speakable.ts'
import { textExamples } from '../helpers/text-examples.ts'
import { goldenTokenizer } from '../helpers/tiny-tokenizer.ts'

const RUNS = 600
/** Markup that reaches over several lines is read by itself. */
const isLine = (written: string) => !/<speak|```|<break|\n|\|/.test(written)
const hasHan = (text: string) => /\p{Script=Han}/u.test(text)
const hasWords = (text: string) => /[A-Za-z]{2,} [A-Za-z]{2,}/.test(text)

it('what is said of several texts is said the same again, in either language', async () => {
  const tokenizer = await goldenTokenizer()
  const countTokens = (text: string) => tokenizer.encodeUser(text).length
  const examples = (await textExamples()).filter(({ written }) => isLine(written))
  const of = (keep: (written: string) => boolean, not: string) =>
    examples.filter(({ written, voice }) => keep(written) && voice !== not).map(({ written }) => written)
  const languages = [
    ['zh', of((text) => hasHan(text) && !hasWords(text), 'en'), ['，', '。', '；', '！', '\n']],
    ['en', of((text) => !hasHan(text), 'zh'), ['. ', ' and ', '; ', '\n']],
  ] as const
  for (const [voiceLanguage, texts, joints] of languages) {
    assert(texts.length > 40, `${texts.length} texts`)
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...texts), { minLength: 2, maxLength: 4 }),
        fc.array(fc.constantFrom(...joints), { minLength: 4, maxLength: 4 }),
        (chosen, between) => {
          const text = chosen.map((one, i) => one + (i + 1 < chosen.length ? between[i] : '')).join('')
          const said = speakable(text, { countTokens, voiceLanguage }).text
          assert.equal(speakable(said, { countTokens, voiceLanguage }).text, said, JSON.stringify(text))
        },
      ),
      { seed: 24, numRuns: RUNS },
    )
  }
})
