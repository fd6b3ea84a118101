/** The words of a text as they were written, and which tokens say which of them. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { speakable } from '../../src/text/speakable.ts'
import { TextWords } from '../../src/text/text-words.ts'
import { spokenPlaces } from '../../src/text/word-owners.ts'
import { writtenWords } from '../../src/text/written-words.ts'

/** Tokens are the words and marks that are said, with the blank before them. */
const TOKENS = /\s*(?:[\p{Script=Han}]|(?:(?!\p{Script=Han})[\p{L}\p{N}'’])+|[^\s\p{L}\p{N}])/gu
const tokenizer = {
  asGiven: (text: string) => text,
  startsOf: (given: string, ids: Int32Array) =>
    Int32Array.from([...[...given.matchAll(TOKENS)].map(({ index }) => index), given.length]).slice(
      0,
      ids.length + 1,
    ),
}
const idsOf = (said: string) => new Int32Array([...said.matchAll(TOKENS)].length)
const rules = { countTokens: (part: string) => idsOf(part).length, voiceLanguage: 'en' }
const read = (word: string, wide: boolean) =>
  speakable(word, { ...rules, ...(wide ? { language: 'zh' } : {}), fragment: true, textFormat: 'plain' }).text

/** `written=said said` of each word, a blank line between segments. */
function said(text: string): string {
  const words = new TextWords(tokenizer, read)
  words.whole(text)
  return speakable(text, rules)
    .segments.map((segment) => ({ segment, part: words.part(segment.text, idsOf(segment.text)) }))
    .map(({ segment, part }, i, all) => {
      if (i === all.length - 1) words.end()
      const tokens = [...segment.text.matchAll(TOKENS)].map(([token]) => token.trim())
      return part.said
        .map((word) => {
          const own = tokens.filter((_, i) => part.owners[i] === 2 * word)
          return `${words.words[word]!.text}=${own.join(' ')}`
        })
        .join(' | ')
    })
    .join(' || ')
}

it('each spoken word belongs to the written one that it says', () => {
  for (const [text, expected] of [
    ['Good morning, and welcome.', 'Good=Good | morning,=morning | and=and | welcome.=welcome'],
    ['It costs $5 today.', 'It=It | costs=costs | $5=five dollars | today.=today'],
    [
      'On 3/4/2026, Dr. Lee ran 10 km.',
      'On=On | 3/4/2026,=the fourth of march twenty twenty six | Dr.=doctor | Lee=Lee | ran=ran | 10=ten | km.=kilometers',
    ],
    ['今天天气真不错。', '今天=今 天 | 天气=天 气 | 真=真 | 不错。=不 错'],
    ['价格是￥35。', '价格=价 格 | 是=是 | ￥35。=三 十 五 元'],
    ['她说hello，走了。', '她=她 | 说=说 | hello，=hello | 走了。=走 了'],
    ['**Bold** text, [a link](http://x.org/abc).', 'Bold=Bold | text,=text | a=a | link=link'],
    [
      '<speak>Hello <break time="1s"/>big <sub alias="World Wide Web">WWW</sub>.</speak>',
      'Hello=Hello || big=big | WWW=World Wide Web',
    ],
    ['I ❤️ it -- really :)', 'I=I love | it=it | really=really'],
    ['Mail joe@example.com now.', 'Mail=Mail | joe@example.com=joe at example dot com | now.=now'],
    ['我用 iPhone 15 Pro 拍照', '我=我 | 用=用 | iPhone=iPhone | 15=十 五 | Pro=Pro | 拍照=拍 照'],
    ['一共￥3万', '一共=一 共 | ￥3万=三 万 元'],
    ['Pay Rs. 500 now.', 'Pay=Pay | Rs. 500=five hundred rupees | now.=now'],
    ['Wait—no… yes.', 'Wait—=Wait | no…=no | yes.=yes'],
  ])
    assert.equal(said(text!), expected, text)
})

it('a long text keeps its order and loses no word, whatever is said otherwise', () => {
  const some = [
    'the',
    'the',
    'house',
    '$5',
    '12',
    'Dr.',
    'km',
    'and',
    'USA',
    '3:30',
    'of',
    '50%',
    'stays,',
    'here.',
  ]
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...some), { minLength: 1, maxLength: 150 }), (words) => {
      const text = words.join(' ')
      const of = new TextWords(tokenizer, read)
      of.whole(text)
      const told: number[] = []
      for (const segment of speakable(text, rules).segments) {
        const part = of.part(segment.text, idsOf(segment.text))
        assert.equal(part.owners.length, idsOf(segment.text).length)
        const own = part.owners.filter((owner) => owner >= 0)
        assert.deepEqual(
          own,
          own.toSorted((a, b) => a - b),
        )
        told.push(...part.said)
      }
      assert.deepEqual(
        told,
        [...new Set(told)].toSorted((a, b) => a - b),
      )
      // Neighbours that are one quantity may be told as one.
      assert(told.length >= 0.8 * words.length, `${told.length} of ${words.length}: ${text}`)
    }),
    { seed: 23, numRuns: 100 },
  )
})

it('places are those of the text, in any language and whatever is marked up', () => {
  for (const text of [
    '  Hello,  “big” world! ',
    'a\n\nb',
    '<b>x</b> y',
    '你好，world 3.5!',
    '```\ncode\n```\nsaid',
  ])
    for (const { text: word, from, to } of writtenWords(text)) assert.equal(text.slice(from, to), word)
  assert.deepEqual(
    writtenWords('One. Two e.g. three! Four').map(({ text, ends }) => (ends ? `${text}¶` : text)),
    ['One.¶', 'Two', 'e.g.', 'three!¶', 'Four'],
  )
  assert.deepEqual(
    writtenWords('Calm.<|endofprompt|>Now speak.').map(({ text }) => text),
    ['Now', 'speak.'],
  )
})

it('text that comes in pieces has its places in the whole', () => {
  const words = new TextWords(tokenizer, read)
  words.append('The quick $5 fox jumps. ')
  words.append('Then it sleeps.')
  words.write('The quick')
  const part = words.part('The quick', idsOf('The quick'))
  words.write(' $5 fox jumps.')
  words.say(' five dollar fox jumps.', idsOf(' five dollar fox jumps.'), part)
  words.write(' Then it sleeps.')
  const next = words.part('Then it sleeps.', idsOf('Then it sleeps.'))
  assert.deepEqual(
    [...part.said, ...next.said].map((word) => words.words[word]!.text),
    ['The', 'quick', '$5', 'fox', 'jumps.', 'Then', 'it', 'sleeps.'],
  )
  for (const { text, from, to } of words.words) assert.equal(words.slice(from, to), text)
  assert.equal(spokenPlaces('a, b').length, 2)
})
