/** The ways to ask the server for speech. Each tells `to` of what comes, and resolves at its end with what the server noted. */
import { liveInitOf, speechBodyOf } from './request.js'
import { openSocket, postJson, Refusal } from './server.js'

const WORDS_MS = 60

/**
 * `output`: `{ format, rate }`. `to`: `{ onBytes(bytes), onWord(word) }`; without `onWord` the audio comes as it is. Resolves
 * with `{ prompt, text }`: codes of warnings of the recording, lines about the text.
 */
export async function speakOverHttp(request, output, to, signal) {
  const timed = to.onWord === undefined ? {} : { stream_format: 'sse', timestamps: 'word' }
  const body = { ...(await speechBodyOf(request, output)), ...timed }
  const answer = await postJson('v1/audio/speech', body, { signal })
  const listed = (name, mark) => (answer.headers.get(name) ?? '').split(mark).filter((one) => one !== '')
  if (to.onWord === undefined) await readAll(answer.body, to.onBytes)
  else await readEvents(answer.body, to)
  return { prompt: listed('X-Prompt-Warning', ', '), text: listed('X-Text-Warning', '; ') }
}

async function readAll(body, onPiece) {
  for (const reader = body.getReader(); ; ) {
    const { value, done } = await reader.read()
    if (done) return
    onPiece(value)
  }
}

/** Server-sent events: base64 audio, and words before the audio in which they begin. */
async function readEvents(body, { onBytes, onWord }) {
  let rest = ''
  await readAll(body.pipeThrough(new TextDecoderStream()), (text) => {
    const events = (rest + text).split('\n\n')
    rest = events.pop()
    for (const event of events) {
      const { type, audio, ...word } = JSON.parse(event.replace(/^data: /, ''))
      if (type === 'speech.audio.delta') onBytes(Uint8Array.from(atob(audio), (one) => one.charCodeAt(0)))
      if (type === 'speech.word') onWord(word)
    }
  })
}

/** Sends the text a few words at a time, as an LLM would write it. `protocol`: see `server.js`. */
export function speakLive(request, output, { onBytes, onWord }, signal, protocol) {
  const socket = openSocket('inference_zero_shot_bistream', protocol)
  socket.binaryType = 'arraybuffer'
  return new Promise((resolve, reject) => {
    let failure
    let warnings = []
    signal.addEventListener('abort', () => {
      socket.close(1000)
      reject(signal.reason)
    })
    socket.onopen = () => {
      const timed = onWord === undefined ? {} : { timestamps: 'word' }
      socket.send(JSON.stringify({ ...liveInitOf(request, output), ...timed, events: true }))
      if (request.recording) socket.send(request.recording)
      void sendWords(socket, request.text)
    }
    socket.onmessage = ({ data }) => {
      if (typeof data !== 'string') onBytes(new Uint8Array(data))
      else {
        const message = JSON.parse(data)
        if (message.error_code) failure = message
        if (message.warnings) warnings = message.warnings
        if (message.event === 'word') onWord(message)
      }
    }
    socket.onclose = ({ code, reason }) => {
      if (code === 1000 && !failure) resolve({ prompt: warnings, text: [] })
      else if (failure) reject(new Refusal(failure.error_code === 'RATE_LIMITED' ? 429 : 0, failure))
      else reject(new Error(reason || `the socket closed with ${code}`))
    }
  })
}

async function sendWords(socket, text) {
  const pieces = text.match(/\s*\S{1,12}(?:\s+\S+)?/g) ?? [text]
  for (const [i, piece] of pieces.entries()) {
    if (socket.readyState !== WebSocket.OPEN) return
    socket.send(JSON.stringify({ tts_text: piece, finish: i === pieces.length - 1 }))
    await new Promise((resolve) => setTimeout(resolve, WORDS_MS))
  }
}
