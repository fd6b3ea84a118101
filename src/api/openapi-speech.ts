/** The routes that speak, as OpenAPI describes them: LightTTS's form, OpenAI's body, and conversion of a recording. */
import { z } from 'zod'
import type { ZodOpenApiPathsObject } from 'zod-openapi'
import { EXAMPLE_RECORDING } from './example-recording.ts'
import { anyForm, audioHeaders, refusals, timedAnswers } from './openapi-parts.ts'
import { AUDIO_FORMATS, convertSchema, speechBodySchema, zeroShotSchema } from './speech-params.ts'

const EXAMPLE_TEXT = 'Good morning.'

export const recording = z.string().meta({
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

/** `voice`: a stored voice with which the examples can be sent as they are. */
export function speechPaths(maxTextLength: number, voice: string | undefined): ZodOpenApiPathsObject {
  const zeroShotForm = zeroShotSchema
    .extend({
      tts_text: zeroShotSchema.shape.tts_text.max(maxTextLength).meta({ example: EXAMPLE_TEXT }),
      ...(voice === undefined ? {} : { voice: zeroShotSchema.shape.voice.meta({ example: voice }) }),
      prompt_wav: recording.optional(),
    })
    .meta({ id: 'ZeroShotForm' })
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
          ...refusals(400, 404, 415, 422, 429, 500, 503),
        },
      },
    },
    '/v1/audio/convert': {
      post: {
        summary: "Say a recording's words in another voice",
        requestBody: anyForm(convertForm, {
          source_wav: EXAMPLE_RECORDING,
          ...(voice === undefined ? {} : { voice }),
        }),
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
  }
}
