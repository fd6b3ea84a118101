/** What a failure of a part means for its job: another try later, or the end. Pure. */
import { TtsError } from '../core/errors.ts'

/** Refusals that say nothing about the job: the server is busy, starts or stops. */
const LATER: ReadonlySet<string> = new Set(['OVERLOADED', 'MODEL_NOT_READY', 'DRAINING', 'DEADLINE_EXCEEDED'])
/** Faults after which a part is tried again, and how often. */
const MAYBE_LATER: ReadonlySet<string> = new Set(['LANE_FAILED', 'STORAGE_FAILED', 'INTERNAL'])
const MAX_TRIES = 5
const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 15_000

/** A kept part is missing or damaged; it is to be spoken again. */
export class PartLost extends Error {
  readonly index: number

  constructor(index: number) {
    super(`part ${index} is missing or damaged`)
    this.index = index
  }
}

export type AfterFault =
  | { readonly waitMs: number }
  | { readonly waitMs: undefined; readonly code: string; readonly detail: string }

/** `tries`: how often the part has failed, this time included. */
export function afterFault(error: unknown, tries: number): AfterFault {
  const code = error instanceof TtsError ? error.code : 'INTERNAL'
  if (LATER.has(code) || (MAYBE_LATER.has(code) && tries < MAX_TRIES))
    return { waitMs: Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(tries, 10)) }
  const detail =
    error instanceof TtsError && !MAYBE_LATER.has(code) ? error.detail : 'the job failed inside the server'
  return { waitMs: undefined, code, detail }
}
