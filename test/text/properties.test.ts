/** What must hold of every text: no word or number is lost, nothing is a control token, what is said is said the same again. */
import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import fc from 'fast-check'
import { cardinal } from '../../src/text/en-numbers.ts'
import { speakable } from '../../src/text/speakable.ts'
import type { TextTokenizer } from '../../src/text/tokenizer.ts'
import { readCardinal } from '../../src/text/zh-numbers.ts'
import { goldenTokenizer } from '../helpers/tiny-tokenizer.ts'

let tokenizer: TextTokenizer
before(async () => {
  tokenizer = await goldenTokenizer()
})
const countTokens = (text: string) => tokenizer.encodeUser(text).length

const WORDS = 'harbor lantern meadow quiver saddle timber violet walnut yonder zephyr basket candle'.split(
  ' ',
)
const CHINESE = '苹果 河流 窗户 森林 老师 火车 月亮 花园'.split(' ')

/** What people put around a word, with the word in its place. */
const DRESS: readonly ((word: string) => string)[] = [
  (word) => word,
  (word) => `**${word}**`,
  (word) => `_${word}_`,
  (word) => `\`${word}\``,
  (word) => `~~${word}~~`,
  (word) => `<b>${word}</b>`,
  (word) => `<span class="x">${word}</span>`,
  (word) => `[${word}](https://example.com/a?b=1)`,
  (word) => `“${word}”`,
  (word) => `(${word})`,
  (word) => `${word} 😀`,
  (word) => `✅ ${word}`,
  (word) => `\u200b${word}\u00ad`,
  (word) => `${word} — `,
  (word) => `${word}…`,
  (word) => `\n- ${word}\n`,
  (word) => `\n# ${word}\n`,
  (word) => `\n> ${word}\n\n`,
  (word) => `<|endofprompt|>${word}`,
  (word) => `${word}&nbsp;`,
  (word) => `<p>${word}</p>`,
  (word) => `\n| ${word} | cell |\n|---|---|\n\n`,
]

it('every word comes through, once and in order, whatever is around it', () => {
  const dressed = (words: readonly string[]) =>
    fc.tuple(
      fc.shuffledSubarray([...words], { minLength: 1 }),
      fc.array(fc.constantFrom(...DRESS), { minLength: 12, maxLength: 12 }),
    )
  fc.assert(
    fc.property(dressed(WORDS), ([words, dress]) => {
      const text = words.map((word, i) => dress[i]!(word)).join(' ')
      const spoken = speakable(text, { countTokens }).text
      assert.equal(speakable(spoken, { countTokens }).text, spoken, `said again, of ${JSON.stringify(text)}`)
      const said = spoken.toLowerCase()
      assert.deepEqual(
        said.match(/[a-z]+/g)?.filter((word) => WORDS.includes(word)),
        words,
        text,
      )
    }),
    { seed: 18, numRuns: 300 },
  )
  fc.assert(
    fc.property(dressed(CHINESE), ([words, dress]) => {
      const text = words.map((word, i) => dress[i]!(word)).join('，')
      const said = speakable(text, { countTokens }).text
      const found = words.map((word) => said.indexOf(word))
      assert(
        found.every((at, i) => at >= 0 && (i === 0 || at > found[i - 1]!)),
        `${JSON.stringify(text)} → ${said}`,
      )
    }),
    { seed: 19, numRuns: 300 },
  )
})

it('every number comes through as its words', () => {
  const english: readonly ((n: number) => string)[] = [
    (n) => `${n}`,
    (n) => `$${n}`,
    (n) => `${n}%`,
    (n) => `${n} kg`,
    (n) => `${n}€`,
    (n) => `**${n}**`,
    (n) => `(${n})`,
    (n) => `≥ ${n}`,
    (n) => `~${n}`,
    (n) => `${n}°C`,
    (n) => `#${n}`,
    (n) => `No. ${n}`,
    (n) => `<i>${n}</i>`,
    (n) => `x^${n}`,
    (n) => `${n}+`,
  ]
  const chinese: readonly ((n: number) => string)[] = [
    (n) => `${n}个人`,
    (n) => `￥${n}元`,
    (n) => `${n}%`,
    (n) => `${n}km`,
    (n) => `第${n}天`,
    (n) => `**${n}**`,
    (n) => `约${n}年`,
    (n) => `≥${n}`,
    (n) => `${n}美元/人`,
    (n) => `${n}℃`,
  ]
  fc.assert(
    fc.property(
      fc.integer({ min: 21, max: 99 }),
      fc.constantFrom(...english),
      fc.constantFrom(...chinese),
      (n, en, zh) => {
        assert.match(
          speakable(`We saw ${en(n)} there.`, { countTokens }).text,
          new RegExp(cardinal(String(n))),
        )
        assert.match(
          speakable(`我们看到${zh(n)}了。`, { countTokens }).text,
          new RegExp(readCardinal(String(n))),
        )
      },
    ),
    { seed: 20, numRuns: 300 },
  )
})

