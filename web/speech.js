/** The three ways to ask the server for speech. Each calls `onPcm(bytes)` as audio comes and resolves at its end. */

/** What the server said of a failure, in one line. */
export async function failure(answer) {
  const body = await answer.json().catch(() => undefined)
  const text = body?.detail ? `${body.message}: ${body.detail}` : `${answer.status} ${answer.statusText}`
  const wait = answer.headers.get('Retry-After')
  return new Error(wait ? `${text} (try again in ${wait} s)` : text)
}

/** `request`: `{ text, voice | recording + transcript, speed, seed, rate, key, stream, signal }`. */
export async function speakOverHttp(request, onPcm) {
  const form = new FormData()
  form.append('tts_text', request.text)
  if (request.recording) {
    form.append('prompt_text', request.transcript)
    form.append('prompt_wav', request.recording, 'prompt.wav')
  } else form.append('voice', request.voice)
  form.append('stream', String(request.stream))
  form.append('response_format', 'pcm')
  form.append('sample_rate', String(request.rate))
  form.append('speed', String(request.speed))
  if (request.seed !== '') form.append('seed', request.seed)
  const answer = await fetch('/inference_zero_shot', {
    method: 'POST',
    body: form,
    headers: request.key ? { Authorization: `Bearer ${request.key}` } : {},
    signal: request.signal,
  })
  if (!answer.ok) throw await failure(answer)
  for (const reader = answer.body.getReader(); ; ) {
    const { value, done } = await reader.read()
    if (done) return
    onPcm(value)
  }
}

/** Sends the text a few words at a time, as an LLM would write it. */
export function speakLive(request, onPcm) {
  const address = new URL('/inference_zero_shot_bistream', location.href)
  address.protocol = address.protocol.replace('http', 'ws')
  const protocols = request.key ? ['light-tts', `bearer.${request.key}`] : []
  const socket = new WebSocket(address, protocols)
  socket.binaryType = 'arraybuffer'
  return new Promise((resolve, reject) => {
    let said
    request.signal.addEventListener('abort', () => {
      socket.close(1000)
      reject(request.signal.reason)
    })
    socket.onopen = () => {
      const { recording, transcript, voice, rate, speed, seed } = request
      const options = { tts_model_name: 'default', sample_rate: rate, speed: Number(speed) }
      if (seed !== '') options.seed = Number(seed)
      socket.send(JSON.stringify(recording ? { ...options, prompt_text: transcript } : { ...options, voice }))
      if (recording) socket.send(recording)
      void sendWords(socket, request.text)
    }
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') said = JSON.parse(data)
      else onPcm(new Uint8Array(data))
    }
    socket.onclose = ({ code, reason }) => {
      if (code === 1000) resolve()
      else
        reject(
          new Error(said ? `${said.message}: ${said.detail}` : reason || `the socket closed with ${code}`),
        )
    }
  })
}

async function sendWords(socket, text) {
  const pieces = text.match(/\s*\S{1,12}(?:\s+\S+)?/g) ?? [text]
  for (const [i, piece] of pieces.entries()) {
    if (socket.readyState !== WebSocket.OPEN) return
    socket.send(JSON.stringify({ tts_text: piece, finish: i === pieces.length - 1 }))
    await new Promise((resolve) => setTimeout(resolve, 60))
  }
}
