/**
 * `POST /v1/audio/speech` and `GET /v1/models` in the shape that OpenAI's clients expect.
 *
 * Knows: that shape. Does not know: how speech is made or sent.
 */
import { speechBodySchema, textOptionsOf } from '../../api/speech-params.ts'
import { checkText, parseJson, parseValues } from '../../api/validate.ts'
import { checkOutputRate, formatFacts } from '../../audio/encoders/audio-encoder.ts'
import type { ModelAbilities } from '../../core/speech-style.ts'
import type { OutputFormat } from '../requests/audio-output.ts'
import { sseEnvelope } from '../requests/audio-response.ts'
import { refuseEncoded } from '../requests/multipart-form.ts'
import { DEFAULT_RATE, firstVoice, modelOf } from '../requests/openai-defaults.ts'
import { styleOf } from '../requests/prompt-form.ts'
import { receiveText } from '../requests/request-body.ts'
import type { Call, Route } from '../requests/router.ts'
import type { ServerContext } from '../requests/server-context.ts'
import { handleSynthesis, type SynthesisRequest } from '../requests/synthesis.ts'
import { sendJson } from '../transport/respond.ts'

/** Bytes of a JSON body; its text is limited more tightly. */
const MAX_BODY_BYTES = 256 * 1024

export function openAiRoutes(context: ServerContext): Route[] {
  const startedAt = Math.floor(performance.timeOrigin / 1000)
  return [
    {
      method: 'POST',
      pattern: '/v1/audio/speech',
      policy: 'speak',
      handle: (call) => handleSynthesis(context, call, () => readSpeech(context, call)),
    },
    {
      method: 'GET',
      pattern: '/v1/models',
      policy: 'key',
      handle: ({ exchange }) =>
        sendJson(exchange, 200, {
          object: 'list',
          data: context.synthesizer.models.map((id) => ({
            id,
            object: 'model',
            created: startedAt,
            owned_by: 'light-tts',
            ...abilitiesBody(context.synthesizer.abilities(id)),
          })),
        }),
    },
  ]
}

/** Nothing while the model loads. */
function abilitiesBody(abilities: ModelAbilities | undefined): object {
  if (abilities === undefined) return {}
  const { family, instructions, modes, marks, languages } = abilities
  return { family, instructions, modes: ['auto', ...modes], marks, languages, voice_conversion: true }
}

async function readSpeech(
  context: ServerContext,
  call: Call,
): Promise<{ request: SynthesisRequest; release(): void }> {
  refuseEncoded(call.exchange)
  const { server, limits } = context.config
  const text = await receiveText(call.exchange, {
    maxBytes: MAX_BODY_BYTES,
    stallMs: server.bodyStallMs,
    minBytesPerSecond: server.minUploadBytesPerSecond,
  })
  const body = parseValues(speechBodySchema, parseJson(text))
  checkText('input', body.input, limits.max_text_length)
  const model = modelOf(context, body.model)
  const output: OutputFormat = { format: body.response_format, sampleRate: body.sample_rate ?? DEFAULT_RATE }
  checkOutputRate(output.format, output.sampleRate)
  const style = styleOf(context, model, { instruct: body.instructions, mode: body.mode }, 'instructions')
  const isSse = body.stream_format === 'sse'
  const request: SynthesisRequest = {
    text: body.input,
    style,
    textOptions: textOptionsOf(body),
    voice: { kind: 'stored', id: body.voice ?? firstVoice(context, call.owner, model), owner: call.owner },
    model,
    speed: body.speed,
    seed: body.seed,
    // The header of a WAV that is streamed cannot say how long it will be.
    stream: body.stream_format !== undefined || output.format !== 'wav',
    output,
    contentType: isSse ? 'text/event-stream' : formatFacts(output.format, output.sampleRate).contentType,
    ...(isSse ? { envelope: sseEnvelope() } : {}),
  }
  return { request, release: () => {} }
}
