/**
 * The OpenAPI 3.1 description of every route, made from the schemas that check requests.
 *
 * Knows: paths, answers and errors as documentation. Does not know: handlers; a test compares its paths with the route
 * table.
 */
import { z } from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi'
import { SPEECH_MODES } from '../core/speech-style.ts'
import {
  AUDIO_FORMATS,
  convertSchema,
  dictionaryBodySchema,
  normalizeBodySchema,
  speechBodySchema,
  voiceFormSchema,
  voiceIdSchema,
  zeroShotSchema,
} from './speech-params.ts'

export interface OpenApiFacts {
  readonly maxTextLength: number
  /** Whether API keys are configured. */
  readonly hasKeys: boolean
  /** A stored voice with which the examples can be sent as they are. */
  readonly exampleVoice: string | undefined
}

const EXAMPLE_TEXT = 'Good morning.'

const recording = z.string().meta({
  format: 'binary',
  description:
    'Recording of the voice, 30 s at most: WAV, AIFF, mp3, FLAC, Ogg Opus, Ogg Vorbis, WebM or MP4 with Opus.',
})

const errorSchema = z
  .object({ message: z.string(), detail: z.string(), error_code: z.string() })
  .meta({ id: 'Error', description: 'A refusal; `error_code` is stable.' })

const messageSchema = z.object({ message: z.string() }).meta({ id: 'Message' })

const voiceSchema = z
  .object({
    id: z.string(),
    model: z.string().describe('whose voice it is: features belong to a model'),
    language: z.string().nullable(),
    seconds: z.number(),
    transcript: z.string(),
    origin: z.enum(['bundle', 'user']),
    prompt_mode: z
      .enum(['transcript', 'style'])
      .nullable()
      .describe('how the text of the recording is used, as asked or as decided'),
    shared: z.boolean().describe('whether other keys may see it and speak with it'),
    warnings: z
      .array(z.enum(['clipped', 'noisy', 'short', 'long-silence', 'level']))
      .optional()
      .describe('what is wrong with the recording, in the answer to storing it'),
  })
  .meta({ id: 'Voice' })

const modelSchema = z
  .object({
    id: z.string(),
    family: z.string().optional().describe('these are missing while the model loads'),
    instructions: z.boolean().optional().describe('whether it takes `instruct` and `instructions`'),
    modes: z.array(z.enum(SPEECH_MODES)).optional(),
    marks: z
      .array(z.string())
      .optional()
      .describe('sounds and phones that its texts may hold, as `[breath]`'),
    languages: z.array(z.string()).optional().describe('tags of the languages that it was trained with'),
    voice_conversion: z.boolean().optional(),
  })
  .meta({ id: 'Model' })

const convertForm = convertSchema
  .extend({
    source_wav: z.string().meta({
      format: 'binary',
      description: 'Recording whose words are said, 30 s at most; `file` and `audio` are understood, too.',
    }),
    prompt_wav: recording.optional(),
  })
  .meta({ id: 'ConvertForm' })

const share = z.number().min(0).max(1)
const ofTotal = z.object({ used: z.number(), total: z.number() })
const statusSchema = z
  .object({
    state: z.enum(['loading', 'ready', 'draining', 'failed']),
    active: z.int().describe('syntheses that hold a slot'),
    queued: z.int().describe('syntheses that wait for one'),
    capacity: z
      .object({
        audio_seconds_per_second: z.number(),
        listeners: z.int().nullable(),
        load: z.number().nullable(),
        warning: z.string().nullable().describe('what the devices cannot do, such as streams in real time'),
        stages: z
          .object({
            prefill_ms: z.number(),
            decode_ms: z.number(),
            flow_ms: z.number(),
            vocoder_ms: z.number(),
            step_ms: z.number(),
            step_rows: z.number(),
          })
          .nullable(),
      })
      .nullable()
      .meta({
        description:
          'audio made per second at full load as measured now; streams at a time that can be heard without a gap, and those under way as a share of them (null: slots alone decide); ms of a lane for a second of speech in each stage, and of one decoding step of the LLM',
      }),
    devices: z.array(
      z.object({
        name: z.string(),
        healthy: z.boolean(),
        slots: ofTotal.describe('utterances admitted, and taken at once'),
        llm_slots: ofTotal.describe('of these, utterances that the LLM still makes tokens for'),
        flow_state_bytes: ofTotal,
        llm_batch: z.number().describe('mean rows of the last LLM steps'),
        acoustic_batch: z.number().describe('mean utterances of the last flow and vocoder runs'),
        llm_busy: share,
        acoustic_busy: share,
      }),
    ),
  })
  .meta({ id: 'Status' })

