/** How many listeners a simulated card carries where so many utterances may share a run of flow or vocoder. Pure. */
import type { Profile } from '../../src/config/profile.ts'
import { costModelSchema, type Machine } from '../cost/cost-model.ts'
import { percentile, play } from './listening.ts'
import { setupOf } from './setup.ts'
import { simulateListeners } from './simulate.ts'

export interface Carried {
  readonly listeners: number
  /** p95 of all listeners. */
  readonly firstAudioMs: number
  /** Utterances that a run had, on the average of what was solved. */
  readonly smoothShare: number
}

/** Sentences in two voices: a prompt that is solved for the first time would be what takes longest. */
const SHAPE = { prefillTokens: 130, promptTokens: 87, seconds: 6, secondsSpread: 4, voices: 2 }
const MODEL = { chunkTokens: 25, lookahead: 3, heldBackMs: 177, timeoutMs: 60_000 }
const REQUESTS_EACH = 2
const SEEDS = [1, 2]
/** Of a player. */
const BUFFER_MS = 100
const SMOOTH_SHARE = 0.99
const FIRST_AUDIO_MS = 1000

/** What `listeners` hear of a card with this profile. */
export function heardOf(profile: Profile, listeners: number): Carried {
  const cost = costModelSchema.parse(profile.cost)
  const machine: Machine = { cost, acousticLanes: 1, threads: 2 }
  const setup = setupOf(profile, [machine], MODEL)
  const played = SEEDS.flatMap(
    (seed) => simulateListeners(listeners, REQUESTS_EACH, SHAPE, seed, setup).finished,
  ).map(({ request, firstAudioMs, chunks }) => ({
    waited: firstAudioMs! - request.arrivedMs,
    smooth: play(chunks, BUFFER_MS).stalls === 0,
  }))
  return {
    listeners,
    firstAudioMs: percentile(
      played.map(({ waited }) => waited),
      95,
    ),
    smoothShare: played.filter(({ smooth }) => smooth).length / (listeners * REQUESTS_EACH * SEEDS.length),
  }
}

/** The most listeners that hear no gap (99 %), with first audio within a second; one that is refused hears nothing. */
export function mostListeners(profile: Profile): Carried | undefined {
  let [best, low, high] = [undefined as Carried | undefined, 0, 1]
  const fits = (listeners: number) => {
    const heard = heardOf(profile, listeners)
    const isGood = heard.smoothShare >= SMOOTH_SHARE && heard.firstAudioMs <= FIRST_AUDIO_MS
    if (isGood) best = heard
    return isGood
  }
  while (high <= profile.slots && fits(high)) [low, high] = [high, 2 * high]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (fits(middle)) low = middle
    else high = middle
  }
  return best
}
