/**
 * What the tuner may change in a profile, and to what.
 *
 * A candidate is one index into each parameter's values. What other systems tune is no parameter here: the vocoder's
 * overlap (streams join exactly, whatever the chunks). On a CPU also the acoustic batch (common runs gain nothing
 * there, more lanes do). `kvCapacity` and `flowStateBytes` are given by the model and by memory, not by speed.
 */
import type { Profile } from '../../src/config/profile.ts'

export type Candidate = readonly number[]

export interface Parameter {
  readonly name: string
  readonly values: readonly (number | string)[]
  /** The profile with this parameter at that value. */
  readonly set: (profile: Profile, value: never) => Profile
  readonly get: (profile: Profile) => number | string
  /** Whether the simulator's prediction depends on it. */
  readonly simulated: boolean
}

type Tuning = Profile['tuning']

const tuning = (name: keyof Tuning, values: readonly number[]): Parameter => ({
  name,
  values,
  set: (profile, value: number) => ({ ...profile, tuning: { ...profile.tuning, [name]: value } }),
  get: (profile) => profile.tuning[name],
  simulated: true,
})

/**
 * `threads` of a CPU device decide whether a split between lanes can differ. A device of another kind has none to
 * split, runs can be shared there instead. `weights` are the formats allowed.
 */
export function parametersFor(
  threads: number | undefined,
  weights: readonly Profile['weights'][],
): Parameter[] {
  const parameters: Parameter[] = [
    tuning('llmSlots', [2, 4, 8, 16, 32, 64]),
    tuning('llmMaxBatch', [1, 2, 4, 8, 16, 32, 64]),
    tuning('prefillChunk', [16, 32, 64, 128, 256, 512]),
    tuning('prefillChunkIdle', [64, 128, 256, 512, 1024]),
    tuning('minLeadTokens', [28, 32, 40, 50, 75]),
    tuning('maxLeadTokens', [28, 50, 75, 100, 150, 250, 400]),
    tuning('maxHopBlocks', [1, 2, 3, 4, 6, 8]),
    tuning('hopGrowthMs', [250, 500, 1000, 2000, 4000]),
    {
      name: 'slots',
      values: [4, 8, 16, 24, 48, 96],
      set: (profile, slots: number) => ({ ...profile, slots }),
      get: ({ slots }) => slots,
      simulated: true,
    },
    {
      name: 'maxQueued',
      values: [25, 50, 100, 200, 400],
      set: (profile, maxQueued: number) => ({ ...profile, maxQueued }),
      get: ({ maxQueued }) => maxQueued,
      simulated: true,
    },
  ]
  if (threads === undefined) parameters.push(tuning('acousticBatch', [1, 2, 4, 8, 16, 32]))
  else if (threads > 1) {
    parameters.push({
      name: 'acousticLaneShare',
      values: laneShares(threads),
      set: (profile, acousticLaneShare: number) => ({ ...profile, acousticLaneShare }),
      get: ({ acousticLaneShare }) => acousticLaneShare,
      simulated: true,
    })
  }
  if (threads !== undefined && threads > 2) {
    parameters.push({
      name: 'llmThreadShare',
      values: [0.125, 0.25, 0.375, 0.5, 0.625, 0.75],
      set: (profile, llmThreadShare: number) => ({ ...profile, llmThreadShare }),
      get: ({ llmThreadShare }) => llmThreadShare,
      simulated: false,
    })
  }
  if (weights.length > 1) {
    parameters.push({
      name: 'weights',
      values: weights,
      set: (profile, format: Profile['weights']) => ({ ...profile, weights: format }),
      get: (profile) => profile.weights,
      simulated: false,
    })
  }
  return parameters
}

/** Shares that give 1, 2, 4 … acoustic lanes, and as many as there are threads. */
function laneShares(threads: number): number[] {
  const shares: number[] = []
  for (let lanes = 1; lanes < threads; lanes *= 2) shares.push(lanes / threads)
  return [...shares, 1]
}

export function profileOf(base: Profile, parameters: readonly Parameter[], candidate: Candidate): Profile {
  return parameters.reduce(
    (profile, { set, values }, i) => set(profile, values[candidate[i]!] as never),
    base,
  )
}

/** The candidate nearest to what a profile says; exact where its values are among the parameters' own. */
export function candidateOf(profile: Profile, parameters: readonly Parameter[]): Candidate {
  return parameters.map(({ get, values }) => {
    const value = get(profile)
    const exact = values.indexOf(value)
    if (exact >= 0 || typeof value === 'string') return Math.max(0, exact)
    const distances = values.map((other) => Math.abs(Math.log(Number(other) / value)))
    return distances.indexOf(Math.min(...distances))
  })
}

/** The parameters in which a candidate differs from another, for people. */
export function differences(parameters: readonly Parameter[], from: Candidate, to: Candidate): string {
  const changes = parameters.flatMap(({ name, values }, i) =>
    from[i] === to[i] ? [] : [`${name} ${values[from[i]!]} → ${values[to[i]!]}`],
  )
  return changes.length === 0 ? 'as it is' : changes.join(', ')
}
