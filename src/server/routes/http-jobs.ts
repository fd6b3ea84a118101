/** `/v1/jobs`: long texts that are spoken in the background, and their audio. */
import { type JobBody, jobBodySchema } from '../../api/job-params.ts'
import { textOptionsOf } from '../../api/speech-params.ts'
import { estimateSpeechSeconds } from '../../api/speech-seconds.ts'
import { checkEncoding, checkText, parseJson, parseValues } from '../../api/validate.ts'
import { checkOutput } from '../../audio/encoders/audio-encoder.ts'
import { TtsError } from '../../core/errors.ts'
import type { AskedJob, JobCaller, JobDesk, JobFacts } from '../../core/job-port.ts'
import { textTurn } from '../limits/text-turns.ts'
import { rateKey } from '../requests/client-address.ts'
import { sendFile } from '../requests/file-response.ts'
import { refuseEncoded } from '../requests/multipart-form.ts'
import { firstVoice, modelOf } from '../requests/openai-defaults.ts'
import { styleOf } from '../requests/prompt-form.ts'
import { receiveText } from '../requests/request-body.ts'
import type { Call, Route } from '../requests/router.ts'
import { assertAccepting, type ServerContext } from '../requests/server-context.ts'
import { storedVoiceOf } from '../requests/voice-names.ts'
import { sendJson } from '../transport/respond.ts'

/** UTF-8 and JSON make at most so many bytes of a character. */
const BYTES_PER_CHARACTER = 6
const BODY_SLACK_BYTES = 1024 * 1024
/** UTF-16 units that are looked at in one turn. */
const SLICE_LENGTH = 4000
const DEFAULT_RATE = 24_000
const MAX_LISTED = 1000
const DEFAULT_LISTED = 100

export function jobRoutes(context: ServerContext): Route[] {
  const { jobs } = context
  if (jobs === undefined) return []
  const route = (method: Route['method'], pattern: string, handle: Route['handle']): Route => ({
    method,
    pattern,
    policy: 'speak',
    handle,
  })
  return [
    route('POST', '/v1/jobs', (call) => create(context, jobs, call)),
    route('GET', '/v1/jobs', async (call) => {
      const found = await jobs.list(callerOf(call), limitOf(call))
      sendJson(call.exchange, 200, { object: 'list', data: found.map(jobBody) })
    }),
    route('GET', '/v1/jobs/:id', async (call) => {
      sendJson(call.exchange, 200, jobBody(await jobs.find(call.params.id!, callerOf(call))))
    }),
    route('DELETE', '/v1/jobs/:id', async (call) => {
      await jobs.remove(call.params.id!, callerOf(call))
      sendJson(call.exchange, 200, { id: call.params.id, deleted: true })
    }),
    route('GET', '/v1/jobs/:id/audio', async (call) => {
      const audio = await jobs.audio(call.params.id!, callerOf(call))
      await sendFile(call.exchange, audio, context.config.server.writeStallMs)
    }),
  ]
}

function callerOf({ client, owner }: Call): JobCaller {
  return { owner, client: rateKey(client) }
}

async function create(context: ServerContext, jobs: JobDesk, call: Call): Promise<void> {
  const { exchange } = call
  refuseEncoded(exchange)
  assertAccepting(context)
  await admit(context, call)
  const body = parseValues(jobBodySchema, parseJson(await receiveBody(context, call)))
  const wish = wishOf(context, call, body)
  const seconds = await secondsOf(wish)
  if (call.key?.quota !== undefined)
    await context.rates.consumeSpeech(rateKey(call.client), seconds, call.key)
  const { job, webhookSecret } = await jobs.create(wish, callerOf(call), seconds)
  const secret = webhookSecret === undefined ? {} : { webhook_secret: webhookSecret }
  sendJson(exchange, 202, { ...jobBody(job), ...secret }, [
    ['Location', `${context.config.server.basePath}/v1/jobs/${job.id}`],
  ])
}

/** A job is one synthesis to the rate limit; its seconds count where a key has a quota of them. */
async function admit(context: ServerContext, { client, key }: Call): Promise<void> {
  try {
    await context.rates.consume(rateKey(client), key)
  } catch (error) {
    if (error instanceof TtsError && error.code === 'RATE_LIMITED') context.metrics.rateLimited.inc()
    throw error
  }
}

