/** What can go wrong. The server's own words are kept. */

/**
 * `invalid`: the request is wrong. `unauthorized`: no valid API key. `not-found`: no such model or voice.
 * `rate-limited`, `unavailable`: later perhaps, see `retryAfterMs`. `server`: the server failed. `unreachable`: no
 * connection, or it broke before an answer. `timeout`: nothing came in time; audio before it is not the whole.
 * `incomplete`: audio broke off.
 */
export type LightTTSErrorKind =
  | 'invalid'
  | 'unauthorized'
  | 'not-found'
  | 'rate-limited'
  | 'unavailable'
  | 'server'
  | 'unreachable'
  | 'timeout'
  | 'incomplete'

export interface ErrorFacts {
  readonly kind: LightTTSErrorKind
  readonly detail?: string
  /** The server's stable `error_code`. */
  readonly code?: string
  /** HTTP status or close code; 0 where there was no answer. */
  readonly status?: number
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

export class LightTTSError extends Error {
  readonly kind: LightTTSErrorKind
  readonly detail: string
  readonly code: string
  readonly status: number
  readonly retryAfterMs: number | undefined

  constructor(
    message: string,
    { kind, detail = '', code = '', status = 0, retryAfterMs, cause }: ErrorFacts,
  ) {
    super(detail === '' ? message : `${message}: ${detail}`, { cause })
    this.name = 'LightTTSError'
    this.kind = kind
    this.detail = detail
    this.code = code
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}

/** The same over HTTP and over a socket, whose close codes are fewer than statuses. */
const KINDS_OF_CODES: Readonly<Record<string, LightTTSErrorKind>> = {
  UNAUTHORIZED: 'unauthorized',
  NOT_FOUND: 'not-found',
  MODEL_NOT_FOUND: 'not-found',
  VOICE_NOT_FOUND: 'not-found',
  RATE_LIMITED: 'rate-limited',
  OVERLOADED: 'unavailable',
  DEADLINE_EXCEEDED: 'unavailable',
  MODEL_NOT_READY: 'unavailable',
  DRAINING: 'unavailable',
}

const KINDS: Readonly<Record<number, LightTTSErrorKind>> = {
  401: 'unauthorized',
  403: 'unauthorized',
  404: 'not-found',
  429: 'rate-limited',
  503: 'unavailable',
  1001: 'unavailable',
  1008: 'invalid',
  1009: 'invalid',
  1013: 'unavailable',
}

/** The error that a status and a body describe; the body may be anything. */
export function errorOf(status: number, body: unknown, retryAfter?: string | null): LightTTSError {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const seconds = Number(retryAfter ?? fields.retry_after ?? Number.NaN)
  const text = (name: string, otherwise: string) =>
    typeof fields[name] === 'string' ? fields[name] : otherwise
  return new LightTTSError(text('message', `HTTP ${status}`), {
    kind:
      KINDS_OF_CODES[text('error_code', '')] ??
      KINDS[status] ??
      (status >= 400 && status < 500 ? 'invalid' : 'server'),
    detail: text('detail', ''),
    code: text('error_code', ''),
    status,
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : undefined,
  })
}
