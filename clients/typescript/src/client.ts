/**
 * A light-tts server, seen from JavaScript: speech over HTTP, live sessions, models and voices.
 *
 * Runs in browsers and in Node.
 */
import { errorOf, LightTTSError } from './errors.ts'
import type { ConvertRequest, ModelAbilities, SpeechRequest, StoredVoice, VoiceToKeep } from './requests.ts'
import { bytesOf, definedOf, LiveSession, type Recording, type SessionRequest } from './session.ts'
import { openSocket } from './socket.ts'
import { type TimedRequest, type TimedSpeech, textOf, timedSpeech } from './timed.ts'

export interface ClientOptions {
  /** Such as `http://localhost:8080`, the default; `localhost:8080` is the same. */
  readonly baseUrl?: string
  /** ms: the longest wait for an answer, and between two pieces of audio. 30 s unless given. */
  readonly timeout?: number
  readonly apiKey?: string
  /** How often a request that was refused for lack of room, or never left, is sent again. 2 unless given. */
  readonly retries?: number
}

const LONGEST_WAIT_MS = 30_000

export class LightTTSClient {
  readonly #baseUrl: string
  readonly #timeout: number
  readonly #apiKey: string | undefined
  readonly #retries: number

  constructor({
    baseUrl = 'http://localhost:8080',
    timeout = 30_000,
    apiKey,
    retries = 2,
  }: ClientOptions = {}) {
    this.#baseUrl = addressOf(baseUrl)
    this.#timeout = timeout
    this.#apiKey = apiKey
    this.#retries = retries
  }

  /** The whole file. Throws `LightTTSError`. */
  async synthesize(request: SpeechRequest): Promise<Uint8Array> {
    return joined(this.#speak(request, false))
  }

  /** The same in pieces as they are made. Leaving the loop ends the synthesis. Throws `LightTTSError`. */
  synthesizeStream(request: SpeechRequest): AsyncGenerator<Uint8Array> {
    return this.#speak(request, true)
  }

  /** A WAV with its words, or its sentences, and when each is said. Throws `LightTTSError`. */
  async synthesizeTimed(request: TimedRequest): Promise<TimedSpeech> {
    const asked = { response_format: 'json', timestamps: request.timestamps ?? 'word' }
    return timedSpeech(JSON.parse(textOf(await joined(this.#speak(request, false, asked)))))
  }

  /** What is said as subtitles, without its audio. Throws `LightTTSError`. */
  async subtitles(request: TimedRequest, format: 'srt' | 'vtt'): Promise<string> {
    const asked = { response_format: format, timestamps: request.timestamps ?? 'sentence' }
    return textOf(await joined(this.#speak(request, false, asked)))
  }

  /** A recording's words in another voice, as a whole file. Throws `LightTTSError`. */
  async convert(request: ConvertRequest): Promise<Uint8Array> {
    return joined(this.#convert(request, false))
  }

  /** The same in pieces as they are made. Leaving the loop ends the conversion. Throws `LightTTSError`. */
  convertStream(request: ConvertRequest): AsyncGenerator<Uint8Array> {
    return this.#convert(request, true)
  }

  /** A live session over the WebSocket. */
  async session(request: SessionRequest): Promise<LiveSession> {
    const url = `${this.#baseUrl.replace(/^http/, 'ws')}/inference_zero_shot_bistream`
    return LiveSession.open(await openSocket(url, this.#apiKey, this.#timeout), request)
  }

  /** Names of the models that the server offers. */
  async models(): Promise<string[]> {
    return (await this.#json<{ tts_models: string[] }>('GET', '/query_tts_model')).tts_models
  }

  /** The models, and what each can do. */
  async modelAbilities(): Promise<ModelAbilities[]> {
    return (await this.#json<{ data: ModelAbilities[] }>('GET', '/v1/models')).data
  }

  async voices(): Promise<StoredVoice[]> {
    return (await this.#json<{ voices: StoredVoice[] }>('GET', '/v1/voices')).voices
  }

  /** Keeps a voice on the server under a name; one that is taken is refused unless it shall be replaced. */
  async addVoice(voice: VoiceToKeep): Promise<StoredVoice> {
    const { id, referenceAudio, promptText, promptMode, language, gender, description, shared, replace } =
      voice
    const fields = {
      ...{ id, prompt_text: promptText, prompt_mode: promptMode },
      ...{ language, gender, description, shared, replace },
    }
    return this.#json('POST', '/v1/voices', await formOf(fields, { prompt_wav: referenceAudio }))
  }

  async deleteVoice(id: string): Promise<void> {
    await this.#request('DELETE', `/v1/voices/${encodeURIComponent(id)}`)
  }

  /** Whether the server takes new work now. */
  async ready(): Promise<boolean> {
    return this.#once('GET', '/readiness', undefined, undefined).then(
      ({ status }) => status === 200,
      () => false,
    )
  }

  async *#speak(
    request: SpeechRequest,
    stream: boolean,
    instead: Readonly<Record<string, string>> = {},
  ): AsyncGenerator<Uint8Array> {
    const form = await formOf(
      {
        tts_text: request.text,
        prompt_text: request.promptText,
        voice: request.voice,
        tts_model_name: request.model,
        stream,
        speed: request.speed,
        seed: request.seed,
        prompt_mode: request.promptMode,
        instruct: request.instruct,
        mode: request.mode,
        response_format: request.responseFormat,
        sample_rate: request.sampleRate,
        ...instead,
      },
      { prompt_wav: request.referenceAudio },
    )
    yield* this.#audio('/inference_zero_shot', form, request.signal)
  }

  async *#convert(request: ConvertRequest, stream: boolean): AsyncGenerator<Uint8Array> {
    const { voice, model, speed, seed, responseFormat = 'wav', sampleRate } = request
    const form = await formOf(
      { voice, model, speed, seed, stream, response_format: responseFormat, sample_rate: sampleRate },
      { source_wav: request.sourceAudio, prompt_wav: request.referenceAudio },
    )
    yield* this.#audio('/v1/audio/convert', form, request.signal)
  }

  async *#audio(path: string, form: FormData, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const answer = await this.#request('POST', path, form, signal)
    const reader = answer.body!.getReader()
    let ended = false
    try {
      for (;;) {
        const { value, done } = await this.#inTime(reader.read()).catch((cause: unknown) => {
          ended = true
          throw signal?.aborted === true ? signal.reason : brokenOff(cause)
        })
        if (done) {
          ended = true
          return
        }
        yield value
      }
    } finally {
      if (!ended) await reader.cancel()
    }
  }

  async #json<T>(method: string, path: string, body?: FormData): Promise<T> {
    return (await (await this.#request(method, path, body)).json()) as T
  }

  /** An answer that is no refusal. */
  async #request(method: string, path: string, body?: FormData, signal?: AbortSignal): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await this.#once(method, path, body, signal)
        if (answer.ok) return answer
        const text = await answer.text()
        throw errorOf(answer.status, parsed(text), answer.headers.get('Retry-After'))
      } catch (error) {
        const wait = error instanceof LightTTSError ? waitBefore(error, attempt) : undefined
        if (wait === undefined || attempt >= this.#retries || wait > Math.min(LONGEST_WAIT_MS, this.#timeout))
          throw error
        await new Promise((resolve) => setTimeout(resolve, wait))
      }
    }
  }

  async #once(
    method: string,
    path: string,
    body: FormData | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), this.#timeout)
    try {
      return await fetch(this.#baseUrl + path, {
        method,
        headers: this.#apiKey === undefined ? {} : { Authorization: `Bearer ${this.#apiKey}` },
        signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]),
        ...(body === undefined ? {} : { body }),
      })
    } catch (cause) {
      if (signal?.aborted === true) throw signal.reason
      if (late.signal.aborted) throw inTimeError('The server did not answer', this.#timeout, cause)
      const detail = `${this.#baseUrl}: ${reasonOf(cause)}`
      throw new LightTTSError('The server cannot be reached', { kind: 'unreachable', detail, cause })
    } finally {
      clearTimeout(timer)
    }
  }

  /** Rejects where nothing comes for longer than the timeout. */
  async #inTime<T>(work: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(inTimeError('The audio stopped', this.#timeout)), this.#timeout)
    })
    try {
      return await Promise.race([work, late])
    } finally {
      clearTimeout(timer)
    }
  }
}

