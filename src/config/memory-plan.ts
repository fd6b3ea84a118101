/**
 * How much the large holders of memory may take, by what the machine or the container has. Pure but for `memoryLimit`.
 */
import { totalmem } from 'node:os'

/** Bytes of code, models and working memory that are there whatever is served. */
const BASE_BYTES = 400e6
/** Of the rest, what each holder may take; what remains is for audio under way and the heap's own slack. */
const SHARES = { flowStateBytes: 0.4, uploadBytes: 0.2, voiceBytes: 0.1 } as const
/** With less than this nothing could be served; the limit is then exceeded rather than everything refused. */
const LEAST = { flowStateBytes: 64e6, uploadBytes: 16e6, voiceBytes: 8e6 } as const

export interface MemoryPlan {
  /** Flow states of all devices and models together. */
  readonly flowStateBytes: number
  /** Uploads being received or held. */
  readonly uploadBytes: number
  /** Features of voices that are not in use. */
  readonly voiceBytes: number
}

/** Bytes that this process may take: the container's limit (cgroup 1 or 2), at most the machine's memory. */
export function memoryLimit(): number {
  const container = process.constrainedMemory()
  return container > 0 ? Math.min(container, totalmem()) : totalmem()
}

/** What is `wanted`, as far as a limit of `limitBytes` has room for it. */
export function memoryPlan(limitBytes: number, wanted: MemoryPlan): MemoryPlan {
  const rest = Math.max(0, limitBytes - BASE_BYTES)
  const fitting = (name: keyof MemoryPlan) =>
    Math.floor(Math.min(wanted[name], Math.max(LEAST[name], SHARES[name] * rest)))
  return {
    flowStateBytes: fitting('flowStateBytes'),
    uploadBytes: fitting('uploadBytes'),
    voiceBytes: fitting('voiceBytes'),
  }
}

/** What the plan takes less of than was wanted, in words; empty where all fits. */
export function planShortfalls(limitBytes: number, wanted: MemoryPlan, plan: MemoryPlan): string[] {
  const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`
  return (Object.keys(plan) as (keyof MemoryPlan)[])
    .filter((name) => plan[name] < wanted[name])
    .map((name) => `${name} ${mb(plan[name])} instead of ${mb(wanted[name])} (memory ${mb(limitBytes)})`)
}
