/** Requests to a server: their address and key, how long each may take, and which refusals are asked again. */
import { errorOf, LightTTSError } from './errors.ts'

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

export class ServerLink {
  /** With its scheme, without a slash at its end. */
  readonly baseUrl: string
  readonly apiKey: string | undefined
  /** ms. */
  readonly timeout: number
  readonly #retries: number

  constructor({
    baseUrl = 'http://localhost:8080',
    timeout = 30_000,
    apiKey,
    retries = 2,
  }: ClientOptions = {}) {
    this.baseUrl = addressOf(baseUrl)
    this.timeout = timeout
    this.apiKey = apiKey
    this.#retries = retries
  }

  /** Audio in pieces as they come. Leaving the loop ends the request. */
  async *audio(path: string, form: FormData, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const answer = await this.request('POST', path, form, signal)
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

  async json<T>(method: string, path: string, body?: FormData): Promise<T> {
    return (await (await this.request(method, path, body)).json()) as T
  }

  /** An answer that is no refusal. */
  async request(method: string, path: string, body?: FormData, signal?: AbortSignal): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await this.once(method, path, body, signal)
        if (answer.ok) return answer
        const text = await answer.text()
        throw errorOf(answer.status, parsed(text), answer.headers.get('Retry-After'))
      } catch (error) {
        const wait = error instanceof LightTTSError ? waitBefore(error, attempt) : undefined
        if (wait === undefined || attempt >= this.#retries || wait > Math.min(LONGEST_WAIT_MS, this.timeout))
          throw error
        await new Promise((resolve) => setTimeout(resolve, wait))
      }
    }
  }

  /** Sent once, whatever comes back. */
  async once(method: string, path: string, body?: FormData, signal?: AbortSignal): Promise<Response> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), this.timeout)
    try {
      return await fetch(this.baseUrl + path, {
        method,
        headers: this.apiKey === undefined ? {} : { Authorization: `Bearer ${this.apiKey}` },
        signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]),
        ...(body === undefined ? {} : { body }),
      })
    } catch (cause) {
      if (signal?.aborted === true) throw signal.reason
      if (late.signal.aborted) throw inTimeError('The server did not answer', this.timeout, cause)
      const detail = `${this.baseUrl}: ${reasonOf(cause)}`
      throw new LightTTSError('The server cannot be reached', { kind: 'unreachable', detail, cause })
    } finally {
      clearTimeout(timer)
    }
  }

  /** Rejects where nothing comes for longer than the timeout. */
  async #inTime<T>(work: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(inTimeError('The audio stopped', this.timeout)), this.timeout)
    })
    try {
      return await Promise.race([work, late])
    } finally {
      clearTimeout(timer)
    }
  }
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
