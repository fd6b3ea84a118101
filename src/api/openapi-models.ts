/** The routes that name models and voices to choose from, as OpenAPI describes them. */
import { z } from 'zod'
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi'
import { modelSchema, namedVoiceSchema } from './answer-schemas.ts'
import { json, refusals } from './openapi-parts.ts'

export function modelPaths(): ZodOpenApiPathsObject {
  const listModels: ZodOpenApiOperationObject = {
    summary: 'Names of the models that are served',
    responses: { 200: json('Names', z.object({ tts_models: z.array(z.string()) })) },
  }
  return {
    '/query_tts_model': { get: listModels, post: listModels },
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
