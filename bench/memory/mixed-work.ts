/**
 * Mixed requests against one server, as many kinds as it has: short and long, streamed and whole, every format and
 * several rates, stored voices and one-off recordings. Also sockets, uploads that end and that do not, listeners that
 * leave early.
 */
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { seededRandom } from '../load/random.ts'
import { textsOf } from '../load/texts.ts'

const PROMPTS = fileURLToPath(new URL('../../../demo/voice/prompts/', import.meta.url))
const VOICES = ['grace', 'james', 'lan', 'ming'] as const
const FORMATS = ['pcm', 'wav', 'mp3', 'opus', 'flac', 'mulaw'] as const
const RATES = [8000, 16_000, 24_000, 48_000] as const
/** Characters of a long text: just below the default `limits.max_text_length`. */
const LONG = 990
const WAV_HEADER = 44
/** ms that one act may take. */
const LIMIT_MS = 300_000

export interface WorkDone {
  /** By kind of request. */
  readonly requests: Record<string, number>
  audioBytes: number
  /** Answers that say that the server is full. */
  refused: number
}

interface Client {
  readonly url: string
  readonly random: () => number
  readonly done: WorkDone
}

/** Kind → how often of a hundred requests. */
const KINDS: readonly (readonly [name: string, share: number, act: (client: Client) => Promise<void>])[] = [
  ['stored voice', 45, storedVoice],
  ['one-off recording', 20, oneOffRecording],
  ['socket', 15, socket],
  ['listener that leaves', 8, leavingListener],
  ['voice stored and deleted', 4, voiceLife],
  ['upload that breaks off', 4, brokenUpload],
  ['refused', 4, refusedRequest],
]

/** Each kind as often as its share. */
const DECK = KINDS.flatMap((kind) => Array<(typeof KINDS)[number]>(kind[1]).fill(kind))

/** Sends requests over `clients` connections until `untilMs` (on `performance.now`); the same seed, the same requests. */
export async function mixedWork(
  url: string,
  options: { readonly clients: number; readonly untilMs: number; readonly seed: number },
): Promise<WorkDone> {
  const done: WorkDone = { requests: {}, audioBytes: 0, refused: 0 }
  const work = async (number: number) => {
    const client = { url, random: seededRandom(options.seed * 1000 + number), done }
    while (performance.now() < options.untilMs) {
      const [name, , act] = pick(DECK, client.random)
      await within(act(client), name)
      done.requests[name] = (done.requests[name] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: options.clients }, (_, i) => work(i)))
  return done
}

