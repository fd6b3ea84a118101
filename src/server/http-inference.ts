/**
 * `POST /inference_zero_shot` and `/query_tts_model`: the API document's own routes.
 *
 * Knows: their fields and what they mean together. Does not know: how speech is made or sent.
 */

import { textTooLong } from '../api/error-body.ts'
import { textOptionsOf, type ZeroShotParams, zeroShotSchema } from '../api/speech-params.ts'
import { checkEncoding, checkText, countCharacters, missingParameter } from '../api/validate.ts'
import { checkOutputRate } from '../audio/encoders/audio-encoder.ts'
import type { Config } from '../config/schema.ts'
import { TtsError } from '../core/errors.ts'
import type { PromptMode, VoiceRequest } from '../core/speech-port.ts'
import type { OutputFormat } from './audio-output.ts'
import { rateKey } from './client-address.ts'
import { type Form, readForm, receiveForm } from './multipart-form.ts'
import { sendJson } from './respond.ts'
import type { Call, Route } from './router.ts'
import { assertModel, type ServerContext } from './server-context.ts'
import { handleSynthesis, type SynthesisRequest } from './synthesis.ts'

export function inferenceRoutes(context: ServerContext): Route[] {
  const listModels = ({ exchange }: Call) =>
    sendJson(exchange, 200, { tts_models: context.synthesizer.models })
  return [
    {
      method: 'POST',
      pattern: '/inference_zero_shot',
      policy: 'key',
      handle: (call) => handleSynthesis(context, call, () => readZeroShot(context, call)),
    },
    { method: 'GET', pattern: '/query_tts_model', policy: 'key', handle: listModels },
    { method: 'POST', pattern: '/query_tts_model', policy: 'key', handle: listModels },
  ]
}

async function readZeroShot(
  context: ServerContext,
  call: Call,
): Promise<{ request: SynthesisRequest; release(): void }> {
  const form = await receiveForm(
    call.exchange,
    formLimits(context.config),
    context.ledger.openUpload(rateKey(call.client)),
  )
  try {
    const isCompat = context.config.server.compat === 'lighttts'
    const params = readForm(zeroShotSchema, form, { ignoreUnknown: isCompat })
    checkText('tts_text', params.tts_text, context.config.limits.max_text_length)
    assertModel(context, params.tts_model_name)
    const request: SynthesisRequest = {
      text: params.tts_text,
      textOptions: textOptionsOf(params),
      voice: voiceOf(params, form, context.config, call.owner),
      model: params.tts_model_name,
      speed: params.speed,
      seed: params.seed,
      stream: params.stream,
      output: outputOf(params, context.config),
      contentType: 'application/octet-stream',
    }
    return { request, release: form.release }
  } catch (error) {
    form.release()
    throw error
  }
}

/** What the configuration allows an uploaded form. */
export function formLimits({ limits, server }: Config) {
  return {
    maxFileBytes: limits.max_file_size,
    stallMs: server.bodyStallMs,
    minBytesPerSecond: server.minUploadBytesPerSecond,
  }
}

/** Format and rate of an answer; where the request does not say, the document's or LightTTS's. Throws INVALID_PARAMETER. */
export function outputOf(
  params: Pick<ZeroShotParams, 'response_format' | 'sample_rate'>,
  config: Config,
): OutputFormat {
  const isCompat = config.server.compat === 'lighttts'
  const format = params.response_format ?? (isCompat ? 'pcm' : 'wav')
  const sampleRate = params.sample_rate ?? (isCompat ? 24_000 : 16_000)
  checkOutputRate(format, sampleRate)
  return { format, sampleRate }
}

/** LightTTS reads `prompt_text` as the recording's transcript, always. */
export function promptModeOf(asked: PromptMode | undefined, config: Config): PromptMode {
  return asked ?? (config.server.compat === 'lighttts' ? 'transcript' : 'auto')
}

/** The only file a synthesis form may hold. Throws INVALID_REQUEST for any other, MISSING_PARAMETER for none. */
export function requirePromptFile(form: Form): Uint8Array {
  for (const name of form.files.keys()) {
    if (name !== 'prompt_wav') {
      throw new TtsError(
        'INVALID_REQUEST',
        'Unknown file',
        'expected no file but prompt_wav, got another field as a file',
      )
    }
  }
  const file = form.files.get('prompt_wav')
  if (file === undefined) throw missingParameter(['prompt_wav'])
  return file
}

/** Throws TEXT_TOO_LONG for a prompt text that no recording could hold, INVALID_REQUEST for one that was not UTF-8. */
export function checkPromptText(text: string, config: Config): void {
  checkEncoding('prompt_text', text)
  const max = config.limits.max_text_length
  if (countCharacters(text) > max) throw textTooLong(max)
}

function voiceOf(
  params: ZeroShotParams,
  form: Form,
  config: Config,
  owner: string | undefined,
): VoiceRequest {
  if (params.voice !== undefined) {
    if (form.files.size > 0) {
      throw new TtsError('INVALID_REQUEST', 'Two voices', 'expected voice or prompt_wav, got both')
    }
    return { kind: 'stored', id: params.voice, owner }
  }
  const missing: string[] = []
  if (params.prompt_text === undefined) missing.push('prompt_text')
  if (!form.files.has('prompt_wav')) missing.push('prompt_wav')
  if (params.prompt_text === undefined || missing.length > 0) throw missingParameter(missing)
  checkPromptText(params.prompt_text, config)
  return {
    kind: 'recording',
    owner,
    audio: requirePromptFile(form),
    promptText: params.prompt_text,
    promptMode: promptModeOf(params.prompt_mode, config),
  }
}
