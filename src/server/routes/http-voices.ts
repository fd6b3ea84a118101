/** `/v1/voices`: list, add, delete. */
import { voiceFormSchema, voiceIdSchema } from '../../api/speech-params.ts'
import { parseValues } from '../../api/validate.ts'
import { TtsError } from '../../core/errors.ts'
import type { StoredVoice } from '../../core/speech-port.ts'
import { rateKey } from '../requests/client-address.ts'
import { readForm, receiveForm } from '../requests/multipart-form.ts'
import { checkPromptText, formLimits, promptModeOf, requirePromptFile } from '../requests/prompt-form.ts'
import type { Call, Route } from '../requests/router.ts'
import { assertModel, type ServerContext } from '../requests/server-context.ts'
import { admitComing, signalOf, workFor } from '../requests/synthesis.ts'
import { promptHeaders } from '../requests/warning-headers.ts'
import { sendJson } from '../transport/respond.ts'

export function voiceRoutes(context: ServerContext): Route[] {
  return [
    {
      method: 'GET',
      pattern: '/v1/voices',
      policy: 'key',
      handle: ({ exchange, owner }) =>
        sendJson(exchange, 200, { voices: voicesOf(context, modelIn(exchange.head.query), owner) }),
    },
    { method: 'POST', pattern: '/v1/voices', policy: 'voices', handle: (call) => addVoice(context, call) },
    {
      method: 'DELETE',
      pattern: '/v1/voices/:id',
      policy: 'voices',
      handle: async ({ exchange, params, owner }) => {
        const id = checkVoiceId(params.id ?? '')
        const model = modelIn(exchange.head.query)
        if (model !== undefined) assertModel(context, model)
        await context.synthesizer.deleteVoice(id, owner, model)
        sendJson(exchange, 200, { id, deleted: true })
      },
    },
  ]
}

async function addVoice(context: ServerContext, call: Call): Promise<void> {
  const { exchange, client, owner } = call
  const place = await admitComing(context, call)
  try {
    const form = await receiveForm(
      exchange,
      formLimits(context.config, place.lost),
      context.ledger.openUpload(rateKey(client)),
    )
    try {
      place.keep()
      const { id, prompt_text, prompt_mode, ...details } = readForm(voiceFormSchema, form)
      if (details.model !== undefined) assertModel(context, details.model)
      checkPromptText(prompt_text, context.config)
      const voice = await context.synthesizer.storeVoice(
        id,
        {
          kind: 'recording',
          audio: requirePromptFile(form),
          promptText: prompt_text,
          promptMode: promptModeOf(prompt_mode, context.config),
        },
        { ...details, owner },
        workFor(context, client, signalOf(exchange)),
      )
      const warnings = voice.warnings ?? []
      const name =
        details.model === undefined || details.model === 'default'
          ? context.synthesizer.models[0]!
          : details.model
      sendJson(exchange, 201, { ...voiceBody(voice, name), warnings }, promptHeaders(warnings))
    } finally {
      form.release()
    }
  } finally {
    place.release()
  }
}

/** An id that no voice can have is answered like one that no voice has. */
function checkVoiceId(id: string): string {
  try {
    return parseValues(voiceIdSchema, id)
  } catch {
    throw new TtsError('VOICE_NOT_FOUND', 'Voice not found', 'expected the id of a stored voice, got another')
  }
}

/** Of one model, or of each: the default one's first. Throws MODEL_NOT_FOUND. */
function voicesOf(context: ServerContext, model: string | undefined, owner: string | undefined): object[] {
  const { synthesizer } = context
  if (model !== undefined) assertModel(context, model)
  const names =
    model === undefined ? synthesizer.models : [model === 'default' ? synthesizer.models[0]! : model]
  return names.flatMap((name) => synthesizer.listVoices(owner, name).map((voice) => voiceBody(voice, name)))
}

/** `model` of a query; empty, it was left out. */
function modelIn(query: string): string | undefined {
  return new URLSearchParams(query).get('model') || undefined
}

function voiceBody(voice: StoredVoice, model: string): object {
  return {
    model,
    id: voice.id,
    language: voice.language ?? null,
    gender: voice.gender ?? null,
    description: voice.description ?? null,
    seconds: voice.seconds,
    transcript: voice.transcript,
    origin: voice.origin,
    prompt_mode: voice.mode ?? null,
    aliases: voice.aliases ?? [],
    shared: voice.shared ?? false,
  }
}