const audio = {
  type: 'string',
  format: 'binary',
  description: `Audio as it is made; formats ${AUDIO_FORMATS.join(', ')}, named in X-Audio-* headers.`,
} as const

export function createOpenApi({ maxTextLength, hasKeys, exampleVoice }: OpenApiFacts): object {
  const zeroShotForm = zeroShotSchema
    .extend({
      tts_text: zeroShotSchema.shape.tts_text.max(maxTextLength).meta({ example: EXAMPLE_TEXT }),
      ...(exampleVoice === undefined
        ? {}
        : { voice: zeroShotSchema.shape.voice.meta({ example: exampleVoice }) }),
      prompt_wav: recording.optional(),
    })
    .meta({ id: 'ZeroShotForm' })
  const voiceForm = voiceFormSchema.extend({ prompt_wav: recording }).meta({ id: 'VoiceForm' })
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'light-tts',
      version: '1',
      description:
        'Speech in the voice of a short recording. The bidirectional WebSocket at /inference_zero_shot_bistream is described in docs/protocol.md.',
    },
    ...(hasKeys ? { security: [{ key: [] }] } : {}),
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    paths: {
      ...synthesisPaths(zeroShotForm, exampleVoice),
      ...voicePaths(voiceForm),
      ...textPaths(),
      ...probePaths(),
      '/openapi.json': {
        get: { summary: 'This description', security: [], responses: { 200: described('OpenAPI 3.1') } },
      },
      '/v1/status': {
        get: {
          summary: 'Queue, slots and load of every device, now',
          responses: { 200: json('Status', statusSchema) },
        },
      },
      '/': { get: { summary: 'A page to try it', security: [], responses: { 200: described('HTML') } } },
      '/docs': {
        get: { summary: 'This description as a page', security: [], responses: { 200: described('HTML') } },
      },
    },
  })
}

function synthesisPaths(zeroShotForm: z.ZodObject, voice: string | undefined): ZodOpenApiPathsObject {
  const listModels: ZodOpenApiOperationObject = {
    summary: 'Names of the models that are served',
    responses: { 200: json('Names', z.object({ tts_models: z.array(z.string()) })) },
  }
  return {
    '/inference_zero_shot': {
      post: {
        summary: 'Speak a text in the voice of a recording, or of a stored voice',
        requestBody: anyForm(zeroShotForm, {
          tts_text: EXAMPLE_TEXT,
          ...(voice === undefined ? {} : { voice }),
        }),
        responses: {
          200: { description: 'Audio', content: { 'application/octet-stream': { schema: audio } } },
          ...refusals(400, 404, 413, 415, 422, 429, 500, 503),
        },
      },
    },
    '/query_tts_model': { get: listModels, post: listModels },
    '/v1/audio/speech': {
      post: {
        summary: "Speak a text in a stored voice, in the shape of OpenAI's API",
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: speechBodySchema,
              example: { input: EXAMPLE_TEXT, ...(voice === undefined ? {} : { voice }) },
            },
          },
        },
        responses: {
          200: {
            description: 'Audio, or with stream_format sse events that hold it in base64',
            content: { 'audio/mpeg': { schema: audio } },
          },
          ...refusals(400, 404, 422, 429, 500, 503),
        },
      },
    },
    '/v1/audio/convert': {
      post: {
        summary: "Say a recording's words in another voice",
        requestBody: anyForm(convertForm),
        responses: {
          200: { description: 'Audio', content: { 'audio/mpeg': { schema: audio } } },
          ...refusals(400, 404, 413, 415, 422, 429, 500, 503),
        },
      },
    },
    '/v1/models': {
      get: {
        summary: "Models in the shape of OpenAI's API, and what each can do",
        responses: {
          200: json('Models', z.object({ object: z.literal('list'), data: z.array(modelSchema) })),
        },
      },
    },
  }
}

const normalizedSchema = z
  .object({
    text: z.string().describe('what is said, in words'),
    segments: z.array(z.string()).describe('what is said in one go'),
    warnings: z.array(z.string()).describe('what is not said as it is written'),
  })
  .meta({ id: 'NormalizedText' })
