/** What the form asks for, and the messages that say it to the server. */

const MAX_SEED = 2 ** 32

/**
 * The form as it stands: `{ text, model, voice | recording + transcript, way, format, rate, speed, seed, instruction }`.
 * The seed is drawn here where none is given, so that a take can be made again.
 */
export function readRequest(at, voice, own, takesInstruction) {
  const instruction = takesInstruction ? at('instruction').value.trim() : ''
  const seed = at('seed').value
  return {
    text: at('text').value,
    model: at('model').value,
    ...(voice === undefined ? own : { voice }),
    way: at('way').value,
    format: at('format').value,
    rate: Number(at('rate').value),
    speed: Number(at('speed').value),
    seed: seed === '' ? undefined : Number(seed),
    instruction: instruction === '' ? undefined : instruction,
  }
}

/** With a seed, so that what is made can be made again. */
export function withSeed(request) {
  if (request.seed !== undefined) return request
  return { ...request, seed: crypto.getRandomValues(new Uint32Array(1))[0] % MAX_SEED }
}

/** The fields of a request that every way has, those with their usual value left out. */
export function speechFieldsOf({ text, model, voice, speed, seed, instruction }, { format, rate }) {
  return {
    input: text,
    model,
    ...(voice === undefined ? {} : { voice }),
    response_format: format,
    ...(rate === 24000 ? {} : { sample_rate: rate }),
    ...(speed === 1 ? {} : { speed }),
    ...(seed === undefined ? {} : { seed }),
    ...(instruction === undefined ? {} : { instructions: instruction }),
  }
}

/** Of `POST /v1/audio/speech`. */
export async function speechBodyOf(request, output) {
  const { recording, transcript, way } = request
  const body = { ...speechFieldsOf(request, output), stream: way !== 'whole' }
  if (recording === undefined) return body
  return {
    ...body,
    ref_audio: await base64Of(recording),
    ...(transcript === '' ? {} : { ref_text: transcript }),
  }
}

/** The first message of the WebSocket. */
export function liveInitOf({ model, voice, transcript, speed, seed, instruction }, { format, rate }) {
  return {
    tts_model_name: model,
    ...(voice === undefined ? promptFieldsOf(transcript) : { voice }),
    response_format: format,
    sample_rate: rate,
    ...(speed === 1 ? {} : { speed }),
    ...(seed === undefined ? {} : { seed }),
    ...(instruction === undefined ? {} : { instruct: instruction }),
  }
}

/** What a recording says; without its words only its sound is used. */
export const promptFieldsOf = (transcript) => ({
  prompt_text: transcript,
  ...(transcript === '' ? { prompt_mode: 'style' } : {}),
})

function base64Of(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1))
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(blob)
  })
}
