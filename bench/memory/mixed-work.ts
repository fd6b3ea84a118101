/**
 * Mixed requests against one server, as many kinds as it has: short and long, streamed and whole, stored voices and
 * one-off recordings, listeners that leave early.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '../load/random.ts'
import { textsOf } from '../load/texts.ts'

const PROMPTS = fileURLToPath(new URL('../../../demo/voice/prompts/', import.meta.url))
const VOICES = ['awb', 'cmn', 'kal16', 'rms', 'slt'] as const
/** Characters of a long text: just below the default `limits.max_text_length`. */
const LONG = 990
const WAV_HEADER = 44

export interface WorkDone {
  requests: number
  audioBytes: number
  /** Answers other than 200, a full queue's 503 included. */
  refused: number
}

/** Sends requests over `clients` connections until `untilMs` (on `performance.now`); the same seed, the same requests. */
export async function mixedWork(
  url: string,
  options: { readonly clients: number; readonly untilMs: number; readonly seed: number },
): Promise<WorkDone> {
  const done: WorkDone = { requests: 0, audioBytes: 0, refused: 0 }
  const client = async (number: number) => {
    const random = seededRandom(options.seed * 1000 + number)
    while (performance.now() < options.untilMs) await one(url, random, done)
  }
  await Promise.all(Array.from({ length: options.clients }, (_, i) => client(i)))
  return done
}

async function one(url: string, random: () => number, done: WorkDone): Promise<void> {
  const voice = VOICES[Math.floor(random() * VOICES.length)]!
  const text = textFor(voice, random)
  const stream = random() < 0.5
  const abort = new AbortController()
  const request = random() < 0.25 ? oneOff(voice, text, stream, random) : stored(voice, text, stream)
  const leavesAfter = random() < 0.1 ? 20_000 : Number.POSITIVE_INFINITY
  done.requests++
  const answer = await fetch(`${url}${request.path}`, { ...request.init, signal: abort.signal })
  if (answer.status !== 200) done.refused++
  let bytes = 0
  try {
    for await (const piece of answer.body!) {
      bytes += piece.byteLength
      if (bytes > leavesAfter) abort.abort()
    }
  } catch (error) {
    if (!abort.signal.aborted) throw error
  }
  if (answer.status === 200) done.audioBytes += bytes
}

/** One sentence, or in one of four requests as many as fit. */
function textFor(voice: string, random: () => number): string {
  const texts = textsOf(voice === 'cmn' ? 'zh' : 'en')
  const next = () => texts[Math.floor(random() * texts.length)]!
  if (random() < 0.75) return next()
  let text = next()
  for (let more = next(); text.length + more.length < LONG; more = next()) text += ` ${more}`
  return text
}

function stored(voice: string, input: string, stream: boolean) {
  const body = { input, voice, response_format: 'pcm', ...(stream ? { stream_format: 'audio' } : {}) }
  const headers = { 'content-type': 'application/json' }
  return { path: '/v1/audio/speech', init: { method: 'POST', headers, body: JSON.stringify(body) } }
}

/** The voice's recording with some samples moved by one step: it was not sent before. */
function oneOff(voice: string, text: string, stream: boolean, random: () => number) {
  const wav = new Uint8Array(readFileSync(`${PROMPTS}${voice}.wav`))
  for (let i = 0; i < 8; i++) wav[WAV_HEADER + 2 * Math.floor(random() * 8000)]! ^= 1
  const form = new FormData()
  form.set('tts_text', text)
  form.set('prompt_text', readFileSync(`${PROMPTS}${voice}.txt`, 'utf8').trim())
  form.set('prompt_wav', new Blob([wav]), `${voice}.wav`)
  form.set('stream', String(stream))
  return { path: '/inference_zero_shot', init: { method: 'POST', body: form } }
}
