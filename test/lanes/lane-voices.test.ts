import assert from 'node:assert/strict'
import { beforeEach, it } from 'node:test'
import type { SharedPrompt } from '../../src/core/shared-prompt.ts'
import type { Voice } from '../../src/core/voice.ts'
import type { LaneHandle } from '../../src/lanes/lane-handle.ts'
import { LaneSeat } from '../../src/lanes/lane-seat.ts'
import { LaneVoices } from '../../src/lanes/lane-voices.ts'

const ANNA = { key: 'anna', speechTokens: new Int32Array(3), seconds: 3 } as unknown as Voice
const PROMPT = { solvedTokens: 25 } as SharedPrompt

let seats: LaneSeat[]
let posted: string[]
let voices: LaneVoices

beforeEach(() => {
  posted = []
  seats = [0, 1, 2].map((i) => {
    const seat = new LaneSeat('acoustic', i)
    seat.lane = {
      post: ({ type }: { type: string }) => posted.push(`${type} → ${i}`),
    } as unknown as LaneHandle
    return seat
  })
  voices = new LaneVoices(seats)
})

it('a prompt solved in one lane goes to those that know the voice, and with the voice to those that come to', () => {
  voices.give(ANNA, seats[0]!)
  voices.give(ANNA, seats[1]!)
  voices.give(ANNA, seats[1]!)
  assert.deepEqual(posted.splice(0), ['voice → 0', 'voice → 1'])
  assert.equal(voices.mustSolve('anna', seats[2]!), true)
  voices.held('anna', PROMPT, seats[0]!)
  assert.deepEqual(posted.splice(0), ['prompt → 1'])
  assert.equal(voices.mustSolve('anna', seats[2]!), false)
  voices.give(ANNA, seats[2]!)
  assert.deepEqual(posted.splice(0), ['voice → 2', 'prompt → 2'])
  for (const seat of seats) voices.held('anna', PROMPT, seat)
  assert.deepEqual(posted, [], 'who has taken it over says so, which is no news')
  assert.equal(voices.isSolved('anna'), true)
})

it('a prompt that a lane lets go is kept alive by nobody else than those who hold it', () => {
  voices.give(ANNA, seats[0]!)
  voices.held('anna', PROMPT, seats[0]!)
  voices.gone('anna', seats[0]!)
  assert.equal(voices.isSolved('anna'), false)
  assert.equal(voices.mustSolve('anna', seats[0]!), true)
  posted = []
  voices.give(ANNA, seats[1]!)
  assert.deepEqual(posted, ['voice → 1'])
})

it('a voice that main let go is dropped where it was given, and what comes late of it is forgotten', () => {
  voices.give(ANNA, seats[0]!)
  voices.give(ANNA, seats[2]!)
  posted = []
  voices.drop('anna')
  voices.held('anna', PROMPT, seats[0]!)
  assert.deepEqual(posted, ['dropVoice → 0', 'dropVoice → 2'])
  posted = []
  voices.give(ANNA, seats[2]!)
  assert.deepEqual(posted, ['voice → 2'])
})

it('a lane that died knows nothing; the one in its place gets voice and prompt where another lane holds it', () => {
  for (const seat of seats.slice(0, 2)) voices.give(ANNA, seat)
  for (const seat of seats.slice(0, 2)) voices.held('anna', PROMPT, seat)
  const revive = (seat: LaneSeat) => {
    const { lane } = seat
    voices.forget(seat)
    seat.lane = lane
    posted = []
    voices.give(ANNA, seat)
  }
  revive(seats[1]!)
  assert.deepEqual(posted, ['voice → 1', 'prompt → 1'])
  voices.forget(seats[0]!)
  revive(seats[1]!)
  assert.deepEqual(posted, ['voice → 1'], 'nobody is left who counts the memory of the prompt')
  assert.equal(voices.isSolved('anna'), false)
})
