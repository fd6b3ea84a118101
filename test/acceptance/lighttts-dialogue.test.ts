/** `--compat lighttts`: the dialogue of LightTTS's own clients, in our words: raw 16-bit PCM at 24 kHz, no header. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { WebSocket } from 'ws'
import { type ChildServer, startChild } from '../helpers/child-server.ts'
import { goldenDir } from '../helpers/paths.ts'

const PROMPT_TEXT = 'The golden prompt is a short sentence.'

let server: ChildServer
let cacheDir: string
let recording: Buffer
before(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'light-tts-compat-'))
  server = await startChild('serve.js', { cacheDir, args: ['--compat', 'lighttts'] })
  recording = await readFile(join(goldenDir, 'inputs/prompt_24k.wav'))
})
after(async () => {
  server.process.kill('SIGTERM')
  assert.equal(await server.ended, 0)
  await rm(cacheDir, { recursive: true })
})

async function ask(fields: Record<string, string>): Promise<Response> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('prompt_wav', new Blob([new Uint8Array(recording)]), 'prompt.wav')
  return fetch(`${server.url}/inference_zero_shot`, { method: 'POST', body: form })
}

function assertPcm(bytes: Buffer): void {
  assert.notEqual(bytes.toString('latin1', 0, 4), 'RIFF')
  assert.equal(bytes.length % 960, 0, 'whole frames of 20 ms at 24 kHz')
  assert(bytes.length > 9600)
}

for (const stream of ['true', 'false']) {
  it(`HTTP with stream=${stream}, also with a field that only LightTTS knows`, async () => {
    const answer = await ask({
      tts_text: 'Good morning, everybody.',
      prompt_text: PROMPT_TEXT,
      stream,
      tts_model_name: 'default',
      need_return_speech_token: 'false',
    })
    assert.equal(answer.status, 200)
    assertPcm(Buffer.from(await answer.arrayBuffer()))
  })
}

it('WebSocket: parameters, recording, text piece by piece, audio until the close', async () => {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/inference_zero_shot_bistream`)
  const pieces: Buffer[] = []
  socket.on('open', () => {
    socket.send(JSON.stringify({ prompt_text: PROMPT_TEXT, tts_model_name: 'default' }))
    socket.send(recording)
    for (const [i, text] of ['Good morning, ', 'every', 'body.'].entries())
      socket.send(JSON.stringify({ tts_text: text, finish: i === 2 }))
  })
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    assert(isBinary, data.toString())
    pieces.push(data)
  })
  const code = await new Promise((resolve) => socket.on('close', resolve))
  assert.equal(code, 1000)
  assertPcm(Buffer.concat(pieces))
})