async function joined(audio: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of audio) pieces.push(piece)
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

async function formOf(
  fields: Readonly<Record<string, unknown>>,
  recordings: Readonly<Record<string, Recording | undefined>>,
): Promise<FormData> {
  const form = new FormData()
  for (const [name, value] of Object.entries(definedOf(fields))) form.append(name, String(value))
  for (const [name, recording] of Object.entries(recordings)) {
    if (recording === undefined) continue
    form.append(name, new Blob([await bytesOf(recording)], { type: 'audio/wav' }), `${name}.wav`)
  }
  return form
}

/** With its scheme, without a slash at its end. */
function addressOf(baseUrl: string): string {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(baseUrl) ? baseUrl : `http://${baseUrl}`
  return address.replace(/\/+$/, '')
}

/**
 * ms before another try; undefined where that would not help, or where the server may be at work on the request
 * already: only a refusal, or a connection that was never made, is sure to cost nothing twice.
 */
function waitBefore({ kind, retryAfterMs, cause }: LightTTSError, attempt: number): number | undefined {
  const refused = kind === 'unavailable' || kind === 'rate-limited'
  if (!refused && !(kind === 'unreachable' && NEVER_SENT.has(reasonOf(cause)))) return undefined
  return retryAfterMs ?? 200 * 2 ** attempt
}

/** Reasons that Node gives for a connection that was never made. Browsers tell none. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

function inTimeError(message: string, timeoutMs: number, cause?: unknown): LightTTSError {
  return new LightTTSError(message, { kind: 'timeout', detail: `nothing came for ${timeoutMs} ms`, cause })
}

function brokenOff(cause: unknown): LightTTSError {
  if (cause instanceof LightTTSError) return cause
  return new LightTTSError('The audio broke off', { kind: 'incomplete', detail: reasonOf(cause), cause })
}

function reasonOf(cause: unknown): string {
  const inner = (cause as { cause?: { code?: string } }).cause?.code
  return inner ?? (cause instanceof Error ? cause.message : String(cause))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
