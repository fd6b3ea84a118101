/** A job's record as the fields of a hash in Redis, and back. */
import type { JobState } from '../core/job-port.ts'
import type { JobRecord, WebhookState } from './job-record.ts'
import type { NewJob } from './new-job.ts'

/** Names and values in turn, of a job that waits. */
export function fieldsOf(job: Omit<NewJob, 'parts'>, parts: number): (string | number)[] {
  const fields = {
    ...{ id: job.id, owner: job.owner, client: job.client, state: 'queued', created: job.created },
    ...{ wish: JSON.stringify(job.wish), titles: JSON.stringify(job.titles), characters: job.characters },
    ...{ parts, done: 0, seconds: 0 },
    ...{ webhookState: job.webhookState, webhookTries: 0, webhookNext: 0 },
  }
  return Object.entries(fields).flatMap(([name, value]) => [name, value])
}

/** Whose jobs are counted and listed together: those of a key, or without keys of an address. */
export function callerKey({ owner, client }: Pick<JobRecord, 'owner' | 'client'>): string {
  return owner === '' ? `address ${client}` : `key ${owner}`
}

export function hashOf(flat: readonly string[]): Map<string, string> {
  return new Map(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]!] as const] : [])))
}

/** Undefined for an empty hash. */
export function recordOf(flat: readonly string[]): JobRecord | undefined {
  const fields = hashOf(flat)
  if (!fields.has('id')) return undefined
  const text = (name: string) => fields.get(name) ?? ''
  const number = (name: string) => Number(text(name))
  const parsed = (name: string) => (fields.has(name) ? JSON.parse(text(name)) : undefined)
  return {
    ...{ id: text('id'), owner: text('owner'), client: text('client'), state: text('state') as JobState },
    ...{ wish: parsed('wish'), titles: parsed('titles'), characters: number('characters') },
    ...{ parts: number('parts'), done: number('done'), seconds: number('seconds') },
    created: number('created'),
    finished: fields.has('finished') ? number('finished') : undefined,
    error: parsed('error'),
    audio: parsed('audio'),
    webhook: {
      state: text('webhookState') as WebhookState,
      tries: number('webhookTries'),
      nextMs: number('webhookNext'),
    },
  }
}
