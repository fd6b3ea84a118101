/**
 * One synthesis over HTTP, timed.
 *
 * Every request has its own connection, so that setting it up is seen apart; t0 is the moment after.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { nowMs } from './clock.ts'
import { keptOf, type Outcome, type Refusal, refusalOf } from './outcome.ts'
import type { PlannedRequest, Target } from './plan.ts'
import type { Arrival } from './playback.ts'
import { SampleStream } from './sample-stream.ts'

const BOUNDARY = 'light-tts-load-7c1f0e'
const MAX_ERROR_BYTES = 2000

export interface Body {
  readonly path: string
  readonly contentType: string
  readonly bytes: Buffer
  readonly container: 'wav' | 'pcm'
  readonly sampleRate: number
}

/** What a dialect asks for. */
export function bodyOf(target: Target, planned: PlannedRequest): Body {
  const speaker = target.speakers[planned.speaker]!
  const { text, seed } = planned
  if (target.dialect === 'openai') {
    const json = {
      model: target.model === 'default' ? 'tts-1' : target.model,
      input: text,
      voice: speaker.voice,
      response_format: 'pcm',
      ...(target.speed === 1 ? {} : { speed: target.speed }),
    }
    return {
      path: '/v1/audio/speech',
      contentType: 'application/json',
      bytes: Buffer.from(JSON.stringify(json)),
      container: 'pcm',
      sampleRate: 24_000,
    }
  }
  const fields: Record<string, string> = {
    tts_text: text,
    stream: String(target.stream),
    tts_model_name: target.model,
    ...(target.speed === 1 ? {} : { speed: String(target.speed) }),
    ...(speaker.voice === undefined ? { prompt_text: speaker.promptText } : { voice: speaker.voice }),
    // LightTTS does not know the field.
    ...(target.dialect === 'light-tts' ? { seed: String(target.fixedSeed ?? seed) } : {}),
  }
  return {
    path: '/inference_zero_shot',
    contentType: `multipart/form-data; boundary=${BOUNDARY}`,
    bytes: multipart(fields, speaker.voice === undefined ? speaker.prompt : undefined),
    container: target.dialect === 'lighttts' ? 'pcm' : 'wav',
    sampleRate: target.dialect === 'lighttts' ? 24_000 : 16_000,
  }
}

function multipart(fields: Readonly<Record<string, string>>, prompt: Uint8Array | undefined): Buffer {
  const parts: Uint8Array[] = Object.entries(fields).map(([name, value]) =>
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
  )
  if (prompt !== undefined) {
    parts.push(
      Buffer.from(
        `--${BOUNDARY}\r\nContent-Disposition: form-data; name="prompt_wav"; filename="prompt.wav"\r\nContent-Type: audio/wav\r\n\r\n`,
      ),
      prompt,
      Buffer.from('\r\n'),
    )
  }
  parts.push(Buffer.from(`--${BOUNDARY}--\r\n`))
  return Buffer.concat(parts)
}

/** Sends it and listens to the end. Never rejects: what went wrong is in the outcome. */
export function askOverHttp(target: Target, planned: PlannedRequest, dueMs: number): Promise<Outcome> {
  const body = bodyOf(target, planned)
  const url = new URL(target.url)
  const samples = new SampleStream(body.container, body.sampleRate, planned.isKept)
  const arrivals: Arrival[] = []
  const startMs = nowMs()
  let t0Ms = startMs
  let firstByteMs: number | undefined
  return new Promise((resolve) => {
    const end = (error: string | undefined, refusal?: Refusal) => {
      const audio =
        firstByteMs === undefined || (error !== undefined && arrivals.length === 0)
          ? undefined
          : samples.finish()
      const fault = error ?? audio?.faults[0] ?? (arrivals.length === 0 ? 'no audio' : undefined)
      resolve({
        index: planned.index,
        dueMs,
        startMs,
        connectMs: t0Ms - startMs,
        t0Ms,
        firstByteMs: firstByteMs === undefined ? undefined : firstByteMs - t0Ms,
        arrivals,
        endMs: nowMs(),
        audio,
        error: fault,
        refusal,
        kept: keptOf(samples, planned.text),
      })
    }
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const outgoing = send(
      {
        // Only a URL puts brackets around an IPv6 address.
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port,
        path: url.pathname.replace(/\/$/, '') + body.path,
        method: 'POST',
        agent: false,
        headers: {
          'Content-Type': body.contentType,
          'Content-Length': body.bytes.length,
          ...(target.apiKey === undefined ? {} : { Authorization: `Bearer ${target.apiKey}` }),
        },
      },
      (answer) => {
        if (answer.statusCode !== 200) {
          const refusal = refusalOf(answer.statusCode, answer.headers['retry-after'])
          return void notOk(answer).then((error) => end(error, refusal))
        }
        answer.on('data', (piece: Buffer) => {
          const atMs = nowMs()
          firstByteMs ??= atMs
          const completed = samples.push(piece)
          if (completed > 0) arrivals.push({ atMs, audioMs: (completed / samples.sampleRate) * 1000 })
        })
        answer.on('end', () => end(answer.complete ? undefined : 'cut short'))
        answer.on('error', (error: NodeJS.ErrnoException) =>
          end(`cut short (${error.code ?? error.message})`),
        )
      },
    )
    outgoing.setTimeout(target.timeoutMs, () => outgoing.destroy(new Error('timeout')))
    outgoing.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
    outgoing.on('socket', (socket) => {
      const ready = () => {
        t0Ms = nowMs()
        outgoing.end(body.bytes)
      }
      if (socket.connecting) socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', ready)
      else ready()
    })
  })
}

async function notOk(answer: IncomingMessage): Promise<string> {
  let text = ''
  try {
    for await (const piece of answer) {
      text += piece
      if (text.length > MAX_ERROR_BYTES) break
    }
  } catch {
    // The status says enough.
  }
  const code = /"error_code"\s*:\s*"(\w+)"/.exec(text)?.[1]
  return `HTTP ${answer.statusCode}${code === undefined ? '' : ` ${code}`}`
}
