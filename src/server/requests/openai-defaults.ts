/** What routes in the shape of OpenAI's API take where a request does not say. */
import type { SpeechBody } from '../../api/speech-params.ts'
import { checkOutput, formatFacts } from '../../audio/encoders/audio-encoder.ts'
import { TtsError } from '../../core/errors.ts'
import { sseEnvelope } from './audio-response.ts'
import { assertModel, type ServerContext } from './server-context.ts'
import type { SynthesisRequest } from './synthesis.ts'
import { TIMED_TYPES, timedRequestOf } from './timed-answer.ts'

/** What OpenAI's service answers in. */
const DEFAULT_RATE = 24_000

/** Clients send names of OpenAI's own models; with one model there is no doubt which is meant. Throws MODEL_NOT_FOUND. */
export function modelOf(context: ServerContext, asked: string): string {
  const { synthesizer, config } = context
  const isOther = asked !== 'default' && !synthesizer.models.includes(asked)
  const model = isOther && synthesizer.models.length === 1 && !config.openai.strictModel ? 'default' : asked
  assertModel(context, model)
  return model
}

/** Of the model's voices. Throws VOICE_NOT_FOUND where none is stored. */
export function firstVoice({ synthesizer }: ServerContext, owner: string | undefined, model: string): string {
  const [first] = synthesizer.listVoices(owner, model)
  if (first !== undefined) return first.id
  throw new TtsError(
    'VOICE_NOT_FOUND',
    'Voice not found',
    'expected a stored voice, got none; see POST /v1/voices',
  )
}

type Answer = Pick<
  SynthesisRequest,
  'output' | 'stream' | 'contentType' | 'envelope' | 'timestamps' | 'timed'
>

/** How the answer leaves. Throws where the format does not take the rate. */
export function answerOf(
  fields: Pick<SpeechBody, 'response_format' | 'sample_rate' | 'stream' | 'stream_format'> & {
    readonly timestamps?: SpeechBody['timestamps']
  },
): Answer {
  const { stream, stream_format: wrapping, sample_rate: sampleRate = DEFAULT_RATE } = fields
  const { format, timestamps, timed } = timedRequestOf(fields, 'mp3')
  checkOutput(format, sampleRate)
  const output = { format, sampleRate }
  if (timed !== undefined)
    return { output, timestamps, timed, stream: false, contentType: TIMED_TYPES[timed.format] }
  const isSse = wrapping === 'sse'
  return {
    output,
    timestamps,
    // The header of a WAV that is streamed cannot say how long it will be.
    stream: stream ?? (wrapping !== undefined || format !== 'wav'),
    contentType: isSse ? 'text/event-stream' : formatFacts(format, sampleRate).contentType,
    ...(isSse ? { envelope: sseEnvelope } : {}),
  }
}
