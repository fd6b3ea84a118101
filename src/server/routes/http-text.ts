/** `/v1/text/normalize` and `/v1/dictionaries`: what will be said of a text, and how words are said. */
import { dictionaryBodySchema, normalizeBodySchema, textOptionsOf } from '../../api/speech-params.ts'
import { checkText, parseJson, parseValues } from '../../api/validate.ts'
import type { LentPlace } from '../limits/coming-places.ts'
import { textTurn } from '../limits/text-turns.ts'
import { refuseEncoded } from '../requests/multipart-form.ts'
import { receiveText } from '../requests/request-body.ts'
import type { Call, Route } from '../requests/router.ts'
import { assertModel, type ServerContext } from '../requests/server-context.ts'
import { admitComing } from '../requests/synthesis.ts'
import { storedVoiceOf } from '../requests/voice-names.ts'
import { sendJson } from '../transport/respond.ts'

/** Bytes of a JSON body: of a text with its words, and of a whole dictionary. */
const MAX_TEXT_BYTES = 256 * 1024
const MAX_DICTIONARY_BYTES = 1024 * 1024

export function textRoutes(context: ServerContext): Route[] {
  return [
    {
      method: 'POST',
      pattern: '/v1/text/normalize',
      policy: 'key',
      handle: (call) => counted(context, call, (place) => normalize(context, call, place)),
    },
    {
      method: 'GET',
      pattern: '/v1/dictionaries',
      policy: 'key',
      handle: ({ exchange, owner }) => sendJson(exchange, 200, context.synthesizer.dictionaries(owner)),
    },
    {
      method: 'PUT',
      pattern: '/v1/dictionaries',
      policy: 'voices',
      handle: (call) => counted(context, call, (place) => putDictionary(context, call, place)),
    },
  ]
}

/** Both cost more than an answer from memory. */
async function counted(
  context: ServerContext,
  call: Call,
  work: (place: LentPlace) => Promise<void>,
): Promise<void> {
  const place = await admitComing(context, call)
  try {
    await work(place)
  } finally {
    place.release()
  }
}

async function normalize(context: ServerContext, { exchange, owner }: Call, place: LentPlace): Promise<void> {
  const json = await receiveJson(context, exchange, MAX_TEXT_BYTES, place)
  const body = parseValues(normalizeBodySchema, json)
  checkText('input', body.input, context.config.limits.max_input_length)
  const { model } = body
  if (model !== undefined) assertModel(context, model)
  const said = { language: body.language, text: body.input, model }
  const voice =
    body.voice === undefined ? undefined : { id: storedVoiceOf(context, body.voice, owner, said), owner }
  await textTurn()
  sendJson(exchange, 200, context.synthesizer.normalizeText(body.input, textOptionsOf(body), voice, model))
}

async function putDictionary(
  context: ServerContext,
  { exchange, owner }: Call,
  place: LentPlace,
): Promise<void> {
  const json = await receiveJson(context, exchange, MAX_DICTIONARY_BYTES, place)
  const { voice: name, dictionary } = parseValues(dictionaryBodySchema, json)
  const voice = name === undefined ? undefined : storedVoiceOf(context, name, owner)
  sendJson(exchange, 200, await context.synthesizer.putDictionary(dictionary, voice, owner))
}

async function receiveJson(
  { config }: ServerContext,
  exchange: Call['exchange'],
  maxBytes: number,
  place: LentPlace,
): Promise<unknown> {
  refuseEncoded(exchange)
  const { bodyStallMs: stallMs, minUploadBytesPerSecond: minBytesPerSecond } = config.server
  const { lost } = place
  const text = await receiveText(exchange, { maxBytes, stallMs, minBytesPerSecond, lost })
  place.keep()
  return parseJson(text)
}
