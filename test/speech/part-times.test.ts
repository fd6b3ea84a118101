/** When words are said, from the text token of each speech token. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { AlignedTimes, EstimatedTimes, type PartTimes } from '../../src/speech/part-times.ts'
import type { PartWords } from '../../src/text/text-words.ts'

const told = (times: PartTimes) => times.take().map(({ word, start, end }) => [word, start, end])

/** Three words of which the second has two tokens, a mark behind the second and the third. */
const WORDS: PartWords = { owners: [0, 2, 2, 3, 4, 5], said: [0, 1, 2] }

it('a word goes from its first speech token to what comes behind it, and is known then', () => {
  const times = new AlignedTimes(WORDS, 1)
  assert.equal(times.openFrom, 0)
  times.push(Int32Array.of(0, 0, 1))
  assert.deepEqual(told(times), [[0, 0, 2]])
  assert.equal(times.openFrom, 2)
  times.push(Int32Array.of(2, 3, 3, 4))
  assert.deepEqual(told(times), [[1, 2, 4]])
  assert.equal(times.openFrom, 6)
  times.push(Int32Array.of(4, 5, 5))
  times.end()
  assert.deepEqual(told(times), [[2, 6, 8]])
  assert.equal(times.openFrom, Number.POSITIVE_INFINITY)
})

it('words that no speech token was found for share the time of the one before them, at the end what is left', () => {
  const passed = new AlignedTimes(WORDS, 1)
  passed.push(Int32Array.of(0, 0, 4))
  passed.end()
  assert.deepEqual(told(passed), [
    [0, 0, 1],
    [1, 1, 2],
    [2, 2, 3],
  ])
  const missed = new AlignedTimes(WORDS, 1)
  missed.push(Int32Array.of(0, 0, 0))
  missed.end()
  assert.deepEqual(told(missed), [
    [0, 0, 1],
    [1, 1, 2],
    [2, 2, 3],
  ])
})

it('however speech goes through the text each word is told once, in order, within the speech, and not before it is open', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 12 }),
      fc.array(fc.nat(40), { minLength: 1, maxLength: 80 }),
      fc.boolean(),
      (lengths, jumps, isAligned) => {
        const words: PartWords = { owners: [], said: lengths.map((_, i) => i) }
        for (const [i, length] of lengths.entries())
          words.owners.push(...new Array<number>(length).fill(2 * i), ...(length === 3 ? [2 * i + 1] : []))
        const times: PartTimes = isAligned
          ? new AlignedTimes(words, 0.04)
          : new EstimatedTimes(words, 0.04, 5)
        const all = []
        let place = 0
        let open = 0
        for (const jump of jumps) {
          if (jump > 20) place = Math.min(words.owners.length - 1, place + Math.floor((jump - 15) / 6))
          times.push(Int32Array.of(isAligned ? place : -1))
          for (const time of times.take()) {
            assert(time.start >= open - 1e-9, `word ${time.word} begins at ${time.start}, open from ${open}`)
            all.push(time)
          }
          open = Math.max(open, times.openFrom)
        }
        times.end()
        for (const time of times.take()) {
          assert(time.start >= Math.min(open, jumps.length * 0.04) - 1e-9)
          all.push(time)
        }
        assert.deepEqual(
          all.map(({ word }) => word),
          words.said,
        )
        let before = 0
        for (const { start, end } of all) {
          assert(start >= before - 1e-9 && end >= start, `${before} ${start} ${end}`)
          before = end
        }
        assert(before <= jumps.length * 0.04 + 0.04 + 1e-9, `${before} of ${jumps.length * 0.04}`)
      },
    ),
    { seed: 9, numRuns: 500 },
  )
})
