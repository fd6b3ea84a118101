/** What descriptions of routes have in common: refusals, forms in each encoding, answers. */
import { z } from 'zod'
import { errorSchema, timedSpeechSchema } from './answer-schemas.ts'

const REFUSALS = {
  400: 'Missing or malformed',
  404: 'No such model or voice',
  409: 'A voice of this id is stored already; see replace',
  413: 'File too large',
  415: 'Content type not supported',
  422: 'Invalid value, or text too long',
  429: 'Too many requests; see Retry-After',
  500: 'Server error',
  503: 'Not ready or overloaded; see Retry-After',
  507: 'The voice could not be kept: too many are stored, or the disk is full, read-only or failing',
} as const

export function refusals(...statuses: (keyof typeof REFUSALS)[]) {
  return Object.fromEntries(statuses.map((status) => [status, json(REFUSALS[status], errorSchema)]))
}

/** A form in each encoding that is taken; recordings are text where the body is text. */
export function anyForm(form: z.ZodObject, example?: object) {
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

const header = (description: string) => ({ description, schema: { type: 'string' as const } })

/** What every answer with audio says of it. */
export const audioHeaders = {
  'X-Audio-Format': header('wav, pcm, mp3, opus, flac, aac or mulaw'),
  'X-Audio-Sample-Rate': header('samples per second'),
  'X-Audio-Channels': header('1'),
  'X-Audio-Bits': header('16, where the format has a fixed width'),
  'X-Text-Warning': header('what is not said as it is written, where there is any'),
  'X-Prompt-Warning': header('what is wrong with the recording, where there is anything'),
}

/** Answers that hold the times of words. */
export const timedAnswers = {
  'application/json': { schema: timedSpeechSchema },
  'application/x-subrip': { schema: z.string() },
  'text/vtt': { schema: z.string() },
  'text/event-stream': { schema: z.string() },
}

export function json(description: string, schema: z.ZodType) {
  return { description, content: { 'application/json': { schema } } }
}

export function described(description: string) {
  return { description }
}
