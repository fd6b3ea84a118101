import assert from 'node:assert/strict'
import { it } from 'node:test'
import { charactersOf } from '../../src/text/pinyin.ts'
import { SYLLABLES } from '../../src/text/pinyin-table.ts'
import { speakable } from '../../src/text/speakable.ts'

it('a reading in pinyin is said by characters that have it, however its tones are written', () => {
  assert.equal(charactersOf('háng zhǎng'), charactersOf('hang2 zhang3'))
  assert.match(charactersOf('háng zhǎng')!, /^[\u4e00-\u9fff]{2}$/)
  assert.equal(charactersOf('lü4'), charactersOf('lǜ'))
  assert.equal(charactersOf('lu:4'), charactersOf('lv4'))
  assert.equal(charactersOf('xǖ'), charactersOf('xu1'))
  assert.equal(charactersOf("xi1'an1"), charactersOf('xī ān'))
  assert.equal(charactersOf('xiè xie')?.length, 2)
  for (const other of ['sequel', 'hang zhang', 'zzz2', 'háng2 zhǎng', 'hello world', 'b1', '', 'sequel 2'])
    assert.equal(charactersOf(other), undefined, other)
})

it('the table has each syllable once and each tone of it as one character', () => {
  const rows = SYLLABLES.split(' ')
  assert(rows.length >= 400)
  assert.equal(new Set(rows.map((row) => /^[a-z]+/.exec(row)![0])).size, rows.length)
  for (const row of rows) assert.match(row, /^[a-z]+[\u4e00-\u9fff-]{5}$/)
})

it('a dictionary and SSML give a reading', () => {
  const countTokens = (text: string) => text.length
  const said = speakable('行长来了。', { countTokens, dictionary: { 行长: 'háng zhǎng' } }).text
  assert.equal(said, `${charactersOf('háng zhǎng')!}来了。`)
  const ssml = '<speak><phoneme alphabet="py" ph="hang2 zhang3">行长</phoneme>来了。</speak>'
  assert.equal(speakable(ssml, { countTokens }).text, said)
  const other = speakable('<speak><phoneme alphabet="ipa" ph="x">word</phoneme></speak>', { countTokens })
  assert.equal(other.text.trim(), 'word.')
  assert.equal(other.warnings.length, 1)
})
