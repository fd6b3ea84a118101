/** What a service meets beside its work: sockets, voices stored and deleted, clients that leave, input that is none. */
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import WebSocket from 'ws'
import { seededRandom } from '../load/random.ts'

const PROMPTS = fileURLToPath(new URL('../../../demo/voice/prompts/', import.meta.url))
/** ms that one act may take. */
const LIMIT_MS = 60_000

/** How often each act was done. */
export type RudeWorkDone = Record<string, number>

type Act = (url: string, random: () => number) => Promise<void>

/** Does acts over `clients` at a time until `untilMs` (on `performance.now`); the same seed, the same acts. */
export async function rudeWork(
  url: string,
  options: { readonly clients: number; readonly untilMs: number; readonly seed: number },
): Promise<RudeWorkDone> {
  const done: RudeWorkDone = {}
  const client = async (number: number) => {
    const random = seededRandom(options.seed * 1000 + number)
    while (performance.now() < options.untilMs) {
      const act = ACTS[Math.floor(random() * ACTS.length)]!
      await act(url, random)
      done[act.name] = (done[act.name] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: options.clients }, (_, i) => client(i)))
  return done
}

const ACTS: readonly Act[] = [speakLive, leaveLive, storeAndDelete, leaveUpload, badForm, badJson, badBytes]

/** A socket whose text comes in pieces, heard to its end. */
async function speakLive(url: string, random: () => number): Promise<void> {
  const ws = await openSocket(url)
  ws.send(JSON.stringify({ voice: 'james' }))
  for (const word of 'The train is late again, and nobody on the platform knows why.'.split(' '))
    ws.send(JSON.stringify({ tts_text: `${word} ` }))
  ws.send(JSON.stringify({ tts_text: random() < 0.5 ? 'Well.' : '', finish: true }))
  await closed(ws)
}

/** A socket that is dropped in the middle. */
async function leaveLive(url: string, random: () => number): Promise<void> {
  const ws = await openSocket(url)
  ws.send(JSON.stringify({ voice: 'grace' }))
  ws.send(JSON.stringify({ tts_text: 'This sentence is never heard to its end, as its listener leaves.' }))
  setTimeout(() => ws.terminate(), random() * 1500)
  await closed(ws)
}

async function storeAndDelete(url: string, random: () => number): Promise<void> {
  const id = `soak-${Math.floor(random() * 1e9)}`
  const form = new FormData()
  form.set('id', id)
  form.set('prompt_text', readFileSync(`${PROMPTS}james.txt`, 'utf8').trim())
  form.set('prompt_wav', new Blob([new Uint8Array(readFileSync(`${PROMPTS}james.wav`))]), 'james.wav')
  const stored = await send(url, '/v1/voices', { method: 'POST', body: form })
  if (stored === 201) await send(url, `/v1/voices/${id}`, { method: 'DELETE' })
}

/** A body that ends in the middle of its recording. */
async function leaveUpload(url: string): Promise<void> {
  await talk(
    url,
    `POST /inference_zero_shot HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\nContent-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-Disposition: form-data; name="prompt_wav"; filename="a"\r\n\r\nRIFF`,
    100,
  )
}

async function badForm(url: string, random: () => number): Promise<void> {
  const noise = Uint8Array.from({ length: 20_000 }, () => Math.floor(random() * 256))
  const form = new FormData()
  form.set('tts_text', 'Hello.')
  form.set('prompt_text', 'hello')
  form.set('prompt_wav', new Blob([noise]), 'noise.wav')
  await send(url, '/inference_zero_shot', { method: 'POST', body: form })
}

async function badJson(url: string): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  for (const body of ['{', '[]', '{"input":7}', '{"input":"a","voice":"nobody"}', '{"input":"\\ud800"}'])
    await send(url, '/v1/audio/speech', { method: 'POST', headers, body })
}

async function badBytes(url: string): Promise<void> {
  for (const bytes of ['BREW / HTTP/1.1\r\n\r\n', '\x16\x03\x01\x00', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n'])
    await talk(url, bytes, 1000)
}

/** The answer's status; its body is read and forgotten. */
async function send(url: string, path: string, init: RequestInit): Promise<number> {
  const answer = await fetch(`${url}${path}`, { ...init, signal: AbortSignal.timeout(LIMIT_MS) })
  await answer.arrayBuffer()
  return answer.status
}

/** Sends bytes and leaves after `ms`, or once the server has closed. */
function talk(url: string, bytes: string, ms: number): Promise<void> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(bytes, 'latin1'))
    const timer = setTimeout(() => socket.destroy(), ms)
    socket.resume()
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

async function openSocket(url: string): Promise<WebSocket> {
  const ws = new WebSocket(`${url.replace('http', 'ws')}/inference_zero_shot_bistream`)
  ws.on('error', () => {})
  await new Promise<void>((resolve) => {
    ws.once('open', resolve)
    ws.once('close', () => resolve())
  })
  // What is sent on a socket that was refused goes nowhere.
  return ws
}

function closed(ws: WebSocket): Promise<void> {
  if (ws.readyState === WebSocket.CLOSED) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(() => ws.terminate(), LIMIT_MS)
    ws.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
