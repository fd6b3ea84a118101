import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { SentenceStream } from '../../src/text/sentence-stream.ts'

function cut(text: string, pieces: readonly string[] = [text]): string[] {
  const stream = new SentenceStream()
  const out = pieces.flatMap((piece) => stream.append(piece))
  const rest = stream.flush()
  assert.equal(stream.rest, '')
  return rest === undefined ? out : [...out, rest]
}

it('sentences end behind their marks and closing quotation marks, not behind abbreviations or inside numbers', () => {
  assert.deepEqual(cut('你好。他说：“走吧！”然后走了'), ['你好。', '他说：“走吧！”', '然后走了'])
  assert.deepEqual(cut('Dr. Smith paid 3.50 dollars. Why? "No idea." End'), [
    'Dr. Smith paid 3.50 dollars.',
    ' Why?',
    ' "No idea."',
    ' End',
  ])
  assert.deepEqual(cut('Wow!!! Really...  yes'), ['Wow!!!', ' Really...', '  yes'])
  assert.deepEqual(
    cut('Leeds Utd. 2 won. Add a 14-oz. can, a Ph.D. in hand, bk. 2 and conf. no. X7. It is Sun. 3 left'),
    [
      'Leeds Utd. 2 won.',
      ' Add a 14-oz. can, a Ph.D. in hand, bk. 2 and conf. no. X7.',
      ' It is Sun. 3 left',
    ],
  )
  assert.deepEqual(cut('5! = 120. It is 5! Rs. 500 is cheap!'), [
    '5! = 120.',
    ' It is 5!',
    ' Rs. 500 is cheap!',
  ])
  assert.deepEqual(cut('\n\n \n'), [])
})

it('a sentence is given out as soon as what follows it is known', () => {
  const stream = new SentenceStream()
  assert.deepEqual(stream.append('Hello there.'), [])
  assert.deepEqual(stream.append(' And'), ['Hello there.'])
  assert.equal(stream.rest.trim().length, 3)
  assert.equal(stream.flush(), ' And')
})

it('however a text is cut into pieces, the same sentences come out and nothing is lost', () => {
  const text = fc.array(
    fc.constantFrom(
      'a',
      'Dr',
      'word',
      ' ',
      '.',
      '!',
      '?',
      '。',
      '！',
      '”',
      '"',
      '3',
      '…',
      '\n',
      '你',
      ')',
      'e.g',
    ),
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(text, fc.array(fc.nat(60), { maxLength: 8 }), (parts, cuts) => {
      const whole = parts.join('')
      const at = [...new Set([0, ...cuts.filter((cut) => cut < whole.length), whole.length])].sort(
        (a, b) => a - b,
      )
      const pieces = at.slice(1).map((end, i) => whole.slice(at[i], end))
      assert.deepEqual(cut(whole, pieces), cut(whole))
      assert.equal(cut(whole).join('').replace(/\s/g, ''), whole.replace(/\s/g, ''))
    }),
    { seed: 14, numRuns: 500 },
  )
})
