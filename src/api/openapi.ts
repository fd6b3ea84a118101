/**
 * The OpenAPI 3.1 description of every route, made from the schemas that check requests.
 *
 * A test compares its paths with the route table.
 */
import { z } from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi'
import {
  dictionariesSchema,
  messageSchema,
  modelSchema,
  namedVoiceSchema,
  normalizedSchema,
  statusSchema,
  voiceSchema,
} from './answer-schemas.ts'
import { jobPaths } from './openapi-jobs.ts'
import { named, TAGS } from './openapi-names.ts'
import { anyForm, audioHeaders, described, json, refusals, timedAnswers } from './openapi-parts.ts'
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

const convertForm = convertSchema
  .extend({
    source_wav: z.string().meta({
      format: 'binary',
      description: 'Recording whose words are said, 30 s at most; `file` and `audio` are understood, too.',
    }),
    prompt_wav: recording.optional(),
  })
  .meta({ id: 'ConvertForm' })

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
        'Speech in the voice of a short recording. The bidirectional WebSocket at /inference_zero_shot_bistream is described at /docs/websocket and /asyncapi.json.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: './', description: 'This server' }],
    tags: [...TAGS],
    security: hasKeys ? [{ key: [] }] : [{}, { key: [] }],
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    paths: named({
      ...synthesisPaths(zeroShotForm, exampleVoice),
      ...voicePaths(voiceForm),
      ...textPaths(),
      ...jobPaths(),
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
      '/docs/websocket': {
        get: { summary: 'The WebSocket as a page', security: [], responses: { 200: described('HTML') } },
      },
      '/asyncapi.json': {
        get: { summary: 'The WebSocket', security: [], responses: { 200: described('AsyncAPI 3.0') } },
      },
    }),
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
          200: {
            description: 'Audio',
            headers: audioHeaders,
            content: { 'application/octet-stream': { schema: audio }, ...timedAnswers },
          },
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
              schema: speechBodySchema.extend({
                ref_audio: z
                  .string()
                  .optional()
                  .describe(
                    'A recording of the voice as base64, or as a data URI; it goes before `voice`. Addresses are not fetched.',
                  ),
              }),
              example: { input: EXAMPLE_TEXT, ...(voice === undefined ? {} : { voice }) },
            },
          },
        },
        responses: {
          200: {
            description: 'Audio, or with stream_format sse events that hold it in base64',
            headers: audioHeaders,
            content: { 'audio/mpeg': { schema: audio }, ...timedAnswers },
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
          200: {
            description: 'Audio',
            headers: audioHeaders,
            content: { 'audio/mpeg': { schema: audio } },
          },
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
    '/v1/models/{id}': {
      get: {
        summary: 'One model',
        requestParams: { path: z.object({ id: z.string().meta({ example: 'default' }) }) },
        responses: { 200: json('The model', modelSchema), ...refusals(404) },
      },
    },
    '/v1/audio/models': {
      get: {
        summary: 'Models in the shape that Open WebUI asks for',
        responses: {
          200: json(
            'Models',
            z.object({
              models: z.array(z.object({ id: z.string(), name: z.string() })),
              object: z.literal('list'),
              data: z.array(modelSchema),
            }),
          ),
        },
      },
    },
    '/v1/audio/voices': {
      get: {
        summary: 'Names for `voice`: stored voices, then the aliases that lead to one',
        responses: { 200: json('Voices', z.object({ voices: z.array(namedVoiceSchema) })) },
      },
    },
  }
}

function textPaths(): ZodOpenApiPathsObject {
  return {
    '/v1/text/normalize': {
      post: {
        summary: 'What would be said of a text',
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: normalizeBodySchema,
              example: { input: 'Dr. Lee paid $5 on 3/4/2026.' },
            },
          },
        },
        responses: { 200: json('In words', normalizedSchema), ...refusals(400, 404, 422, 429, 503) },
      },
    },
    '/v1/dictionaries': {
      get: { summary: 'How words are said', responses: { 200: json('Words', dictionariesSchema) } },
      put: {
        summary: 'Set how words are said, in all voices or in one',
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: dictionaryBodySchema,
              example: { dictionary: { SQL: 'sequel' } },
            },
          },
        },
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
        responses: {
          201: json('The voice', voiceSchema),
          ...refusals(400, 409, 413, 415, 422, 429, 503, 507),
        },
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
