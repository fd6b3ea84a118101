/**
 * A1g: more and more listeners until the first runs dry, then four fifths of them for eight minutes. No card is here: the lanes are
 * simulated, with the costs that the profile states, on a virtual clock; the policies are the server's own.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import { costSource } from '../../bench/simulate/cost-source.ts'
import { play } from '../../bench/simulate/listening.ts'
import { setupOf } from '../../bench/simulate/setup.ts'
import { simulateListeners } from '../../bench/simulate/simulate.ts'

/** Of a player. */
const BUFFER_MS = 100
const SHAPE = { prefillTokens: 130, promptTokens: 90, seconds: 8, secondsSpread: 3, voices: 4 }
const HOLD_SECONDS = 480
const STEP = 4

for (const name of ['h200']) {
  test(`simulated ${name}: at four fifths of what runs the first listener dry none runs dry in eight minutes`, async (t) => {
    const { profile, cost, facts } = await costSource({
      profile: name,
      file: undefined,
      slower: 1,
      evaluations: 10,
    })
    const setup = setupOf(profile, [{ cost, acousticLanes: 1, threads: 1 }], facts)
    const stalls = (listeners: number, rounds: number, seed: number) => {
      const { finished, refused, expired, seconds } = simulateListeners(listeners, rounds, SHAPE, seed, setup)
      assert.deepEqual([refused, expired], [0, 0])
      const dry = finished.filter(({ chunks }) => play(chunks, BUFFER_MS).stalls > 0).length
      return { dry, speeches: finished.length, seconds }
    }
    let most = STEP
    while (most < profile.slots && stalls(most + STEP, 3, 1).dry === 0) most += STEP
    const held = Math.floor(0.8 * most)
    const { dry, speeches, seconds } = stalls(held, Math.ceil(HOLD_SECONDS / SHAPE.seconds), 2)
    t.diagnostic(
      `${most} listeners before the first runs dry; ${held} held: ${speeches} speeches in ${Math.round(seconds)} s`,
    )
    assert(most >= 2 * STEP)
    assert(seconds >= HOLD_SECONDS)
    assert.equal(dry, 0)
  })
}