/** Throws where an act has no end: an answer that never comes is what a long run is to find. */
async function within(act: Promise<void>, name: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name}: no end within ${LIMIT_MS / 1000} s`)), LIMIT_MS)
  })
  await Promise.race([act, late]).finally(() => clearTimeout(timer))
}

async function storedVoice(client: Client): Promise<void> {
  await take(client, await fetch(`${client.url}/v1/audio/speech`, spoken(client)))
}

async function oneOffRecording({ url, random, done }: Client): Promise<void> {
  const voice = pick(VOICES, random)
  const form = new FormData()
  form.set('tts_text', textFor(voice, random))
  form.set('prompt_text', readFileSync(`${PROMPTS}${voice}.txt`, 'utf8').trim())
  form.set('prompt_wav', new Blob([freshRecording(voice, random)]), `${voice}.wav`)
  form.set('stream', String(random() < 0.5))
  form.set('response_format', pick(FORMATS, random))
  await take({ done }, await fetch(`${url}/inference_zero_shot`, { method: 'POST', body: form }))
}

/** Text in pieces, audio until the server closes; one in four leaves at its first audio. */
function socket({ url, random, done }: Client): Promise<void> {
  const voice = pick(VOICES, random)
  const pieces = textFor(voice, random).match(/.{1,40}/gs)!
  const leaves = random() < 0.25
  const init = { voice, response_format: pick(FORMATS, random) }
  return new Promise((resolve, reject) => {
    const channel = new WebSocket(`${url.replace(/^http/, 'ws')}/inference_zero_shot_bistream`)
    channel.on('open', () => {
      channel.send(JSON.stringify(init))
      for (const [i, tts_text] of pieces.entries())
        channel.send(JSON.stringify({ tts_text, finish: i === pieces.length - 1 }))
    })
    channel.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) done.audioBytes += data.byteLength
      else if (data.includes('OVERLOADED')) done.refused++
      if (isBinary && leaves) channel.terminate()
    })
    channel.on('error', reject)
    channel.on('close', () => resolve())
  })
}

/** Some pieces of an answer, then the connection's end. With `fetch` an abort in the middle of a body may be forgotten, and never come back. */
function leavingListener({ url, random, done }: Client): Promise<void> {
  const { body, ...init } = spoken({ random })
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/v1/audio/speech`, init, (answer) => {
      answer.on('data', (piece: Buffer) => {
        done.audioBytes += piece.byteLength
        if (random() < 0.3) answer.destroy()
      })
      answer.on('error', () => {})
      answer.on('close', resolve)
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

async function voiceLife({ url, random, done }: Client): Promise<void> {
  const from = pick(VOICES, random)
  const id = `memory-${Math.floor(random() * 1e9)}`
  const form = new FormData()
  form.set('id', id)
  form.set('prompt_text', readFileSync(`${PROMPTS}${from}.txt`, 'utf8').trim())
  form.set('prompt_wav', new Blob([freshRecording(from, random)]), `${from}.wav`)
  const stored = await fetch(`${url}/v1/voices`, { method: 'POST', body: form })
  await stored.arrayBuffer()
  if (!stored.ok) throw new Error(`POST /v1/voices: ${stored.status}`)
  const body = JSON.stringify({ input: 'Good morning.', voice: id, response_format: pick(FORMATS, random) })
  const headers = { 'content-type': 'application/json' }
  await take({ done }, await fetch(`${url}/v1/audio/speech`, { method: 'POST', headers, body }))
  await (await fetch(`${url}/v1/voices/${id}`, { method: 'DELETE' })).arrayBuffer()
}

/** Half of a large body, then no more. */
function brokenUpload({ url, random }: Client): Promise<void> {
  const { hostname, port } = new URL(url)
  const bytes = 1e6 + Math.floor(random() * 4e6)
  return new Promise((resolve) => {
    const connection = connect(Number(port), hostname, () => {
      connection.write(
        `POST /inference_zero_shot HTTP/1.1\r\nHost: memory\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${2 * bytes}\r\n\r\n`,
      )
      connection.write('--b\r\nContent-Disposition: form-data; name="prompt_wav"; filename="a.wav"\r\n\r\n')
      connection.write(new Uint8Array(bytes), () => connection.destroy())
    })
    connection.on('error', () => {})
    connection.on('close', () => resolve())
  })
}

/** A recording that is none, or a text that is too long; a full server says so before it looks at either. */
async function refusedRequest({ url, random, done }: Client): Promise<void> {
  const form = new FormData()
  const isLong = random() < 0.5
  form.set('tts_text', isLong ? 'long '.repeat(1000) : 'Good morning.')
  form.set('prompt_text', 'none')
  form.set('prompt_wav', new Blob([new Uint8Array(2e6).fill(7)]), 'noise.mp3')
  const answer = await fetch(`${url}/inference_zero_shot`, { method: 'POST', body: form })
  await answer.arrayBuffer()
  if (answer.status === 503) done.refused++
  else if (answer.status < 400 || answer.status >= 500) throw new Error(`nonsense got ${answer.status}`)
}

/** Reads an answer to its end. */
async function take({ done }: Pick<Client, 'done'>, answer: Response): Promise<void> {
  const bytes = (await answer.arrayBuffer()).byteLength
  if (answer.status === 200) done.audioBytes += bytes
  else if (answer.status === 503) done.refused++
  else throw new Error(`expected audio, got ${answer.status}`)
}

function spoken({ random }: Pick<Client, 'random'>) {
  const voice = pick(VOICES, random)
  const body = {
    input: textFor(voice, random),
    voice,
    response_format: pick(FORMATS, random),
    sample_rate: pick(RATES, random),
    ...(random() < 0.5 ? { stream_format: 'audio' } : {}),
  }
  const headers = { 'content-type': 'application/json' }
  return { method: 'POST', headers, body: JSON.stringify(body) }
}

/** One sentence, or in one of ten requests as many as fit. */
function textFor(voice: string, random: () => number): string {
  const texts = textsOf(['lan', 'ming'].includes(voice) ? 'zh' : 'en')
  if (random() < 0.9) return pick(texts, random)
  let text = pick(texts, random)
  for (let more = pick(texts, random); text.length + more.length < LONG; more = pick(texts, random))
    text += ` ${more}`
  return text
}

/** A voice's recording with some samples moved by one step: a recording that the server has not met. */
function freshRecording(voice: string, random: () => number): Uint8Array<ArrayBuffer> {
  const wav = new Uint8Array(readFileSync(`${PROMPTS}${voice}.wav`))
  for (let i = 0; i < 8; i++) wav[WAV_HEADER + 2 * Math.floor(random() * 8000)]! ^= 1
  return wav
}

function pick<T>(from: readonly T[], random: () => number): T {
  return from[Math.floor(random() * from.length)]!
}
