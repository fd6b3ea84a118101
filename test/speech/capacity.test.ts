import assert from 'node:assert/strict'
import { it } from 'node:test'
import { measureCapacity } from '../../src/speech/capacity.ts'

/**
 * A machine that makes `audio` seconds a speech, each after `speechMs`. It knows what it did when it was asked to
 * forget.
 */
function machine(audio: number, speechMs: number) {
  const seen = { audioSeconds: 0, forgotAt: -1, speeches: 0, underWay: 0, calledOff: 0 }
  return {
    seen,
    capacity: {
      get audioSeconds() {
        return seen.audioSeconds
      },
      forget: () => {
        seen.forgotAt = seen.audioSeconds
      },
      look: () => {},
      get rate() {
        return seen.audioSeconds - seen.forgotAt
      },
      cores: 2,
    },
    speakOnce: async (_speaker: number, signal: AbortSignal) => {
      seen.speeches++
      seen.underWay++
      for (let ms = 0; ms < speechMs && !signal.aborted; ms += 5)
        await new Promise((end) => setTimeout(end, 5))
      seen.underWay--
      if (signal.aborted) seen.calledOff++
      else seen.audioSeconds += audio
    },
  }
}
const times = { warmMs: 1, leastMs: 10, audioSeconds: 3, mostMs: 20_000 }

it('a machine is measured from its first audio on, until there is enough of it', async () => {
  const { seen, capacity, speakOnce } = machine(1, 30)
  const { rate } = await measureCapacity(capacity, 1, speakOnce, times)
  assert.ok(seen.forgotAt >= 1, 'the first audio is no part of it')
  assert.ok(rate >= 3, `${rate} seconds of audio`)
  assert.equal(seen.underWay, 0)
})

it('speeches that are under way when the time is over are called off, and have ended', async () => {
  const { seen, capacity, speakOnce } = machine(1, Infinity)
  await measureCapacity(capacity, 3, speakOnce, { ...times, mostMs: 60 })
  assert.deepEqual(seen, { audioSeconds: 0, forgotAt: 0, speeches: 3, underWay: 0, calledOff: 3 })
})

it('a machine that makes nothing does not keep the start for ever', async () => {
  const { seen, capacity, speakOnce } = machine(0, 5)
  await measureCapacity(capacity, 2, speakOnce, { ...times, mostMs: 60 })
  assert.equal(seen.forgotAt, 0)
  assert.ok(seen.speeches >= 2)
})
