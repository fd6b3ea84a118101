/** Requests to a server and their answers: addresses, time limits, what is sent again, refusals as errors. */
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

export interface RequestParts {
  readonly body?: FormData | string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
  /** A status above 299 that is an answer all the same. */
  readonly also?: number
}

const LONGEST_WAIT_MS = 30_000

export class ServerLink {
  readonly baseUrl: string
  readonly timeout: number
  readonly apiKey: string | undefined
  readonly retries: number

  constructor({ baseUrl = 'http://localhost:8080', timeout = 30_000, apiKey, retries = 2 }: ClientOptions) {
    this.baseUrl = addressOf(baseUrl)
    this.timeout = timeout
    this.apiKey = apiKey
    this.retries = retries
  }

  async json<T>(method: string, path: string, parts: RequestParts = {}): Promise<T> {
    return (await (await this.request(method, path, parts)).json()) as T
  }

  /** An answer that is no refusal. */
  async request(method: string, path: string, parts: RequestParts = {}): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await this.once(method, path, parts)
        if (answer.ok || answer.status === parts.also) return answer
        const text = await answer.text()
        throw errorOf(answer.status, parsed(text), answer.headers.get('Retry-After'))
      } catch (error) {
        const wait = error instanceof LightTTSError ? waitBefore(error, attempt) : undefined
        if (wait === undefined || attempt >= this.retries || wait > Math.min(LONGEST_WAIT_MS, this.timeout))
          throw error
        await pause(wait, parts.signal)
      }
    }
  }

  /** Whatever is answered, asked once. */
  async once(method: string, path: string, { body, headers, signal }: RequestParts = {}): Promise<Response> {
    signal?.throwIfAborted()
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), this.timeout)
    try {
      return await fetch(this.baseUrl + path, {
        method,
        headers: {
          ...(this.apiKey === undefined ? {} : { Authorization: `Bearer ${this.apiKey}` }),
          ...headers,
        },
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

  /** The body of an answer as it comes. Leaving the loop ends it. */
  async *pieces(answer: Response, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
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

export async function joined(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const kept: Uint8Array[] = []
  for await (const piece of pieces) kept.push(piece)
  const whole = new Uint8Array(kept.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of kept) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/** Rejects with the signal's reason where that comes first. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal!.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

/** With its scheme, without a slash at its end. Throws TypeError for what is no address of a server. */
function addressOf(baseUrl: string): string {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(baseUrl) ? baseUrl : `http://${baseUrl}`
  if (!/^https?:\/\/[^/?#]/i.test(address) || !URL.canParse(address))
    throw new TypeError(`expected a baseUrl such as http://localhost:8080, got ${JSON.stringify(baseUrl)}`)
  return address.replace(/\/+$/, '')
}

/**
 * ms before another try; undefined where that would not help. Also where the server may be at work on the request
 * already: a refusal, or a connection that was not made, is sure to cost nothing twice.
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
