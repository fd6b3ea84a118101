/** What a client asks of `/v1/jobs`, and what it is told. */
import { z } from 'zod'
import { speechBodySchema, wsInitSchema } from './speech-params.ts'

const { voice, model, speed, sample_rate, seed, instructions, mode } = speechBodySchema.shape
const { language, dictionary, text_format, code_blocks } = speechBodySchema.shape

const MAX_CHAPTERS = 2000
const title = z.string().max(500)
/** Written as Standard Webhooks do. */
const KEY = /^whsec_[A-Za-z0-9+/]{22,}={0,2}$/

/** Body of `POST /v1/jobs`: one text, or chapters. */
export const jobBodySchema = z
  .strictObject({
    input: z
      .string()
      .optional()
      .describe('Text to speak, as long as a book; or give chapters.')
      .meta({ example: 'A long text.' }),
    chapters: z
      .array(z.strictObject({ title: title.default(''), input: z.string() }))
      .min(1)
      .max(MAX_CHAPTERS)
      .optional()
      .describe(
        'Chapters in order, each with a pause behind it; a title is said only where its text says it.',
      ),
    title: title.default('').describe('For people, and for the name of the file.'),
    voice,
    model,
    response_format: wsInitSchema.shape.response_format.removeDefault().default('mp3'),
    speed,
    sample_rate,
    seed,
    instructions,
    mode,
    language,
    dictionary,
    text_format,
    code_blocks,
    webhook: z
      .strictObject({
        url: z.string().min(1).max(2000).describe('http or https, of a public address.'),
        secret: z
          .string()
          .min(16)
          .max(200)
          // What is no base64 would leave a short key, or none.
          .refine(
            (text) => !text.startsWith('whsec_') || KEY.test(text),
            'expected base64 of 16 bytes or more behind whsec_',
          )
          .optional()
          .describe('What the call is signed with; made where missing.'),
      })
      .optional()
      .describe('Called once the job has ended.'),
  })
  .meta({ id: 'JobBody' })

export type JobBody = z.output<typeof jobBodySchema>

export const jobSchema = z
  .object({
    id: z.string(),
    object: z.literal('job'),
    state: z.enum(['queued', 'running', 'done', 'failed']),
    title: z.string(),
    model: z.string(),
    voice: z.string(),
    response_format: z.string(),
    sample_rate: z.int(),
    characters: z.int(),
    progress: z.number().min(0).max(1),
    parts: z.object({ done: z.int(), total: z.int() }).describe('a part is about a minute of speech'),
    seconds: z.number().describe('of audio spoken so far'),
    created_at: z.int().describe('Unix seconds'),
    finished_at: z.int().nullable(),
    expires_at: z.int().nullable().describe('when the job and its audio are removed'),
    error: z.object({ error_code: z.string(), detail: z.string() }).nullable(),
    bytes: z.int().nullable().describe('of the audio, once done'),
    chapters: z
      .array(z.object({ title: z.string(), start: z.number(), end: z.number() }))
      .describe('places of the chapters in seconds, once done'),
    webhook: z.object({ url: z.string(), state: z.string(), tries: z.int() }).nullable(),
    webhook_secret: z.string().optional().describe('in the answer to creating it only'),
  })
  .meta({ id: 'Job' })