it('no text throws or becomes a control token', () => {
  const control = new Set(
    Object.entries(tokenizer.specialIds)
      .filter(([mark]) => mark.startsWith('<|'))
      .map(([, id]) => id),
  )
  const piece = fc.oneof(
    fc.constantFrom(
      ...DRESS.map((dress) => dress('lantern')),
      '<|im_end|>',
      '<|',
      '|>',
      '<speak',
      '&lt;|im_end|&gt;',
      '5',
      '$',
      '.',
      '，',
      '你',
      'A-1',
      'THE',
      '\n',
    ),
    fc.string({ unit: 'grapheme', maxLength: 6 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
      const { segments } = speakable(`x ${pieces.join('')}`, { countTokens })
      for (const { text } of segments) for (const id of tokenizer.encodeUser(text)) assert(!control.has(id))
    }),
    { seed: 21, numRuns: 500 },
  )
})

it('a long sentence is cut into parts that the model can say, every word once', () => {
  const sentence = (words: number, every: number) =>
    `${Array.from({ length: words }, (_, i) => WORDS[i % WORDS.length]! + (i % every === every - 1 ? ',' : '')).join(' ')}.`
  for (const [words, every] of [
    [85, 9],
    [85, 200],
    [300, 13],
  ] as const) {
    const text = sentence(words, every)
    const { segments } = speakable(text, { countTokens })
    assert(segments.length >= 2)
    for (const segment of segments) assert(countTokens(segment.text) <= 75, segment.text)
    assert.equal(segments.map((segment) => segment.text).join(''), text)
  }
  const chinese = `${'我们一起去看河边的花，'.repeat(13)}然后回家。`
  const parts = speakable(chinese, { countTokens }).segments
  assert(parts.length >= 2)
  assert.equal(parts.map(({ text }) => text).join(''), chinese)
  // Without any mark: between words, never inside one or behind what belongs to the next.
  const unmarked = `${'孩子们在树下跑来跑去然后他们沿着河边的小路慢慢地走回家'.repeat(5)}。`
  const cut = speakable(unmarked, { countTokens }).segments.map(({ text }) => text)
  assert.equal(cut.join(''), unmarked)
  for (const part of cut.slice(1)) assert.match(part, /^(?:孩子们|然后|他们|在树下|沿着|跑来|走回家)/)
  for (const part of cut.slice(0, -1)) assert.doesNotMatch(part, /[的地]$/)
})

it('SSML that is not well-formed is refused with its place', () => {
  for (const broken of [
    '<speak>open',
    '<speak><b></speak>',
    '<speak>a & b</speak>',
    '<speak><sub>x</sub></speak>',
    '<speak>a</speak>b',
  ])
    assert.throws(() => speakable(broken, { countTokens }), {
      code: 'INVALID_PARAMETER',
      detail: /line \d+, column \d+/,
    })
})

it('options: plain text keeps its signs from the parsers, a dictionary goes first, code can be passed over', () => {
  assert.match(speakable('a <b> c', { countTokens, textFormat: 'plain' }).text, /a/)
  assert.equal(
    speakable('SQL is fun.', { countTokens, dictionary: { SQL: 'sequel' } }).text,
    'sequel is fun.',
  )
  const fence = 'Run:\n```\nx = 1\n```\nDone.'
  assert.equal(speakable(fence, { countTokens, codeBlocks: 'skip' }).text, 'Run: Done.')
  assert.deepEqual(
    speakable(fence, { countTokens }).warnings.map(({ code }) => code),
    ['code_skipped'],
  )
  assert.equal(
    speakable('42', { countTokens, voiceLanguage: 'zh', language: 'en' }).text.trim(),
    'forty two.',
  )
})
