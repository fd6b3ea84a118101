/** Marks in text: sounds, phones of English and of Mandarin, for a model that has them and for one that has not. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { before, it } from 'node:test'
import { SPECIALS } from '../../src/families/cosyvoice3/specials.ts'
import { promptTranscript } from '../../src/text/front-end.ts'
import { speakable } from '../../src/text/speakable.ts'
import { TextTokenizer } from '../../src/text/tokenizer.ts'
import { goldenDir, goldenDir3 } from '../helpers/paths.ts'
import { goldenJson } from '../helpers/tiny-llm.ts'

let version3: TextTokenizer
let version2: TextTokenizer
before(async () => {
  const known = await goldenJson<Record<string, number>>('tokenizer/special_ids.json', goldenDir3)
  const marks = SPECIALS.filter((content) => !content.includes('|'))
  version3 = await TextTokenizer.load(join(goldenDir3, 'CosyVoice-BlankEN'), { specials: known, marks })
  const older = await goldenJson<Record<string, number>>('tokenizer/special_ids.json')
  version2 = await TextTokenizer.load(join(goldenDir, 'CosyVoice-BlankEN'), { specials: older })
})

const said = (text: string, tokenizer: TextTokenizer, more: object = {}) =>
  speakable(text, {
    countTokens: (part) => tokenizer.encodeUser(part).length,
    marks: tokenizer.marks,
    ...more,
  })
const marksIn = (text: string, tokenizer: TextTokenizer) => {
  const contents = new Map(Object.entries(tokenizer.specialIds).map(([content, id]) => [id, content]))
  return said(text, tokenizer).segments.flatMap((segment) =>
    [...tokenizer.encodeUser(segment.text)].flatMap((id) => contents.get(id) ?? []),
  )
}

/** Text → what is said of it by a model with all marks. */
const KEPT: readonly (readonly [string, string])[] = [
  ['高管也通过电话、短信等方式对报道[j][ǐ]予好评。', '高管也通过电话、短信等方式对报道[j][ǐ]予好评。'],
  ['请把这本书[h][uán]给图书馆。', '请把这本书[h][uán]给图书馆。'],
  ['[breath]因为他们那一辈人[breath]在乡里住得惯。', '[breath]因为他们那一辈人[breath]在乡里住得惯。'],
  ['I read [R][EH1][D] the book.', 'I read [R][EH1][D] the book.'],
  ['Say [T][AH0][M][EY1][T][OW2] again.', 'Say [T][AH0][M][EY1][T][OW2] again.'],
  ['[cough] Sorry, 3 times. [cough]', '[cough] Sorry, three times. [cough].'],
  ['房间号是[B]302。', '房间号是[B]三百零二。'],
  ['在挑战面前，他展现了<strong>勇气</strong>。', '在挑战面前，他展现了<strong>勇气</strong>。'],
  ['<laughter>That is 2 funny</laughter>.', '<laughter>That is two funny</laughter>.'],
  ['这是[zh][òng]要的事，不是[ch][óng]复。', '这是[zh][òng]要的事，不是[ch][óng]复。'],
  ['走吧[lipsmack]。', '走吧[lipsmack]。'],
]

it('marks of the model stand in what is said as they were written, whatever is around them', () => {
  for (const [text, expected] of KEPT) {
    assert.equal(said(text, version3).text, expected)
    assert.equal(said(text.normalize('NFD'), version3).text, expected, 'decomposed')
    const marks = text.match(/\[[^\]]+\]|<[^>]+>/gu)!
    assert.deepEqual(marksIn(text, version3), marks)
    assert.deepEqual(marksIn(text.normalize('NFD'), version3), marks)
  }
  const inMarkup = '<speak>报道[j][ǐ]予<break time="200ms"/>好评</speak>'
  assert.deepEqual(marksIn(inMarkup, version3), ['[j]', '[ǐ]'])
  assert.deepEqual(marksIn('**报道[j][ǐ]予**好评', version3), ['[j]', '[ǐ]'])
  for (const reading of ['[j][ǐ]予', '[j][ǐ]予'.normalize('NFD')])
    assert.equal(said('报道给予好评', version3, { dictionary: { 给予: reading } }).text, '报道[j][ǐ]予好评。')
  const plain = said('报道[j][ǐ]予好评', version3, { textFormat: 'plain' })
  assert.equal(plain.text, '报道[j][ǐ]予好评。')
})

it('case and tone are the mark’s own: what is near to one is letters', () => {
  assert.deepEqual(marksIn('a [EH3] b [eh1] c [Breath] d [j ] e', version3), [])
  assert.deepEqual(marksIn('see [a](https://example.com/a) there', version3), [])
  // Two tokens.
  assert.notDeepEqual(version3.encodeUser('[S]'), version3.encodeUser('[s]'))
})

it('to a model without phones they are letters, and sounds stay what they are', () => {
  assert.deepEqual(marksIn('报道[j][ǐ]予[breath]好评', version2), ['[breath]'])
  assert.equal(said('报道[j][ǐ]予好评', version2).text.includes('['), false)
  assert.equal(said('I read [R][EH1][D] it', version2).text.includes('['), false)
})

it('a control token is left out beside marks, and never becomes one', () => {
  for (const control of ['<|endofprompt|>', '<|im_end|>', '<|endofsystem|>', '<|endoftext|>'])
    assert.deepEqual(marksIn(`报道[j]${control}[ǐ]予好评，${control}`, version3), ['[j]', '[ǐ]'])
})

it('no long word of marks is cut inside one', () => {
  const word = '[zh][uāng]'.repeat(120)
  const segments = said(`${word}。`, version3).segments
  assert(segments.length > 1)
  for (const { text } of segments) assert.match(text, /^(?:\[zh\]\[uāng\])+[。.]?$/u)
})

it('digits of marks are no numbers in a transcript either', () => {
  assert.equal(
    promptTranscript('I read [R][EH1][D] 2 books.', version3.marks),
    'I read [R][EH1][D] two books.',
  )
  assert.equal(promptTranscript('他读[EH1]了3本。', version3.marks), '他读[EH1]了三本。')
})

it('Cyrillic is said by a model that was trained with Russian, and passed over by others', () => {
  const text = 'Привет, как дела?'
  assert.equal(said(text, version3, { languages: ['zh', 'ru'] }).text, text)
  const other = said(`Hello. ${text}`, version3, { languages: ['zh', 'en'] })
  assert.doesNotMatch(other.text, /[а-я]/)
  assert.match(other.warnings[0]!.message, /Cyrillic/)
})
