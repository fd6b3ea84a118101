/** `POST /v1/audio/convert`: a recording's words in another voice. */
import { convertSchema } from '../../api/speech-params.ts'
import { missingParameter } from '../../api/validate.ts'
import { TtsError } from '../../core/errors.ts'
import type { VoiceRequest } from '../../core/speech-port.ts'
import { rateKey } from '../requests/client-address.ts'
import { type Form, readForm, receiveForm } from '../requests/multipart-form.ts'
import { answerOf, firstVoice, modelOf } from '../requests/openai-defaults.ts'
import { formLimits, refuseOtherFiles } from '../requests/prompt-form.ts'
import type { Call, Route } from '../requests/router.ts'
import type { ServerContext } from '../requests/server-context.ts'
import { handleSynthesis, type SynthesisRequest } from '../requests/synthesis.ts'
import { storedVoiceOf } from '../requests/voice-names.ts'

/** Names under which the recording is looked for. */
const SOURCES = ['source_wav', 'file', 'audio']
const VOICE_FILE = 'prompt_wav'

export function convertRoutes(context: ServerContext): Route[] {
  return [
    {
      method: 'POST',
      pattern: '/v1/audio/convert',
      policy: 'speak',
      handle: (call) => handleSynthesis(context, call, (lost) => readConversion(context, call, lost)),
    },
  ]
}

async function readConversion(
  context: ServerContext,
  call: Call,
  lost: AbortSignal,
): Promise<{ request: SynthesisRequest; release(): void }> {
  const limits = { ...formLimits(context.config, lost), fileFields: [...SOURCES, VOICE_FILE] }
  const form = await receiveForm(call.exchange, limits, context.ledger.openUpload(rateKey(call.client)))
  try {
    const params = readForm(convertSchema, form)
    refuseOtherFiles(form, limits.fileFields)
    const answer = answerOf(params)
    const model = modelOf(context, params.model)
    const request: SynthesisRequest = {
      text: '',
      textOptions: {},
      style: {},
      source: sourceOf(form),
      voice: voiceOf(context, form, { id: params.voice, owner: call.owner, model }),
      model,
      speed: params.speed,
      seed: params.seed,
      ...answer,
    }
    return { request, release: form.release }
  } catch (error) {
    form.release()
    throw error
  }
}

function sourceOf(form: Form): Uint8Array {
  const [source, ...others] = SOURCES.flatMap((name) => form.files.get(name) ?? [])
  if (source === undefined) throw missingParameter(['source_wav'])
  if (others.length === 0) return source
  throw new TtsError('INVALID_REQUEST', 'Two recordings', `expected one of ${SOURCES.join(', ')}, got two`)
}

/** The stored voice or the recording that is to be heard; the first stored voice where neither is there. */
function voiceOf(
  context: ServerContext,
  form: Form,
  {
    id,
    owner,
    model,
  }: { readonly id: string | undefined; readonly owner: string | undefined; readonly model: string },
): VoiceRequest {
  const audio = form.files.get(VOICE_FILE)
  if (audio === undefined) {
    const stored =
      id === undefined ? firstVoice(context, owner, model) : storedVoiceOf(context, id, owner, { model })
    return { kind: 'stored', id: stored, owner }
  }
  if (id !== undefined)
    throw new TtsError('INVALID_REQUEST', 'Two voices', 'expected voice or prompt_wav, got both')
  return { kind: 'recording', owner, audio, promptText: '', promptMode: 'style' }
}
