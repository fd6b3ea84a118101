/**
 * `/v1/audio/*` and `/v1/models` in the shape that OpenAI's clients and those of Open WebUI and vLLM-Omni expect.
 */
import { type SpeechBody, speechBodySchema, textOptionsOf } from '../../api/speech-params.ts'
import { checkText, missingParameter, parseValues } from '../../api/validate.ts'
import { countCharacters } from '../../core/characters.ts'
import type { StoredVoice, VoiceRequest } from '../../core/speech-port.ts'
import type { ModelAbilities } from '../../core/speech-style.ts'
import { rateKey } from '../requests/client-address.ts'
import { maxFieldBytes, receiveFields } from '../requests/field-body.ts'
import { refuseEncoded } from '../requests/multipart-form.ts'
import { answerOf, firstVoice, modelOf } from '../requests/openai-defaults.ts'
import { checkPromptText, formLimits, promptModeOf, styleOf } from '../requests/prompt-form.ts'
import type { Call, Route } from '../requests/router.ts'
import { assertModel, type ServerContext } from '../requests/server-context.ts'
import { handleSynthesis, type SynthesisRequest } from '../requests/synthesis.ts'
import { storedVoiceOf, voiceAliases } from '../requests/voice-names.ts'
import { sendJson } from '../transport/respond.ts'

/** The recording of a voice, in a field as vLLM-Omni names it. */
const RECORDING = 'ref_audio'

export function openAiRoutes(context: ServerContext): Route[] {
  const { synthesizer } = context
  const created = Math.floor(performance.timeOrigin / 1000)
  const modelBody = (id: string) => ({
    ...{ id, object: 'model', created, owned_by: 'light-tts' },
    ...abilitiesBody(synthesizer.abilities(id)),
  })
  const models = () => synthesizer.models.map(modelBody)
  const get = (pattern: string, body: (call: Call) => object): Route => ({
    method: 'GET',
    pattern,
    policy: 'key',
    handle: (call) => sendJson(call.exchange, 200, body(call)),
  })
  return [
    {
      method: 'POST',
      pattern: '/v1/audio/speech',
      policy: 'speak',
      handle: (call) => handleSynthesis(context, call, (lost) => readSpeech(context, call, lost)),
    },
    get('/v1/models', () => ({ object: 'list', data: models() })),
    get('/v1/models/:id', ({ params }) => {
      assertModel(context, params.id!)
      return modelBody(params.id === 'default' ? synthesizer.models[0]! : params.id!)
    }),
    get('/v1/audio/models', () => ({
      models: synthesizer.models.map((id) => ({ id, name: id })),
      object: 'list',
      data: models(),
    })),
    get('/v1/audio/voices', ({ owner }) => ({ voices: listVoices(context, owner) })),
  ]
}

/** Nothing while the model loads. */
function abilitiesBody(abilities: ModelAbilities | undefined): object {
  if (abilities === undefined) return {}
  const { family, instructions, modes, marks, languages } = abilities
  return { family, instructions, modes: ['auto', ...modes], marks, languages, voice_conversion: true }
}

/** What a picker of voices shows: stored ones, then the aliases that lead to one. */
function listVoices(context: ServerContext, owner: string | undefined): object[] {
  const entry = (id: string, voice: StoredVoice) => ({
    id,
    name: id,
    language: voice.language ?? null,
    gender: voice.gender ?? null,
    description: voice.description ?? null,
  })
  return [
    ...context.synthesizer.listVoices(owner).map((voice) => entry(voice.id, voice)),
    ...voiceAliases(context, owner).map(({ alias, voice }) => ({
      ...entry(alias, voice),
      alias_of: voice.id,
    })),
  ]
}

async function readSpeech(
  context: ServerContext,
  call: Call,
  lost: AbortSignal,
): Promise<{ request: SynthesisRequest; release(): void }> {
  refuseEncoded(call.exchange)
  const limits = formLimits(context.config, lost)
  const upload = context.ledger.openUpload(rateKey(call.client))
  try {
    const { values, files } = await receiveFields(
      call.exchange,
      'application/json',
      { ...limits, maxBytes: maxFieldBytes(limits.maxFileBytes), fileFields: [RECORDING] },
      upload.take,
    )
    const body = parseValues(speechBodySchema, values, { mayBeText: true })
    const request = speechRequest(context, body, voiceOf(context, call, body, files.get(RECORDING)))
    return { request, release: upload.release }
  } catch (error) {
    upload.release()
    throw error
  }
}

function speechRequest(context: ServerContext, body: SpeechBody, voice: VoiceRequest): SynthesisRequest {
  const { max_input_length, max_text_length, max_speech_seconds } = context.config.limits
  checkText('input', body.input, max_input_length)
  const model = modelOf(context, body.model)
  const answer = answerOf(body)
  const characters = countCharacters(body.input)
  const style = styleOf(context, model, { instruct: body.instructions, mode: body.mode }, 'instructions')
  return {
    text: body.input,
    style,
    textOptions: textOptionsOf(body),
    voice,
    model,
    speed: body.speed,
    seed: body.seed,
    ...answer,
    limits: {
      characters,
      seconds: max_speech_seconds * Math.max(1, characters / max_text_length),
    },
  }
}

/** A recording goes before a name, which OpenAI's clients cannot leave out. */
function voiceOf(
  context: ServerContext,
  { owner }: Call,
  body: SpeechBody,
  recording: Uint8Array | undefined,
): VoiceRequest {
  if (recording === undefined) {
    if ((body.ref_text ?? '') !== '') throw missingParameter([RECORDING])
    const model = modelOf(context, body.model)
    const said = { language: body.language, text: body.input, model }
    const id = body.voice === undefined ? undefined : storedVoiceOf(context, body.voice, owner, said)
    return { kind: 'stored', id: id ?? firstVoice(context, owner, model), owner }
  }
  const promptText = body.ref_text ?? ''
  checkPromptText(promptText, context.config)
  // Without its words a recording shapes the sound only.
  const isSound = promptText.trim() === '' || body.x_vector_only_mode === true
  const promptMode = isSound ? 'style' : promptModeOf(body.prompt_mode, context.config, body.mode)
  return { kind: 'recording', owner, audio: recording, promptText, promptMode }
}
