/** The ways to ask the server for speech. Each calls `onBytes` as audio comes, and resolves at its end with what it noted. */
import { liveInitOf, speechBodyOf } from './request.js'
import { openSocket, postJson, Refusal } from './server.js'

const WORDS_MS = 60

/** `output`: `{ format, rate }`. Resolves with `{ prompt, text }`: codes of warnings of the recording, lines about the text. */
export async function speakOverHttp(request, output, onBytes, signal) {
  const answer = await postJson('v1/audio/speech', await speechBodyOf(request, output), { signal })
  const listed = (name, mark) => (answer.headers.get(name) ?? '').split(mark).filter((one) => one !== '')
  for (const reader = answer.body.getReader(); ; ) {
    const { value, done } = await reader.read()
    if (done) break
    onBytes(value)
  }
  return { prompt: listed('X-Prompt-Warning', ', '), text: listed('X-Text-Warning', '; ') }
}

/** Sends the text a few words at a time, as an LLM would write it. `protocol`: see `server.js`. */
export function speakLive(request, output, onBytes, signal, protocol) {
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
      socket.send(JSON.stringify({ ...liveInitOf(request, output), events: true }))
      if (request.recording) socket.send(request.recording)
      void sendWords(socket, request.text)
    }
    socket.onmessage = ({ data }) => {
      if (typeof data !== 'string') onBytes(new Uint8Array(data))
      else {
        const message = JSON.parse(data)
        if (message.error_code) failure = message
        if (message.warnings) warnings = message.warnings
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
