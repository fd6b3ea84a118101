/** What a model of plain punctuation is given for other marks. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { withPlainPunctuation } from '../../src/text/plain-punctuation.ts'

const CASES: readonly (readonly [written: string, given: string])[] = [
  ['She said "wait here" and left.', 'She said wait here and left.'],
  ['"Stop!" he said. "Now."', 'Stop! he said. Now.'],
  ["He said 'wait here' and left.", 'He said wait here and left.'],
  ["It's the dogs' bowl, isn't it?", "It's the dogs bowl, isn't it?"],
  ['The room (the small one) is cold.', 'The room, the small one, is cold.'],
  ['It is cold (very).', 'It is cold, very.'],
  ['(Quietly) Come in.', 'Quietly, Come in.'],
  ['It rained; we left: all of us.', 'It rained, we left, all of us.'],
  ['To buy:', 'To buy.'],
  ['Well... maybe… not.', 'Well, maybe, not.'],
  ['A well-known, twenty-one year old song.', 'A well known, twenty one year old song.'],
  ['The door — the red one — is open.', 'The door, the red one, is open.'],
  ['他说：“等一下”；然后走了。', '他说，等一下，然后走了。'],
  ['《红楼梦》很好看。', '红楼梦很好看。'],
  ['他想了想……走了。', '他想了想，走了。'],
  ['他（不情愿）走了。', '他，不情愿，走了。'],
  ['[breath] Hello there.', '[breath] Hello there.'],
  ['<laughter>No.</laughter>', '<laughter>No.</laughter>'],
  ['早上好，欢迎光临！你好吗？', '早上好，欢迎光临！你好吗？'],
  ['"Wait", she said, "(please)."', 'Wait, she said, please.'],
  ['Are you sure (really)?', 'Are you sure, really?'],
  ['他走了（真的）。', '他走了，真的。'],
  ['He left: "Why?"', 'He left, Why?'],
  ['他说：“为什么？”', '他说，为什么？'],
  ['Hello :)', 'Hello.'],
  ['"', ''],
]

for (const [written, given] of CASES)
  it(`${written} → ${given}`, () => assert.equal(withPlainPunctuation(written), given))

it('a text in pieces of plain words is given as the whole is', () => {
  const text = 'We waited, and the rain, which was cold, went on (for hours): "all night".'
  const whole = withPlainPunctuation(text)
  assert.equal(whole, 'We waited, and the rain, which was cold, went on, for hours, all night.')
  for (const place of [2, 9, 10, 11, 15, 24, 25, 41, text.indexOf(' (')]) {
    const pieces = [text.slice(0, place), text.slice(place)].map(withPlainPunctuation)
    assert.equal(pieces.join(''), whole, `cut at ${place}`)
  }
})

it('given again it stays', () => {
  for (const [, given] of CASES) assert.equal(withPlainPunctuation(given), given)
})
