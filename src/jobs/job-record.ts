/** A job as it is kept: what was asked, how far it is, what came of it. */
import type { JobChapter, JobState, JobWish } from '../core/job-port.ts'

/** Deliveries of the news that a job ended: `waiting` has a next try. */
export type WebhookState = 'none' | 'pending' | 'waiting' | 'delivered' | 'failed'

export interface JobRecord {
  readonly id: string
  /** Empty where no keys were in use. */
  readonly owner: string
  readonly client: string
  readonly state: JobState
  /** Without the texts of its chapters, which lie in its parts. */
  readonly wish: Omit<JobWish, 'chapters'> & { readonly estimatedSeconds?: number }
  readonly titles: readonly string[]
  readonly characters: number
  readonly parts: number
  readonly done: number
  readonly seconds: number
  /** Unix ms. */
  readonly created: number
  readonly finished: number | undefined
  readonly error: { readonly code: string; readonly detail: string } | undefined
  readonly audio:
    | { readonly bytes: number; readonly sha256: string; readonly chapters: readonly JobChapter[] }
    | undefined
  readonly webhook: { readonly state: WebhookState; readonly tries: number; readonly nextMs: number }
}

export interface PartRecord {
  readonly index: number
  readonly chapter: number
  readonly text: string
  /** Undefined until it is spoken. */
  readonly samples: number | undefined
  readonly sampleRate: number | undefined
}
