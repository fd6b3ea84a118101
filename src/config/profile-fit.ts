/** Whether a profile was measured on a machine like this one, in words for the log. Pure. */
import type { Profile } from './profile.ts'

export interface Machine {
  /** As the system names it. */
  readonly cpu: string
  readonly cores: number
}

/** What speaks against `profile` on this machine; empty where nothing does. */
export function profileDoubts(profile: Profile, { cpu, cores }: Machine): string[] {
  const doubts: string[] = []
  for (const [what, origin] of Object.entries(profile.provenance ?? {})) {
    if (typeof origin !== 'object' || origin === null) continue
    const { cpu: measuredOn, cores: measuredCores } = origin as { cpu?: unknown; cores?: unknown }
    if (typeof measuredOn === 'string' && measuredOn !== cpu)
      doubts.push(
        `'${what}' was measured on ${measuredOn}, this is ${cpu}: npm run tune finds what fits here`,
      )
    else if (typeof measuredCores === 'number' && measuredCores > cores)
      doubts.push(`'${what}' was measured with ${measuredCores} cores, here are ${cores}`)
  }
  return doubts
}

/** Milliseconds of one decoding step of one row, as the profile's cost model has it for its own model. */
export function expectedStepMs({ cost }: Profile): number | undefined {
  const { llmStepMs, llmStepPerRowMs } = cost ?? {}
  if (typeof llmStepMs !== 'number' || typeof llmStepPerRowMs !== 'number') return undefined
  return llmStepMs + llmStepPerRowMs
}

/** How many times slower than expected a step is before it is worth a word: others may use the machine, too. */
const MUCH_SLOWER = 2

/** What a measured step says of the profile; undefined where it is as expected, or nothing was expected. */
export function stepDoubt(measuredMs: number, expectedMs: number | undefined): string | undefined {
  if (expectedMs === undefined || measuredMs < MUCH_SLOWER * expectedMs) return undefined
  const times = (measuredMs / expectedMs).toFixed(1)
  return `a step of the LLM takes ${measuredMs.toFixed(2)} ms, ${times} times what the profile was made with: this machine carries fewer streams`
}
