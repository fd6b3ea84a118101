/** Subtitles and timed lyrics are said without their numbers and times, and show no words for them. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { speakable } from '../../src/text/speakable.ts'
import { writtenWords } from '../../src/text/written-words.ts'

const countTokens = (text: string) => text.length / 4
const SRT = '1\n00:00:01,000 --> 00:00:04,074\nHello there.\n\n2\n00:00:05,000 --> 00:00:08,000\nGeneral 7.'
const VTT =
  'WEBVTT\nKind: captions\n\n00:01.000 --> 00:04.000 align:start\nHello there.\n\n00:05.000 --> 00:08.000\nGeneral 7.'
const LRC = '[00:12.34]Hello there.\n[00:15.10][00:45.10]General 7.'

it('of subtitles only the words are said, whatever ends their lines, and a warning tells', () => {
  for (const text of [SRT, VTT, LRC, SRT.replaceAll('\n', '\r\n')]) {
    const said = speakable(text, { countTokens })
    assert.equal(said.text, 'Hello there. General seven.', text)
    assert.deepEqual(
      said.warnings.map(({ code }) => code),
      ['skipped'],
    )
    assert.deepEqual(
      writtenWords(text).map((word) => word.text),
      ['Hello', 'there.', 'General', '7.'],
    )
  }
})

it('as plain text, and where only a time stands, nothing is left out', () => {
  assert.match(speakable(SRT, { countTokens, textFormat: 'plain' }).text, /^one/)
  for (const text of ['[12:30] Bob: hi', 'From 00:01 to 00:04.', '[00:12.34] connected', 'A [1] note.'])
    assert.deepEqual(speakable(text, { countTokens }).warnings, [], text)
})
