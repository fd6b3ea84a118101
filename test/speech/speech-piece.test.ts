import assert from 'node:assert/strict'
import { it } from 'node:test'
import { SpeechChain } from '../../src/speech/speech-chain.ts'
import { secondsOfAll, stillToCome } from '../../src/speech/speech-piece.ts'
import { type HandLent, lentOf, pushSeconds } from '../reliability/faults/lent-by-hand.ts'

const RATE = 1000

it('what is still to come of a part: what is made, what is expected beyond it, nothing of one that has ended', () => {
  const lent = lentOf()
  const piece = { lent, seconds: 6, taken: 0 }
  assert.deepEqual(stillToCome({ ...piece, lent: undefined }, RATE), { made: 0, left: 6 })
  pushSeconds(lent, 2)
  assert.deepEqual(stillToCome(piece, RATE), { made: 2, left: 4 })
  assert.deepEqual(stillToCome({ ...piece, seconds: 1 }, RATE), { made: 2, left: 0.5 })
  lent.writer.end()
  assert.deepEqual(stillToCome(piece, RATE), { made: 2, left: 0 })
  assert.equal(secondsOfAll([], RATE), 0)
})

it('a part is asked for with how long its listener has something else to hear', async () => {
  const lent: HandLent[] = []
  const told: number[] = []
  const chain = new SpeechChain<{ complete: true }>(
    'id',
    { sampleRate: RATE, ahead: 1, timeoutMs: 60_000 },
    (_part, _index, started, _refused, _isAgain, inSeconds) => {
      told.push(inSeconds)
      lent.push(lentOf())
      started(lent.at(-1)!)
      return { withdraw: () => {} }
    },
    () => {},
    undefined,
    { secondsOf: () => 4 },
  )
  chain.add([{ complete: true }, { complete: true }, { complete: true }])
  chain.complete()
  // Half of what is expected of the first is sure.
  assert.deepEqual(told, [0, 2])
  pushSeconds(lent[0]!, 3)
  lent[0]!.writer.end()
  pushSeconds(lent[1]!, 1)
  while (told.length < 3) await chain.next()
  // Three seconds in hand but for what was played since, one more made, half of three expected.
  assert.ok(told[2]! > 4.5 && told[2]! <= 5.5, `${told[2]}`)
  chain.cancel()
})
