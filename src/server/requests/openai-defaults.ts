/** What routes in the shape of OpenAI's API take where a request does not say. */
import type { SpeechBody } from '../../api/speech-params.ts'
import { checkOutputRate, formatFacts } from '../../audio/encoders/audio-encoder.ts'
import { TtsError } from '../../core/errors.ts'
import { sseEnvelope } from './audio-response.ts'
import { assertModel, type ServerContext } from './server-context.ts'
import type { SynthesisRequest } from './synthesis.ts'

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

/** How the answer leaves. Throws where the format does not take the rate. */
export function answerOf({
  response_format: format,
  sample_rate: sampleRate = DEFAULT_RATE,
  stream,
  stream_format: wrapping,
}: Pick<SpeechBody, 'response_format' | 'sample_rate' | 'stream' | 'stream_format'>): Pick<
  SynthesisRequest,
  'output' | 'stream' | 'contentType' | 'envelope'
> {
  checkOutputRate(format, sampleRate)
  const isSse = wrapping === 'sse'
  return {
    output: { format, sampleRate },
    // The header of a WAV that is streamed cannot say how long it will be.
    stream: stream ?? (wrapping !== undefined || format !== 'wav'),
    contentType: isSse ? 'text/event-stream' : formatFacts(format, sampleRate).contentType,
    ...(isSse ? { envelope: sseEnvelope } : {}),
  }
}
