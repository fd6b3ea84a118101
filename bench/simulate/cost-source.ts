/** Whose costs are simulated: a profile's, measured with the embedded voice, or those of any bundle that `bench/cost` measured. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { type Profile, pickProfile } from '../../src/config/profile.ts'
import { type CostModel, costModelSchema, slowerCost } from '../cost/cost-model.ts'
import type { ModelFacts } from './setup.ts'

const TIMEOUT_MS = 60_000
/** Of the embedded voice. */
const EMBEDDED: Omit<ModelFacts, 'timeoutMs'> = { chunkTokens: 25, lookahead: 3, heldBackMs: 20 }

const recordSchema = z.object({
  result: z.object({
    model: z.object({
      chunkTokens: z.int().min(1),
      lookahead: z.int().min(0),
      heldBackMs: z.number().min(0),
    }),
    devices: z.array(z.object({ cost: costModelSchema })).min(1),
  }),
})

export interface CostSource {
  readonly profile: Profile
  readonly cost: CostModel
  readonly facts: ModelFacts
}

/**
 * `file` is what `bench/cost --out` stored, and its last device counts; without it the profile's own costs with
 * `evaluations` of the flow. `slower`: how many times as long runs take.
 */
export async function costSource(options: {
  readonly profile: string
  readonly file: string | undefined
  readonly slower: number
  readonly evaluations: number
}): Promise<CostSource> {
  const { profile } = await pickProfile(options.profile)
  if (options.file === undefined) {
    const cost = {
      ...slowerCost(costModelSchema.parse(profile.cost), options.slower),
      eulerSteps: options.evaluations,
    }
    return { profile, cost, facts: { ...EMBEDDED, timeoutMs: TIMEOUT_MS } }
  }
  const { model, devices } = recordSchema.parse(JSON.parse(readFileSync(options.file, 'utf8'))).result
  const cost = slowerCost(devices.at(-1)!.cost, options.slower)
  return { profile, cost, facts: { ...model, timeoutMs: TIMEOUT_MS } }
}