const dictionariesSchema = z
  .object({
    server: z.record(z.string(), z.string()).describe('words of all voices'),
    voices: z.record(z.string(), z.record(z.string(), z.string())).describe('words of single voices'),
  })
  .meta({ id: 'Dictionaries' })

function textPaths(): ZodOpenApiPathsObject {
  return {
    '/v1/text/normalize': {
      post: {
        summary: 'What would be said of a text',
        requestBody: { required: true, content: { 'application/json': { schema: normalizeBodySchema } } },
        responses: { 200: json('In words', normalizedSchema), ...refusals(400, 404, 422, 429, 503) },
      },
    },
    '/v1/dictionaries': {
      get: { summary: 'How words are said', responses: { 200: json('Words', dictionariesSchema) } },
      put: {
        summary: 'Set how words are said, in all voices or in one',
        requestBody: { required: true, content: { 'application/json': { schema: dictionaryBodySchema } } },
        responses: { 200: json('Words', dictionariesSchema), ...refusals(400, 404, 422, 429, 503) },
      },
    },
  }
}

function voicePaths(voiceForm: z.ZodObject): ZodOpenApiPathsObject {
  return {
    '/v1/voices': {
      get: {
        summary: 'Stored voices',
        responses: { 200: json('Voices', z.object({ voices: z.array(voiceSchema) })) },
      },
      post: {
        summary: 'Store a voice for later use',
        requestBody: anyForm(voiceForm),
        responses: { 201: json('The voice', voiceSchema), ...refusals(400, 413, 415, 422, 429, 503, 507) },
      },
    },
    '/v1/voices/{id}': {
      delete: {
        summary: 'Forget a stored voice',
        requestParams: { path: z.object({ id: voiceIdSchema }) },
        responses: {
          200: json('Gone', z.object({ id: z.string(), deleted: z.literal(true) })),
          ...refusals(400, 404),
        },
      },
    },
  }
}

function probePaths(): ZodOpenApiPathsObject {
  const probe = (summary: string, ...others: (404 | 503)[]): ZodOpenApiOperationObject => ({
    summary,
    security: [],
    responses: {
      200: json('Ok', messageSchema),
      ...Object.fromEntries(others.map((status) => [status, json('Error', messageSchema)])),
    },
  })
  const health = probe('Whether speech can be made', 503)
  return {
    '/health': { get: health },
    '/healthz': { get: health },
    '/liveness': { get: probe('Whether the process answers') },
    '/readiness': { get: probe('Whether new work is taken; 404 while draining', 404, 503) },
    '/metrics': {
      get: { summary: 'Prometheus metrics', responses: { 200: described('Text format 0.0.4') } },
    },
  }
}

const REFUSALS = {
  400: 'Missing or malformed',
  404: 'No such model or voice',
  413: 'File too large',
  415: 'Content type not supported',
  422: 'Invalid value, or text too long',
  429: 'Too many requests; see Retry-After',
  500: 'Server error',
  503: 'Not ready or overloaded; see Retry-After',
  507: 'The voice could not be kept: disk full, read-only or failing',
} as const

function refusals(...statuses: (keyof typeof REFUSALS)[]) {
  return Object.fromEntries(statuses.map((status) => [status, json(REFUSALS[status], errorSchema)]))
}

/** A form in each encoding that is taken; recordings are text where the body is text. */
function anyForm(form: z.ZodObject, example?: object) {
  const encoded = z.string().describe('The recording as base64, or as a data URI with base64.')
  const files = ['prompt_wav', 'source_wav'].filter((name) => name in form.shape)
  const text = form.extend(
    Object.fromEntries(
      files.map((name) => {
        const isOptional = form.shape[name] instanceof z.ZodOptional
        return [name, isOptional ? encoded.optional().meta({ example: '' }) : encoded]
      }),
    ),
  )
  const textForm = text.meta({ id: `${form.meta()?.id}Text` })
  return {
    required: true,
    content: {
      // First, since pages that show this description begin with it, and its example can be sent as it is.
      'application/json': { schema: textForm, ...(example === undefined ? {} : { example }) },
      'multipart/form-data': { schema: form },
      'application/x-www-form-urlencoded': { schema: textForm },
    },
  }
}

function json(description: string, schema: z.ZodType) {
  return { description, content: { 'application/json': { schema } } }
}

function described(description: string) {
  return { description }
}
