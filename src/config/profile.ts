/**
 * A device's profile: the parameters that its lanes and its scheduler run with, and how they were found.
 *
 * Profiles lie in `config/`; `pickProfile` chooses one for a device. `bench/tune` finds their values.
 */
import { readFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { TtsError } from '../core/errors.ts'
import { WEIGHT_TYPES } from '../core/weight-set.ts'

const FOLDER = fileURLToPath(new URL('../../../config/', import.meta.url))

const int = (min: number, max: number, what: string) => z.int().min(min).max(max).describe(what)

const tuningSchema = z.strictObject({
  llmSlots: int(1, 4096, 'utterances whose keys and values the LLM lane holds at once'),
  llmMaxBatch: int(1, 1024, 'rows of one decode step'),
  kvCapacity: int(64, 32_768, 'positions of one slot: prompt, text and speech'),
  prefillChunk: int(1, 8192, 'prompt positions of one prefill run while others decode'),
  prefillChunkIdle: int(1, 8192, 'the same while no row decodes'),
  minLeadTokens: int(
    1,
    10_000,
    'speech tokens in hand below which a stream asks for a decoding step',
  ).default(32),
  maxLeadTokens: int(1, 10_000, 'speech tokens that the LLM may be ahead of the acoustic lane'),
  acousticBatch: int(1, 256, 'utterances whose flow blocks, or hops through the vocoder, share a run'),
  maxHopBlocks: int(1, 64, 'blocks (1 s of speech each) of one hop at most'),
  hopGrowthMs: int(0, 60_000, 'ms that a listener must be ahead for each further block of a hop'),
  batchBoundMs: int(0, 600_000, 'ms after which batch work goes before streams'),
  flowStateBytes: int(1, Number.MAX_SAFE_INTEGER, 'bytes of flow state of all utterances together'),
})

export const profileSchema = z.strictObject({
  device: z.string().min(1).describe('the device that it is for: cpu, cpu:2, h100 …'),
  description: z.string().describe('for people: where the figures come from'),
  estimated: z.boolean().describe('true: computed with a cost model, not measured on the device'),
  weights: z.enum(WEIGHT_TYPES).describe("the LLM's weight format; cpu: the set for CPUs"),
  llmThreadShare: z.number().min(0).max(1).describe("share of a CPU device's threads that the LLM lane gets"),
  acousticLaneShare: z
    .number()
    .min(0)
    .max(1)
    .describe(
      "acoustic lanes per thread of a CPU device, one at least; each holds the flow's and vocoder's weights",
    ),
  slots: int(1, 4096, 'utterances that a device takes at once'),
  maxQueued: int(0, 100_000, 'utterances that may wait for a slot'),
  tuning: tuningSchema,
  /** What a run of each model costs on the device; see `bench/cost/cost-model.ts`. */
  cost: z.record(z.string(), z.unknown()).optional(),
  /** How and when it was found: command, commit, date, machine, objective, figures. */
  provenance: z.record(z.string(), z.unknown()).optional(),
})

export type Profile = z.output<typeof profileSchema>

export interface PickedProfile {
  readonly profile: Profile
  readonly file: string
  /** For the log: why this one. */
  readonly why: string
}

/**
 * The profile of a device (`cpu:2`, `cuda:0`): `file` where one is named, else that of the device on this CPU, else
 * `config/cpu-2.json`, else that of its kind. Throws BAD_CONFIG.
 */
export async function pickProfile(
  device: string,
  file = '',
  cpu = cpus()[0]?.model ?? '',
): Promise<PickedProfile> {
  if (file !== '') return { profile: await readProfile(file), file, why: 'profile as configured' }
  const exact = [
    { path: ownProfileFile(device, cpu), why: `profile of ${device} on ${cpu.trim()}` },
    { path: join(FOLDER, `${device.replace(':', '-')}.json`), why: `profile of ${device}` },
  ]
  for (const { path, why } of exact) {
    const found = await readProfile(path).catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    })
    if (found !== undefined) return { profile: found, file: path, why }
  }
  const kind = device.split(':')[0]!
  const general = join(FOLDER, `${kind}.json`)
  return { profile: await readProfile(general), file: general, why: `general profile of ${kind} devices` }
}

/** Where the profile of a device on one model of CPU lies, such as `config/cpu-2.amd-epyc.json`. */
export function ownProfileFile(device: string, cpu: string): string {
  const model = cpu
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  return join(FOLDER, `${device.replace(':', '-')}.${model === '' ? 'unknown' : model}.json`)
}

async function readProfile(path: string): Promise<Profile> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new TtsError('BAD_CONFIG', path, 'expected a profile, got no such file', { cause })
  })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new TtsError('BAD_CONFIG', path, `expected JSON, got ${String(cause)}`)
  }
  const parsed = profileSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new TtsError('BAD_CONFIG', `${path}, '${issue!.path.join('.')}'`, issue!.message)
}

function isMissing(error: unknown): boolean {
  return (error as { cause?: { code?: unknown } }).cause?.code === 'ENOENT'
}
