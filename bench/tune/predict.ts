/** A candidate's score as the simulator sees it: milliseconds instead of seconds of real speech. Knows no search. */
import type { Profile } from '../../src/config/profile.ts'
import { splitThreads } from '../../src/core/thread-split.ts'
import type { CostModel, Machine } from '../cost/cost-model.ts'
import { estimatedRate } from '../simulate/estimated-rate.ts'
import { setupOf } from '../simulate/setup.ts'
import { simulateListeners } from '../simulate/simulate.ts'
import { type ObjectiveFacts, withErrors } from './objective.ts'

/** As the load harness asks the embedded voice: short English sentences, a prompt of 3 to 5 s. */
const SHAPE = { prefillTokens: 160, promptTokens: 112, seconds: 4, secondsSpread: 2.5, voices: 1 }
/** The embedded voice's; `heldBackMs` follows from its vocoder's kernels (`vocoderGeometry`). */
export const MODEL = { chunkTokens: 25, lookahead: 3, heldBackMs: 177, timeoutMs: 60_000 }
const REQUESTS_EACH = 4
const SEEDS = [1, 2]

/** The device with the lanes that a profile gives it. */
export function machineOf(profile: Profile, cost: CostModel, threads: number): Machine {
  return { cost, threads, acousticLanes: splitThreads(threads, profile).acousticLanes }
}

/** Listeners, or clients, that an objective puts on a device; at least one. */
export function loadOf({ loadShare }: ObjectiveFacts, machine: Machine): number {
  return Math.max(1, Math.round(loadShare * estimatedRate(machine)))
}

export function predictScore(
  profile: Profile,
  machine: Machine,
  facts: ObjectiveFacts,
  clients: number,
): number {
  const setup = setupOf(profile, [machine], MODEL)
  const scores = SEEDS.map((seed) => {
    const result = simulateListeners(clients, REQUESTS_EACH, SHAPE, seed, setup)
    const errors = result.refused + result.expired
    if (result.finished.length === 0) return withErrors(0, { ok: 0, errors })
    return withErrors(facts.predicted(result), { ok: result.finished.length, errors })
  })
  return scores.reduce((sum, score) => sum + score, 0) / scores.length
}
