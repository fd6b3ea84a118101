/** Clients of a cluster: what each asked for, when it heard something, and how its audio ended. */
import { request } from 'node:http'
import { WebSocket } from 'ws'
import { PROMPT_WAV } from '../helpers/test-server.ts'

/** Samples of a character, 2 bytes each: what the scripted synthesizer makes. */
const BYTES_PER_CHARACTER = 1600

export interface Heard {
  /** 0: no answer at all. */
  readonly status: number
  /** The answer says that it is whole. */
  readonly complete: boolean
  readonly bytes: number
  /** Bytes of the whole speech. */
  readonly expected: number
  /** `performance.now()` of the first audio and of the end. */
  readonly firstMs: number
  readonly endMs: number
  readonly startMs: number
  readonly headers: Readonly<Record<string, unknown>>
}

export interface Listener {
  /** Resolves with the first audio, or with the end where there is none. */
  readonly begun: Promise<void>
  readonly heard: Promise<Heard>
  leave(): void
}

/** One stream over HTTP with a stored voice. */
export function listen(url: string, text: string, headers: Readonly<Record<string, string>> = {}): Listener {
  const body = JSON.stringify({ input: text, voice: 'anna', response_format: 'pcm', sample_rate: 16_000 })
  return post(url, '/v1/audio/speech', body, { 'Content-Type': 'application/json', ...headers }, text)
}

/** A body of any size; `text` is what the answer must say. */
export function post(
  url: string,
  path: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
  text: string,
): Listener {
  const startMs = performance.now()
  const expected = [...text].length * BYTES_PER_CHARACTER
  let begin = () => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const sent = request(`${url}${path}`, { method: 'POST', agent: false, headers: { ...headers } })
  const heard = new Promise<Heard>((resolve) => {
    let [status, bytes, firstMs] = [0, 0, 0]
    let got: Readonly<Record<string, unknown>> = {}
    const end = (complete: boolean) => {
      begin()
      resolve({ status, complete, bytes, expected, firstMs, startMs, endMs: performance.now(), headers: got })
    }
    sent.on('error', () => end(false))
    sent.on('response', (response) => {
      status = response.statusCode ?? 0
      got = response.headers
      response.on('data', (piece: Buffer) => {
        if (bytes === 0) firstMs = performance.now()
        bytes += piece.length
        begin()
      })
      response.on('error', () => {})
      response.on('close', () => end(response.complete))
    })
  })
  sent.end(body)
  return { begun, heard, leave: () => sent.destroy() }
}

/** One dialogue over a WebSocket; complete where it was closed with 1000. */
export function listenOverSocket(url: string, text: string): Listener {
  const startMs = performance.now()
  const socket = new WebSocket(`${url.replace('http', 'ws')}/inference_zero_shot_bistream`)
  let begin = () => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const heard = new Promise<Heard>((resolve) => {
    let [status, bytes, firstMs] = [0, 0, 0]
    socket.on('open', () => {
      status = 101
      socket.send(JSON.stringify({ prompt_text: 'x' }))
      socket.send(PROMPT_WAV)
      socket.send(JSON.stringify({ tts_text: text, finish: true }))
    })
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) return
      if (bytes === 0) firstMs = performance.now()
      bytes += data.length
      begin()
    })
    socket.on('unexpected-response', (_, response) => {
      status = response.statusCode ?? 0
      socket.terminate()
    })
    socket.on('error', () => {})
    socket.on('close', (code) => {
      begin()
      const expected = [...text].length * BYTES_PER_CHARACTER
      resolve({
        status,
        complete: code === 1000,
        bytes,
        expected,
        firstMs,
        startMs,
        endMs: performance.now(),
        headers: {},
      })
    })
  })
  return { begun, heard, leave: () => socket.terminate() }
}

/** Said in full, and every sample of it heard. */
export function isWhole({ status, complete, bytes, expected }: Heard): boolean {
  return (status === 200 || status === 101) && complete && bytes === expected
}

/** Answered as whole, and yet not: what must never be. */
export function looksWhole(heard: Heard): boolean {
  return (heard.status === 200 || heard.status === 101) && heard.complete && !isWhole(heard)
}
