import assert from 'node:assert/strict'
import { it } from 'node:test'
import { GrowingText } from '../../src/speech/growing-text.ts'

/** A device that takes text, and what it was given after the admission. */
function taker() {
  const got: (number[] | 'end')[] = []
  return {
    got,
    append: (ids: Int32Array) => void got.push([...ids]),
    finish: () => void got.push('end'),
  }
}

it('text is collected until a device takes the utterance, and sent after it from then on, none twice', () => {
  const text = new GrowingText()
  text.append(Int32Array.of(1, 2), 'a b ')
  text.append(Int32Array.of(3), 'c ')
  assert.deepEqual([text.textIds, text.text], [Int32Array.of(1, 2, 3), 'a b c '])
  const device = taker()
  text.takenBy(device)
  assert.deepEqual(device.got, [])
  text.append(new Int32Array(0), '')
  text.append(Int32Array.of(4), 'd ')
  text.finish()
  assert.deepEqual(device.got, [[4], 'end'])
  assert.equal(text.complete, true)
  assert.throws(() => text.append(Int32Array.of(5), 'e '), /after the end of text/)
})

it('an utterance whose text is complete is admitted with all of it, and its device is sent nothing', () => {
  const text = new GrowingText()
  text.append(Int32Array.of(1), 'a ')
  text.finish()
  const device = taker()
  text.takenBy(device)
  assert.deepEqual([text.textIds, device.got], [Int32Array.of(1), []])
})

it('one that is asked for again is admitted with all that is there, and the new device gets what follows', () => {
  const text = new GrowingText()
  text.append(Int32Array.of(1), 'a ')
  const [first, second] = [taker(), taker()]
  text.takenBy(first)
  text.append(Int32Array.of(2), 'b ')
  assert.deepEqual(text.textIds, Int32Array.of(1, 2))
  text.takenBy(second)
  text.append(Int32Array.of(3), 'c ')
  assert.deepEqual([first.got, second.got], [[[2]], [[3]]])
})
