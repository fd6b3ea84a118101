import assert from 'node:assert/strict'
import { before, it } from 'node:test'
import fc from 'fast-check'
import { normaliseText, polish, segmentText } from '../../src/text/front-end.ts'
import type { TextTokenizer } from '../../src/text/tokenizer.ts'
import { goldenJson } from '../helpers/tiny-llm.ts'
import { goldenTokenizer } from '../helpers/tiny-tokenizer.ts'
import { workOf } from '../helpers/work.ts'

interface GoldenText {
  readonly input: string
  readonly branch: string
  readonly normalized?: string
  readonly segments?: string[]
  readonly error?: string
}

/** Inputs on which we differ from the reference on purpose, or cannot follow it, and why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'He ran 100 m in 9.58 s.': 'm is meters; the reference says minutes',
  'In the 1990s, the internet became popular.': 'a decade; the reference says … ninety seconds',
  'Item list:\n- apples: 3\n- pears: 12\n- plums: 0.5 kg':
    'a line break is a blank; the reference glues the lines',
  '他体重72kg，身高162cm，血压140/73mmHg。': 'the reference takes 140/7 for a fraction and 3mm for a length',
  '他体重106kg，身高181cm，血压120/82mmHg。': 'the same',
  '你的快递单号是SF1234567890123。': 'an identifier; the reference says the end of it as a number',
}

let tokenizer: TextTokenizer
let cases: readonly GoldenText[]
before(async () => {
  tokenizer = await goldenTokenizer()
  cases = await goldenJson('frontend/frontend.json')
})
const count = (text: string) => tokenizer.encodeTrusted(text).length

it('normalised texts and splits are the reference’s in at least 95 % of the cases, all others explained', (t) => {
  // An empty text is not normalised at all by the reference; here it gives no segment.
  const scored = cases.filter(({ error, input }) => error === undefined && input !== '')
  assert(scored.length >= 180)
  let texts = 0
  let splits = 0
  for (const { input, normalized, segments } of scored) {
    const sameText = normaliseText(input) === normalized
    const sameSplit = JSON.stringify(segmentText(input, count)) === JSON.stringify(segments)
    if (sameText) texts++
    if (sameSplit) splits++
    assert.equal(
      sameText && sameSplit,
      DIFFERENT[input] === undefined,
      `not as listed: ${input} → ${normaliseText(input)}`,
    )
  }
  t.diagnostic(`normalised ${texts} of ${scored.length}, splits ${splits} of ${scored.length}`)
  assert(texts / scored.length >= 0.95 && splits / scored.length >= 0.95)
})

it('what makes the reference raise gets a sensible reading', () => {
  assert.equal(
    normaliseText('Section 3(b) [see note 4] {draft}.'),
    'Section three(b) [see note four] {draft}.',
  )
  assert.equal(
    normaliseText('Version 3.12.61 fixes bug #9889: see http://bugs.example.org/81.'),
    'Version three.twelve point six one fixes bug number nine thousand eight hundred and eighty nine: see HTTP colon slash slash bugs dot example dot org slash eighty one.',
  )
  assert.deepEqual(segmentText(':-) ;-)', count), [])
})

it('nothing to say gives no segment', () => {
  for (const text of ['', '   ', '。。。', '🎉🎉', '--'])
    assert.deepEqual(segmentText(text, count), [], JSON.stringify(text))
})

it('everyday numbers are read out', () => {
  const spoken: Readonly<Record<string, string>> = {
    'It costs $12.50 at 9:05 pm.': 'It costs twelve point five dollars at nine o five PM.',
    'Dr. Lee was born on July 4, 1976.': 'doctor Lee was born on the fourth of july, nineteen seventy six.',
    'Take 2 pills, 3 times, for 1/2 a day.': 'Take two pills, three times, for one half a day.',
    '价格是￥12.5，打8折，截止2024年3月5日下午3:30。':
      '价格是十二点五元，打八折，截止二零二四年三月五日下午三点三十分。',
    '2个人走了3.5公里，占50%。': '两个人走了三点五公里，占百分之五十。',
    '第2天等了2到3个小时，2:05:09才走。': '第二天等了两到三个小时，两点零五分九秒才走。',
    '血压120/82mmHg，单号1234567890123。': '血压一百二十比八十二毫米汞柱，单号幺二三四五六七八九零幺二三。',
    'On May 3, 2021 it took 1:01:02 at -1 °C.':
      'On May three, twenty twenty one it took one hour one minute and two seconds at negative one degree Celsius.',
    'Mail tom99@example.com.': 'Mail tom ninety nine at example dot com.',
  }
  for (const [text, expected] of Object.entries(spoken)) assert.equal(normaliseText(text), expected)
})

it('no text makes it throw, leaves a digit of a plain number, or takes more than linear time', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(
      '12:30',
      '1,234',
      '$5',
      '3/4',
      '2024-01-05',
      'a@b.com',
      '-5',
      '~',
      '第',
      '元',
      ' 5km',
      '1.2.3',
      'Jan 5',
      '5%',
      '…',
      '“',
    ),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('')
      for (const segment of segmentText(text, count)) assert(segment.length > 0)
    }),
    { seed: 8, numRuns: 300 },
  )
  for (const bad of [
    '1',
    '1,',
    '1.',
    '-',
    '12:3',
    '1/',
    '$',
    'a.',
    'a@',
    '1 ',
    ' a1',
    '第1',
    'http://a',
    '(1',
    '0.1-',
    'Jan ',
    '5k',
    '…“',
    '，',
    ',111',
    '1.1',
    ' ',
    ' \t',
    '\n ',
    'a.a',
    '——',
    '00',
    '1~',
  ]) {
    const work = (length: number) => {
      const text = bad.repeat(Math.ceil(length / bad.length))
      return workOf(() => {
        normaliseText(text)
        normaliseText(`字${text}`)
      })
    }
    work(2000)
    // Four times the text in four times the time; a square would be sixteen. The least disturbed of a few tries counts.
    const least = (length: number) => Math.min(...Array.from({ length: 3 }, () => work(length)))
    const [short, long] = [least(10_000), least(40_000)]
    assert(
      long < Math.max(12 * short, 200),
      `${JSON.stringify(bad)}: ${short} ms for 10 000 characters, ${long} ms for 40 000`,
    )
  }
})

it('segments joined are the text, and none but a single clause is longer than the limit', () => {
  const clause = fc
    .tuple(fc.integer({ min: 1, max: 50 }), fc.constantFrom('。', '？', '！', '；', '。”'))
    .map(([n, mark]) => '字'.repeat(n) + mark)
  fc.assert(
    fc.property(fc.array(clause, { minLength: 1, maxLength: 12 }), (clauses) => {
      const segments = segmentText(clauses.join(''), count)
      assert.equal(segments.join(''), clauses.join(''))
      for (const segment of segments.slice(0, -1)) assert(segment.length > 60 || segments.length === 1)
      for (const segment of segments) assert(segment.length <= 60 + 52 + 20, `${segment.length} characters`)
    }),
    { seed: 9 },
  )
})

it('what is spoken has no escaped quotation marks', () => {
  assert.equal(polish(segmentText('He said, "Go!"', count)[0]!), 'He said, "Go!".')
})
