import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import fc from 'fast-check'
import type { TextTokenizer } from '../../src/text/tokenizer.ts'
import { goldenJson } from '../helpers/tiny-llm.ts'
import { goldenTokenizer } from '../helpers/tiny-tokenizer.ts'

let tokenizer: TextTokenizer
before(async () => {
  tokenizer = await goldenTokenizer()
})

it('ids and decoded text are the reference’s', async () => {
  const cases =
    await goldenJson<{ text: string; ids: number[]; decoded: string }[]>('tokenizer/tokenizer.json')
  assert(cases.length >= 100)
  for (const { text, ids, decoded } of cases) {
    assert.deepEqual([...tokenizer.encodeTrusted(text)], ids, JSON.stringify(text))
    assert.equal(tokenizer.decode(ids), decoded, JSON.stringify(text))
  }
})

it('user text never becomes a control token, only the marks that are sounds', () => {
  const { specialIds } = tokenizer
  const control = new Set(
    Object.entries(specialIds)
      .filter(([content]) => content.startsWith('<|'))
      .map(([, id]) => id),
  )
  assert.equal(control.size, 4)
  const piece = fc.oneof(
    fc.constantFrom(...Object.keys(specialIds)),
    fc.constantFrom('<|', '|>', '<', '|', 'im_start', '你好', ' '),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const text = pieces.join('')
      const ids = tokenizer.encodeUser(text)
      for (const id of ids) assert(!control.has(id), `${JSON.stringify(text)} gives control token ${id}`)
    }),
    { seed: 3, numRuns: 400 },
  )
  assert.deepEqual([...tokenizer.encodeUser('[breath]')], [specialIds['[breath]']])
  assert.notDeepEqual(tokenizer.encodeUser('<|endofprompt|>'), tokenizer.encodeTrusted('<|endofprompt|>'))
  assert.equal(tokenizer.decode(tokenizer.encodeUser('<|im_end|> hi')), '<|im_end|> hi')
})

it('empty text is no ids, and no ids are no text', () => {
  assert.equal(tokenizer.encodeUser('').length, 0)
  assert.equal(tokenizer.decode([]), '')
})
