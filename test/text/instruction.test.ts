/** Instructions of version-3 clients before a text, whole and in pieces. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { splitInstruction } from '../../src/text/instruction.ts'
import { LiveText } from '../../src/text/live-text.ts'
import { speakable } from '../../src/text/speakable.ts'

const countTokens = (text: string) => (text.match(/[\p{L}\p{N}]+|[\u4e00-\u9fff]|[^\s]/gu) ?? []).length
const STANDARD = 'You are a helpful assistant.<|endofprompt|>'

it('an instruction and its mark are split off; a stray mark takes no words with it', () => {
  const cases: [string, string, string][] = [
    [
      `${STANDARD}希望你以后能够做的比我还好呦。`,
      'You are a helpful assistant.',
      '希望你以后能够做的比我还好呦。',
    ],
    ['用四川话说这句话<|endofprompt|>你好。', '用四川话说这句话', '你好。'],
    ['<|endofprompt|>Hello.', '', 'Hello.'],
    ['Plain words.', '', 'Plain words.'],
    ['Only an instruction.<|endofprompt|>', 'Only an instruction.', ''],
    ['The mark <|endofprompt|> is a token.', '', 'The mark <|endofprompt|> is a token.'],
    [`${'long '.repeat(200)}text.<|endofprompt|>end`, '', `${'long '.repeat(200)}text.<|endofprompt|>end`],
  ]
  for (const [text, instruction, rest] of cases)
    assert.deepEqual(splitInstruction(text), { instruction, text: rest })
})

it('what is said of a text is the same with an instruction before it', () => {
  for (const text of [
    'Good morning, this is 1 test.',
    '你好，这是一个测试。',
    '<speak>Hello <break/> there</speak>',
  ]) {
    for (const before of [
      STANDARD,
      'You are a helpful assistant. 请用广东话表达。<|endofprompt|>',
      'Say it sadly<|endofprompt|>',
    ])
      assert.deepEqual(speakable(before + text, { countTokens }), speakable(text, { countTokens }))
  }
})

it('live text with the standard instruction says the same, however it is cut', () => {
  const said = (text: string, sizes: readonly number[]) => {
    const live = new LiveText({
      spoken: (sentence) => speakable(sentence, { countTokens, fragment: true }).text,
      countTokens,
      beginTokens: 5,
      maxTokens: 80,
    })
    const steps = []
    for (let at = 0, i = 0; at < text.length; i++) {
      steps.push(...live.append(text.slice(at, at + sizes[i % sizes.length]!)))
      at += sizes[i % sizes.length]!
    }
    return [...steps, ...live.flush()]
      .map(({ text: each }) => each)
      .join('')
      .replace(/\s/g, '')
  }
  const texts = [
    'The weather is fine today. So we walk along the river.',
    '今天天气很好。我们去公园。',
    'You are kind.',
  ]
  fc.assert(
    fc.property(
      fc.constantFrom(...texts),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      (text, sizes) => {
        assert.equal(said(STANDARD + text, sizes), text.replace(/\s/g, ''))
      },
    ),
  )
  // Without a mark the same words are text.
  assert.equal(said('You are a helpful assistant. Thank you.', [3]), 'Youareahelpfulassistant.Thankyou.')
  // A client that writes it before every piece.
  const live = new LiveText({ spoken: (each) => each, countTokens, beginTokens: 5, maxTokens: 80 })
  const steps = [`${STANDARD}One is here. `, `${STANDARD}Two is there.`].flatMap((piece) =>
    live.append(piece),
  )
  const words = [...steps, ...live.flush()].map(({ text }) => text).join('')
  assert.equal(words.replace(/\s/g, ''), 'Oneishere.Twoisthere.')
})
