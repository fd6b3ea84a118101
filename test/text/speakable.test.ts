import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import { speakable } from '../../src/text/speakable.ts'
import type { TextTokenizer } from '../../src/text/tokenizer.ts'
import { goldenTokenizer } from '../helpers/tiny-tokenizer.ts'

let tokenizer: TextTokenizer
before(async () => {
  tokenizer = await goldenTokenizer()
})
const countTokens = (text: string) => tokenizer.encodeUser(text).length

it('what is said is the text of its segments, and nothing has no segment', () => {
  const { text, segments } = speakable('He paid $5. He said "Go!"', { countTokens })
  assert.equal(segments.map((segment) => segment.text).join(''), text)
  assert.equal(text, 'He paid five dollars. He said "Go!"')
  assert.deepEqual(speakable(' … ', { countTokens }).segments, [])
})
