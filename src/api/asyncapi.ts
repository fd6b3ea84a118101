/** The AsyncAPI 3.0 description of the WebSocket, made from the schemas that check its messages. */
import { z } from 'zod'
import { errorSchema } from './answer-schemas.ts'
import { wsCommandSchema, wsInitSchema } from './speech-params.ts'

const PATH = '/inference_zero_shot_bistream'

export interface AsyncApiFacts {
  /** Whether API keys are configured. */
  readonly hasKeys: boolean
  /** A stored voice with which the examples can be sent as they are. */
  readonly exampleVoice: string | undefined
  /** Of the server, as its client wrote it. */
  readonly host: string
  /** Whether its client came over TLS. */
  readonly isSecure: boolean
  /** `server.basePath`. */
  readonly basePath: string
}

const contextId = z.string().optional().describe('where the first message asked for contexts')
const eventSchema = z.object({
  event: z.enum(['ready', 'started', 'word', 'sentence', 'audio', 'done', 'cancelled']),
  context_id: contextId,
  utterance: z.int().optional().describe('its number, without contexts'),
  audio: z.string().optional().describe('with `audio`, which only contexts have: base64 of the format'),
  format: z.string().optional().describe('with `ready`'),
  sample_rate: z.int().optional().describe('with `ready`'),
  text: z.string().optional().describe('with `word` and `sentence`, as it was written'),
  start: z.number().optional().describe('with these: seconds from the first sample of the utterance'),
  end: z.number().optional(),
  from: z.int().optional().describe('with these: place in the text that was sent, UTF-16 units'),
  to: z.int().optional(),
  warnings: z
    .array(z.string())
    .optional()
    .describe(
      'with `ready`: what is wrong with the recording; with `done`: what of the text was not said as written',
    ),
})
const failureSchema = errorSchema.extend({
  retry_after: z.number().optional().describe('seconds after which to come back'),
  context_id: contextId,
})

export interface AsyncMessage {
  readonly title: string
  readonly summary: string
  readonly contentType: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly examples?: readonly { readonly name: string; readonly payload: unknown }[]
}

export function createAsyncApi(facts: AsyncApiFacts): object {
  const messages = messagesOf(facts.exampleVoice)
  const ref = (name: string) => ({ $ref: `#/channels/dialogue/messages/${name}` })
  const sent = ['init', 'recording', 'command'] as const
  const received = ['audio', 'event', 'failure'] as const
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'light-tts: live speech',
      version: '1',
      license: { name: 'Apache-2.0' },
      description:
        'Text goes in while audio comes out. First `init`, then the recording as one binary frame unless `init` names a voice, then commands. After `finish` the server sends the rest and closes with 1000. Other closes: 1008 the request is wrong, 1009 more than is taken, 1011 the server failed, 1013 try again later, 1001 the server stops.',
    },
    servers: {
      here: {
        host: facts.host,
        protocol: facts.isSecure ? 'wss' : 'ws',
        ...(facts.basePath === '' ? {} : { pathname: facts.basePath }),
        ...(facts.hasKeys ? { security: [{ $ref: '#/components/securitySchemes/key' }] } : {}),
      },
    },
    channels: { dialogue: { address: PATH, title: 'A dialogue', messages } },
    operations: {
      speak: {
        action: 'send',
        title: 'What a client sends',
        channel: { $ref: '#/channels/dialogue' },
        messages: sent.map(ref),
      },
      hear: {
        action: 'receive',
        title: 'What a client receives',
        channel: { $ref: '#/channels/dialogue' },
        messages: received.map(ref),
      },
    },
    components: {
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: 'In browsers as the sub-protocols `light-tts` and `bearer.KEY`.',
        },
      },
    },
  }
}

/** By name, in the order of a dialogue. */
export function messagesOf(voice: string | undefined): Readonly<Record<string, AsyncMessage>> {
  const init =
    voice === undefined ? { prompt_text: 'What the recording says.' } : { voice, response_format: 'pcm' }
  return {
    init: {
      title: 'The first message',
      summary: 'The voice, and how audio comes; a text frame.',
      contentType: 'application/json',
      payload: schemaOf(wsInitSchema),
      examples: [{ name: 'a voice', payload: init }],
    },
    recording: {
      title: 'The recording',
      summary: 'A binary frame, after a first message without a voice.',
      contentType: 'application/octet-stream',
      payload: { type: 'string', format: 'binary' },
    },
    command: {
      title: 'Text, and what to do with it',
      summary: 'As often as wanted; pieces may be cut anywhere.',
      contentType: 'application/json',
      payload: schemaOf(wsCommandSchema),
      examples: [
        { name: 'more text', payload: { tts_text: 'Seven trains ' } },
        { name: 'drop what is not spoken', payload: { cancel: true } },
        { name: 'the last text', payload: { tts_text: 'Seven trains leave before noon.', finish: true } },
      ],
    },
    audio: {
      title: 'Audio',
      summary:
        'Binary frames of 16-bit little-endian PCM at 16 kHz, unless the first message asks otherwise.',
      contentType: 'application/octet-stream',
      payload: { type: 'string', format: 'binary' },
    },
    event: {
      title: 'An event',
      summary: 'Text frames, where the first message asked for events, contexts or timestamps.',
      contentType: 'application/json',
      payload: schemaOf(eventSchema),
      examples: [
        {
          name: 'a word',
          payload: { event: 'word', utterance: 1, text: 'Seven', start: 0.24, end: 0.61, from: 0, to: 5 },
        },
        { name: 'an end', payload: { event: 'done', utterance: 1 } },
      ],
    },
    failure: {
      title: 'A failure',
      summary: 'The last text frame before a close; with a context_id it ends that context only.',
      contentType: 'application/json',
      payload: schemaOf(failureSchema),
    },
  }
}

/** A schema that has a name is a reference to itself: here its fields are wanted. */
function schemaOf(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const options = { io: 'input', target: 'draft-7', unrepresentable: 'any' } as const
  const { $schema: _, $ref: name, definitions = {}, ...own } = z.toJSONSchema(schema, options)
  const [whole = own] = Object.values(definitions as Record<string, Record<string, unknown>>)
  const { $id: __, ...fields } = name === undefined ? own : whole
  return fields
}
