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
  normalizedSchema,
  statusSchema,
  voiceSchema,
} from './answer-schemas.ts'
import { EXAMPLE_RECORDING, EXAMPLE_RECORDING_SAYS } from './example-recording.ts'
import { jobPaths } from './openapi-jobs.ts'
import { modelPaths } from './openapi-models.ts'
import { named, TAGS } from './openapi-names.ts'
import { anyForm, described, json, refusals } from './openapi-parts.ts'
import { recording, speechPaths } from './openapi-speech.ts'
import { dictionaryBodySchema, normalizeBodySchema, voiceFormSchema, voiceIdSchema } from './speech-params.ts'

export interface OpenApiFacts {
  readonly maxTextLength: number
  /** Whether API keys are configured. */
  readonly hasKeys: boolean
  /** A stored voice with which the examples can be sent as they are. */
  readonly exampleVoice: string | undefined
}

export function createOpenApi({ maxTextLength, hasKeys, exampleVoice }: OpenApiFacts): object {
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
    servers: [{ url: '.', description: 'This server' }],
    tags: [...TAGS],
    security: hasKeys ? [{ key: [] }] : [{}, { key: [] }],
    components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    paths: named({
      ...speechPaths(maxTextLength, exampleVoice),
      ...voicePaths(voiceForm),
      ...modelPaths(),
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
        requestBody: anyForm(voiceForm, {
          id: 'my-voice',
          prompt_text: EXAMPLE_RECORDING_SAYS,
          prompt_wav: EXAMPLE_RECORDING,
        }),
        responses: {
          201: json('The voice', voiceSchema),
          ...refusals(400, 404, 409, 413, 415, 422, 429, 503, 507),
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
