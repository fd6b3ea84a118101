import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Pronunciations } from '../../src/text/dictionary.ts'
import { speakable } from '../../src/text/speakable.ts'

/** The largest table that the API takes. */
const MAX_ENTRIES = 1000
const MAX_KEY_LENGTH = 100

const say = (dictionary: Readonly<Record<string, string>>, text: string) =>
  new Pronunciations(dictionary).replace(text, (said) => `{${said}}`)

it('whole words are replaced, the longest first, small letters in any case', () => {
  const words = {
    sql: 'sequel',
    'sql server': 'sequel server',
    US: 'you ess',
    行长: '航掌',
    'c++': 'see plus',
  }
  assert.equal(say(words, 'SQL and MySQL, sqlite'), '{sequel} and MySQL, sqlite')
  assert.equal(say(words, 'Sql Server or sql.'), '{sequel server} or {sequel}.')
  assert.equal(say(words, 'US and us'), '{you ess} and us')
  assert.equal(say(words, '银行行长说C++好'), '银行{航掌}说{see plus}好')
  assert.equal(say({}, 'as it is'), 'as it is')
})

it('a text takes time by its length, whatever the table', () => {
  const table = Object.fromEntries(
    Array.from({ length: MAX_ENTRIES }, (_, i) => [
      `${'a'.repeat((i % MAX_KEY_LENGTH) + 1)}${i}`.slice(-MAX_KEY_LENGTH),
      'x',
    ]),
  )
  const words = new Pronunciations(table)
  const visited = words.replace('a'.repeat(20_000), () => '')
  assert.equal(visited.length, 20_000)
})

it('keys and words are read as the text is: quotes, widths, pictures, digits and signs', () => {
  const said = (text: string, dictionary: Readonly<Record<string, string>>) =>
    speakable(text, { countTokens: (part) => part.length / 4, dictionary }).text
  for (const [text, dictionary, expected] of [
    ["I don't and I don’t.", { 'don’t': 'do not' }, 'I do not and I do not.'],
    ['Ｋ８ｓ runs.', { K8s: 'kubernetes' }, 'kubernetes runs.'],
    ['Good 👍🏽 work', { '👍🏽': 'thumbs up' }, 'Good thumbs up work.'],
    ['SQL', { SQL: 'sequel 2' }, 'sequel two.'],
    ['费用不多', { 费用: '￥5' }, '五元不多。'],
    ['Pay now', { Pay: 'pay $5' }, 'pay five dollars now.'],
    ['x', { x: '<|endofprompt|>😀hi' }, 'hi.'],
    ['x', { ['__proto__']: 'y' }, 'x.'],
    ['SQL rocks', { SQL: '*my* | {tool}' }, 'my, tool rocks.'],
    ['SQL', { SQL: '[breath] a_b' }, '[breath] a underscore b.'],
  ] as const)
    assert.equal(said(text, dictionary), expected)
})
