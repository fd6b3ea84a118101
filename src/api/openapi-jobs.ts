/** The paths of jobs in the OpenAPI description. */
import { z } from 'zod'
import type { ZodOpenApiPathsObject } from 'zod-openapi'
import { jobBodySchema, jobSchema } from './job-params.ts'
import { audioHeaders, described, json, refusals } from './openapi-parts.ts'

const id = z.object({ id: z.string().describe('Id of a job.') })
const bytes = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } as const

export function jobPaths(): ZodOpenApiPathsObject {
  return {
    '/v1/jobs': {
      get: {
        summary: 'Jobs of this key, the newest first',
        requestParams: { query: z.object({ limit: z.int().min(1).max(1000).default(100) }) },
        responses: {
          200: json('Jobs', z.object({ object: z.literal('list'), data: z.array(jobSchema) })),
          ...refusals(422),
        },
      },
      post: {
        summary: 'Speak a long text, up to a book, in the background',
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: jobBodySchema,
              example: { input: 'A long text.', title: 'A book' },
            },
          },
        },
        responses: {
          202: json('The job', jobSchema),
          ...refusals(400, 404, 413, 415, 422, 429, 503, 507),
        },
      },
    },
    '/v1/jobs/{id}': {
      get: {
        summary: 'How far a job is',
        requestParams: { path: id },
        responses: { 200: json('The job', jobSchema), ...refusals(404) },
      },
      delete: {
        summary: 'Stop a job and remove all of it',
        requestParams: { path: id },
        responses: {
          200: json('Gone', z.object({ id: z.string(), deleted: z.literal(true) })),
          ...refusals(404),
        },
      },
    },
    '/v1/jobs/{id}/audio': {
      get: {
        summary: 'The audio of a job that is done; may be resumed by Range and If-Range',
        requestParams: { path: id },
        responses: {
          200: { description: 'All of it', headers: audioHeaders, content: bytes },
          206: { description: 'The part that was asked for', headers: audioHeaders, content: bytes },
          304: described('The client has it'),
          412: described('It is another than If-Match or If-Unmodified-Since says'),
          416: described('Nothing lies there'),
          ...refusals(404, 409),
        },
      },
    },
  }
}
