/** `POST /inference_zero_shot` and `/query_tts_model`: the API document's own routes. */

import { textOptionsOf, type ZeroShotParams, zeroShotSchema } from '../../api/speech-params.ts'
import { booleanOf, checkText, missingParameter } from '../../api/validate.ts'
import { TtsError } from '../../core/errors.ts'
import type { VoiceRequest } from '../../core/speech-port.ts'
import { sseEnvelope } from '../requests/audio-response.ts'
import { rateKey } from '../requests/client-address.ts'
import { type Form, readForm, receiveForm } from '../requests/multipart-form.ts'
import {
  checkPromptText,
  formLimits,
  needsPromptText,
  outputOf,
  promptModeOf,
  requirePromptFile,
  styleOf,
  usualFormat,
} from '../requests/prompt-form.ts'
import type { Call, Route } from '../requests/router.ts'
import { assertModel, type ServerContext } from '../requests/server-context.ts'
import { assertRoom, handleSynthesis, type SynthesisRequest } from '../requests/synthesis.ts'
import { TIMED_TYPES, timedRequestOf } from '../requests/timed-answer.ts'
import { storedVoiceOf } from '../requests/voice-names.ts'
import { sendJson } from '../transport/respond.ts'

const BYTES = 'application/octet-stream'

export function inferenceRoutes(context: ServerContext): Route[] {
  const listModels = ({ exchange }: Call) =>
    sendJson(exchange, 200, { tts_models: context.synthesizer.models })
  return [
    {
      method: 'POST',
      pattern: '/inference_zero_shot',
      policy: 'speak',
      handle: (call) => handleSynthesis(context, call, (lost) => readZeroShot(context, call, lost)),
    },
    { method: 'GET', pattern: '/query_tts_model', policy: 'key', handle: listModels },
    { method: 'POST', pattern: '/query_tts_model', policy: 'key', handle: listModels },
  ]
}

async function readZeroShot(
  context: ServerContext,
  call: Call,
  lost: AbortSignal,
): Promise<{ request: SynthesisRequest; release(): void }> {
  const beforeFile = (fields: ReadonlyMap<string, string>) => assertStreamRoom(context, call, fields)
  const form = await receiveForm(
    call.exchange,
    { ...formLimits(context.config, lost), beforeFile },
    context.ledger.openUpload(rateKey(call.client)),
  )
  try {
    const isCompat = context.config.server.compat === 'lighttts'
    const params = readForm(zeroShotSchema, form, { ignoreUnknown: isCompat })
    checkText('tts_text', params.tts_text, context.config.limits.max_text_length)
    assertModel(context, params.tts_model_name)
    const style = styleOf(context, params.tts_model_name, params)
    const { format, timestamps, timed } = timedRequestOf(params, usualFormat(context.config))
    const isSse = params.stream_format === 'sse'
    const request: SynthesisRequest = {
      text: params.tts_text,
      style,
      textOptions: textOptionsOf(params),
      voice: voiceOf(context, params, form, call.owner),
      model: params.tts_model_name,
      speed: params.speed,
      seed: params.seed,
      stream: params.stream && timed === undefined,
      output: outputOf({ ...params, response_format: format }, context.config),
      timestamps,
      timed,
      contentType: timed !== undefined ? TIMED_TYPES[timed.format] : isSse ? 'text/event-stream' : BYTES,
      ...(isSse ? { envelope: sseEnvelope } : {}),
    }
    return { request, release: form.release }
  } catch (error) {
    form.release()
    throw error
  }
}

/** A full server takes no recording over for a stream, where the fields before it tell that it is one. */
function assertStreamRoom(context: ServerContext, call: Call, fields: ReadonlyMap<string, string>): void {
  const text = fields.get('tts_text')
  const model = fields.get('tts_model_name') ?? 'default'
  if (text === undefined || booleanOf(fields.get('stream') ?? '') !== true) return
  assertModel(context, model)
  assertRoom(context, call, { text, model, stream: true })
}

function voiceOf(
  context: ServerContext,
  params: ZeroShotParams,
  form: Form,
  owner: string | undefined,
): VoiceRequest {
  if (params.voice !== undefined) {
    if (form.files.size > 0) {
      throw new TtsError('INVALID_REQUEST', 'Two voices', 'expected voice or prompt_wav, got both')
    }
    const said = { language: params.language, text: params.tts_text, model: params.tts_model_name }
    return { kind: 'stored', id: storedVoiceOf(context, params.voice, owner, said), owner }
  }
  const missing: string[] = []
  if (params.prompt_text === undefined && needsPromptText(params.mode)) missing.push('prompt_text')
  if (!form.files.has('prompt_wav')) missing.push('prompt_wav')
  if (missing.length > 0) throw missingParameter(missing)
  const { prompt_text: promptText = '', prompt_mode: promptMode, mode } = params
  checkPromptText(promptText, context.config)
  return {
    kind: 'recording',
    owner,
    audio: requirePromptFile(form),
    promptText,
    promptMode: promptModeOf(promptMode, context.config, mode),
  }
}
