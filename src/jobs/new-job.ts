/** What a client asks for → a job as it is kept. */
import { randomBytes } from 'node:crypto'
import { partsOf } from '../books/book-parts.ts'
import { countCharacters } from '../core/characters.ts'
import { nothingToSpeak } from '../core/errors.ts'
import type { AskedJob, JobCaller } from '../core/job-port.ts'
import type { JobRecord, PartRecord, WebhookState } from './job-record.ts'
import { callableAddress, parseWebhook } from './webhook-address.ts'

export type NewJob = Pick<
  JobRecord,
  'id' | 'owner' | 'client' | 'wish' | 'titles' | 'characters' | 'created'
> & {
  readonly parts: readonly Pick<PartRecord, 'chapter' | 'text'>[]
  readonly webhookState: WebhookState
}

/** Bytes of a second while a job runs: its parts and its file, both 16-bit at 24 kHz at most. */
const BYTES_PER_SECOND = 2 * 48_000

/** Bytes that a job is expected to need while it runs. */
export function expectedBytes(estimatedSeconds: number): number {
  return Math.ceil(estimatedSeconds * BYTES_PER_SECOND)
}

/** Throws INVALID_PARAMETER for a text without words, and for a webhook that may not be called. */
export async function newJob(
  wish: AskedJob,
  caller: JobCaller,
  estimatedSeconds: number,
  { hosts, now }: { readonly hosts: readonly string[]; readonly now: number },
): Promise<NewJob> {
  const parts = await partsOf(wish.chapters)
  if (parts.length === 0) throw nothingToSpeak()
  const webhook = wish.webhook && (await webhookOf(wish.webhook, hosts))
  const { chapters, seed = Math.floor(Math.random() * 2 ** 32), ...rest } = wish
  return {
    id: randomBytes(16).toString('hex'),
    owner: caller.owner ?? '',
    client: caller.client,
    wish: { ...rest, seed, webhook, estimatedSeconds },
    titles: chapters.map(({ title }) => title),
    characters: chapters.reduce((sum, { text }) => sum + countCharacters(text), 0),
    created: now,
    parts,
    webhookState: webhook === undefined ? 'none' : 'pending',
  }
}

async function webhookOf({ url, secret }: NonNullable<AskedJob['webhook']>, hosts: readonly string[]) {
  await callableAddress(parseWebhook(url), hosts)
  return { url, secret: secret ?? `whsec_${randomBytes(24).toString('base64')}` }
}
