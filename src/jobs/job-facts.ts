/** What callers are told about jobs, the same wherever jobs are kept. */
import { createHash } from 'node:crypto'
import { TtsError } from '../core/errors.ts'
import type { JobCaller, JobFacts } from '../core/job-port.ts'
import type { JobRecord } from './job-record.ts'

/** `keepMs`: how long it is kept after its end. */
export function factsOf(record: JobRecord, keepMs: number): JobFacts {
  const { id, state, wish, characters, seconds, created, finished, error, audio, webhook } = record
  const { title, model, voice, format, sampleRate } = wish
  return {
    ...{ id, state, title, model, voice, format, sampleRate, characters, seconds, error },
    parts: { done: record.done, total: record.parts },
    createdMs: created,
    finishedMs: finished,
    expiresMs: finished === undefined ? undefined : finished + keepMs,
    chapters: audio?.chapters ?? [],
    bytes: audio?.bytes,
    webhook: wish.webhook && { url: wish.webhook.url, state: webhook.state, tries: webhook.tries },
  }
}

export function isJobOf({ owner }: JobRecord, caller: JobCaller): boolean {
  return owner === (caller.owner ?? '')
}

/** Of a job that has ended. */
export function newsOf({ id, state, wish }: JobRecord): object {
  return { type: `job.${state}`, job: { id, state, title: wish.title } }
}

/** What its news are signed with. Kept with the job; of one that has none, a value that nothing else is signed with. */
export function secretOf({ id, wish }: JobRecord): string {
  return wish.webhook?.secret ?? createHash('sha256').update(id).digest('hex')
}

export function jobNotFound(): TtsError {
  const detail = 'expected the id of a job of this key, got another'
  return new TtsError('NOT_FOUND', 'Job not found', detail)
}

export function jobNotDone(state: JobRecord['state']): TtsError {
  const detail = `expected a job that is done, got one that is ${state}`
  return new TtsError('INVALID_REQUEST', 'Job not done', detail, { status: 409 })
}

export function audioNotFound(cause?: unknown): TtsError {
  const detail = 'expected audio that is kept, as it was made, got none or another'
  return new TtsError('NOT_FOUND', 'Audio not found', detail, { cause })
}

export function tooManyJobs(most: number): TtsError {
  const detail = `expected at most ${most} unfinished jobs at a time, got one more; wait for one, or remove one`
  return new TtsError('RATE_LIMITED', 'Too many jobs', detail, { retryAfterSeconds: 60 })
}

/** `bytes` are left, `needed` are expected to be. */
export function noRoom(bytes: number, needed: number): TtsError {
  const left = Math.max(0, Math.floor(bytes))
  const detail = `expected a job of at most ${left} bytes, got one of about ${needed}; remove jobs that are done, or split it`
  return new TtsError('STORAGE_FAILED', 'Insufficient storage', detail)
}
