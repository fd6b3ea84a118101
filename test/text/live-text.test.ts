import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { type LiveStep, LiveText } from '../../src/text/live-text.ts'
import { MAX_WAITING } from '../../src/text/sentence-stream.ts'
import { speakable } from '../../src/text/speakable.ts'

const count = (text: string) => (text.match(/[\p{L}\p{N}]+|[\u4e00-\u9fff]|[^\s]/gu) ?? []).length
const spoken = (sentence: string) => speakable(sentence, { countTokens: count, fragment: true }).text
const open = (changes = {}) =>
  new LiveText({ spoken, countTokens: count, beginTokens: 5, maxTokens: 80, ...changes })

/** What each utterance says: whole sentences normalised, growing ones as they were given. */
function utterances(steps: readonly LiveStep[]): string[] {
  const said: string[] = []
  let growing = false
  for (const { step, text } of steps) {
    if (step === 'whole') {
      assert(!growing, 'a sentence inside another')
      said.push(spoken(text))
    } else {
      assert.equal(growing, step !== 'begin', `${step} while ${growing ? 'one is open' : 'none is open'}`)
      if (step === 'begin') said.push(text)
      else said[said.length - 1] += text
      growing = step !== 'end'
    }
  }
  assert(!growing, 'an utterance was never ended')
  return said.filter((one) => one.trim() !== '')
}

const SENTENCES = [
  'The quick brown fox jumps over the lazy dog, and nobody is surprised at all.',
  ' On May 5, 2024 we paid $20 for three of them.',
  ' He said "go on", so they went.',
  ' Mr. Smith walked for 3.5 km along the quiet river in the rain!',
  '今天下午三点半我们在公园见面，然后一起去吃饭。',
  '第3个问题是，约5%的人没有回答这个问题。',
  ' Yes.',
  ' I like 北京 very much indeed, my friend.',
]

it('however text is cut, each sentence is said as its normalised text, nothing twice and nothing lost', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(SENTENCES, { minLength: 1 }),
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }),
      (sentences, sizes) => {
        const text = sentences.join(' ')
        const live = open()
        const steps: LiveStep[] = []
        for (let at = 0, i = 0; at < text.length; i++) {
          const size = sizes[i % sizes.length]!
          steps.push(...live.append(text.slice(at, at + size)))
          at += size
        }
        steps.push(...live.flush())
        const squeezed = (all: readonly string[]) => all.join('').replaceAll(' ', '')
        assert.equal(squeezed(utterances(steps)), squeezed(sentences.map(spoken)))
      },
    ),
    { seed: 12, numRuns: 300 },
  )
})

/** What a step says, and what it says it of where that is written otherwise. */
const told = (steps: readonly LiveStep[]) =>
  steps.map(({ step, text, written }) => [step, text, ...(written === text ? [] : [written])])

it('a long sentence begins before it ends; one that comes at once is whole', () => {
  const live = open()
  assert.deepEqual(told(live.append('The quick brown fox jumps over the la')), [
    ['begin', 'The quick brown fox jumps over'],
  ])
  assert.deepEqual(told(live.append('zy dog and then it sle')), [['more', ' the lazy dog and then']])
  assert.deepEqual(told(live.append('eps. Next')), [['end', ' it sleeps.']])
  assert.deepEqual(told(live.append(' comes this one, complete. ')), [
    ['whole', ' Next comes this one, complete.'],
  ])
})

it('what depends on what follows waits for its sentence', () => {
  const live = open()
  assert.deepEqual(told(live.append('We will all of us meet again on June 5')), [
    ['begin', 'We will all of us meet again on'],
  ])
  assert.deepEqual(told(live.append(', 2024 in Rome. ')), [
    ['end', ' the fifth of june, twenty twenty four in Rome.', ' June 5, 2024 in Rome.'],
  ])
})

it('a flush ends the utterance that is open, also where nothing more has come', () => {
  const live = open()
  live.append('The quick brown fox jumps over the lazy')
  assert.deepEqual(told(live.flush()), [['end', ' the lazy.', ' the lazy']])
  assert.deepEqual(live.flush(), [])
})

it('a sentence without end is said in utterances of bounded length', () => {
  const live = open({ maxTokens: 20 })
  const steps = live.append('one more word and '.repeat(30))
  const ends = steps.filter(({ step }) => step === 'end').length
  assert.equal(ends, 1)
  const later = Array.from({ length: 40 }, () => live.append('again and ')).flat()
  assert(later.filter(({ step }) => step === 'end').length >= 3)
  assert.equal(later[0]!.step, 'begin')
})

it('a pause inside a sentence, word or number does not break it', () => {
  for (const [pieces, said] of [
    [['The wea', 'ther is fine to', 'day.'], 'The weather is fine today.'],
    [['The house is $1', '25 a day.'], 'The house is one hundred and twenty five dollars a day.'],
    [['It is 3.', '5 miles to go.'], 'It is three point five miles to go.'],
    [['Ask Dr.', ' Smith.'], 'Ask doctor Smith.'],
    [['The ', 'sky ', 'is ', 'blue.'], 'The sky is blue.'],
  ] as const) {
    const live = open()
    const steps = pieces.flatMap((piece) => [...live.append(piece), ...live.settle()])
    assert.deepEqual(utterances([...steps, ...live.flush()]), [said])
  }
})

it('a whole sentence is said after a pause, without more text', () => {
  for (const text of ['Hello there.', 'Really?! ', '"Go on."', '你好。'])
    assert.equal(utterances([...open().append(text), ...settled(text)]).length, 1, text)
  for (const text of ['Hello', 'It is 3.', 'Ask Dr.', '$1', 'one, ', '你好，'])
    assert.deepEqual(settled(text), [], text)
})

function settled(text: string): LiveStep[] {
  const live = open()
  live.append(text)
  return live.settle()
}

it('what waits is bounded, and so is the work of a piece, whatever is written', () => {
  for (const piece of ['a ', '你', 'Dr. ', 'word', '1', '!', '"', 'I am ', '，', '😀']) {
    let counted = 0
    let spokenLength = 0
    const live = open({
      countTokens: (text: string) => {
        counted += text.length
        return count(text)
      },
      spoken: (sentence: string) => {
        spokenLength += sentence.length
        return spoken(sentence)
      },
    })
    const pieces = 4000
    for (let i = 0; i < pieces; i++) {
      live.append(piece)
      assert(live.waiting <= MAX_WAITING + 64, `${live.waiting} characters of ${JSON.stringify(piece)} wait`)
    }
    const length = pieces * piece.length
    assert(spokenLength <= 3 * length, `${spokenLength} characters normalised of ${length}`)
    assert(counted <= 100 * length, `${counted} characters counted of ${length}`)
  }
})