/** Other work of this thread gets a turn between two slices of the text. */
async function secondsOf({ chapters }: AskedJob): Promise<number> {
  let seconds = 0
  for (const { text } of chapters)
    for (let at = 0; at < text.length; at += SLICE_LENGTH) {
      await textTurn()
      seconds += estimateSpeechSeconds(text.slice(at, at + SLICE_LENGTH))
    }
  return seconds
}

/** Within the budget of all uploads: a book is one. */
async function receiveBody(context: ServerContext, { exchange, client }: Call): Promise<string> {
  const { bodyStallMs: stallMs, minUploadBytesPerSecond: minBytesPerSecond } = context.config.server
  const maxBytes = context.config.jobs.maxCharacters * BYTES_PER_CHARACTER + BODY_SLACK_BYTES
  const address = rateKey(client)
  const place = context.ledger.lendRequest(address, { reclaim: true })
  const upload = context.ledger.openUpload(address)
  try {
    const { lost } = place
    const text = await receiveText(exchange, { maxBytes, stallMs, minBytesPerSecond, lost }, upload.take)
    place.keep()
    return text
  } finally {
    upload.release()
    place.release()
  }
}

function wishOf(context: ServerContext, { owner }: Call, body: JobBody): AskedJob {
  const chapters = chaptersOf(body)
  const whole = chapters.map(({ text }) => text).join('\n')
  checkText(body.chapters === undefined ? 'input' : 'chapters', whole, context.config.jobs.maxCharacters)
  for (const title of [body.title, ...chapters.map((each) => each.title)]) checkEncoding('title', title)
  const model = modelOf(context, body.model)
  const { response_format: format, sample_rate: sampleRate = DEFAULT_RATE } = body
  checkOutput(format, sampleRate)
  const said = { language: body.language, text: whole.slice(0, 2000), model }
  const named = body.voice === undefined ? undefined : storedVoiceOf(context, body.voice, owner, said)
  const voice = named ?? firstVoice(context, owner, model)
  if (!context.synthesizer.listVoices(owner, model).some(({ id }) => id === voice)) {
    const detail = `expected a stored voice, got ${JSON.stringify(voice).slice(0, 64)}; see GET /v1/voices`
    throw new TtsError('VOICE_NOT_FOUND', 'Voice not found', detail)
  }
  return {
    ...styleOf(context, model, { instruct: body.instructions, mode: body.mode }, 'instructions'),
    title: body.title,
    chapters,
    ...{ model, voice, format, sampleRate },
    speed: body.speed,
    seed: body.seed,
    text: textOptionsOf(body),
    webhook: body.webhook,
  }
}

function chaptersOf({ input, chapters }: JobBody): AskedJob['chapters'] {
  if (input === undefined && chapters === undefined)
    throw new TtsError('MISSING_PARAMETER', 'Missing parameter', 'expected input or chapters, got neither')
  if (input !== undefined && chapters !== undefined)
    throw new TtsError('INVALID_REQUEST', 'Invalid request', 'expected input or chapters, got both')
  return chapters?.map(({ title, input: text }) => ({ title, text })) ?? [{ title: '', text: input! }]
}

function limitOf({ exchange }: Call): number {
  const text = new URLSearchParams(exchange.head.query).get('limit')
  if (text === null) return DEFAULT_LISTED
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= MAX_LISTED) return Number(text)
  throw new TtsError(
    'INVALID_PARAMETER',
    'Invalid parameter',
    `limit: expected 1…${MAX_LISTED}, got ${text.slice(0, 32)}`,
  )
}

/** A job in the API's own spelling. */
function jobBody(job: JobFacts): object {
  const { id, state, title, model, voice, parts, characters, error, bytes, webhook } = job
  const seconds = (ms: number | undefined) => (ms === undefined ? null : Math.floor(ms / 1000))
  const rounded = (value: number) => Math.round(value * 1000) / 1000
  return {
    ...{ id, object: 'job', state, title, model, voice },
    response_format: job.format,
    sample_rate: job.sampleRate,
    characters,
    progress: state === 'done' ? 1 : rounded(parts.done / parts.total),
    parts,
    seconds: rounded(job.seconds),
    created_at: seconds(job.createdMs),
    finished_at: seconds(job.finishedMs),
    expires_at: seconds(job.expiresMs),
    error: error === undefined ? null : { error_code: error.code, detail: error.detail },
    bytes: bytes ?? null,
    chapters: job.chapters.map((each) => ({
      title: each.title,
      start: rounded(each.start),
      end: rounded(each.end),
    })),
    webhook: webhook ?? null,
  }
}
