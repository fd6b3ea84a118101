/** Whole answers, JSON and errors, with a bounded drain where the client is still sending its body. */
import { errorBody, openAiErrorBody, toTtsError } from '../../api/error-body.ts'
import type { TtsError } from '../../core/errors.ts'
import { declaredLength } from './request-framing.ts'
import type { HeaderList, HttpExchange } from './transport.ts'

/** Body bytes read and thrown away after an early answer, and for how long, before the connection is closed. */
const DRAIN_BYTES = 1024 * 1024
const DRAIN_MS = 1000
/** A body in crumbs costs by their number. */
const LEAST_PIECE_BYTES = 64

export function sendJson(
  exchange: HttpExchange,
  status: number,
  value: unknown,
  headers: HeaderList = [],
): void {
  respond(exchange, status, [['Content-Type', 'application/json'], ...headers], JSON.stringify(value))
}

/** Refuses with the document's error shape; `/v1/*` gets OpenAI's beside it. */
export function sendError(exchange: HttpExchange, cause: unknown, headers: HeaderList = []): TtsError {
  const error = toTtsError(cause)
  const isOpenAi = exchange.head.path.startsWith('/v1/')
  const body = isOpenAi ? openAiErrorBody(error) : errorBody(error)
  sendJson(exchange, error.status, body, [...errorHeaders(error), ...headers])
  return error
}

/** Headers that an error asks for beside its body. */
export function errorHeaders(error: TtsError): HeaderList {
  const headers: [string, string][] = []
  if (error.retryAfterSeconds !== undefined) headers.push(['Retry-After', String(error.retryAfterSeconds)])
  else if (error.status === 503) headers.push(['Retry-After', '1'])
  if (error.status === 401) headers.push(['WWW-Authenticate', 'Bearer'])
  return headers
}

/**
 * Sends a whole answer. While a body still comes, an answer followed by a close would not reach a client busy sending:
 * up to 1 MiB or 1 s of it is read first. The connection is closed if more than that would come.
 */
export function respond(
  exchange: HttpExchange,
  status: number,
  headers: HeaderList,
  body: Uint8Array | string,
): void {
  if (exchange.closed || exchange.bodyEnded || declaredLength(exchange.head) === 0) {
    exchange.send(status, headers, body)
    return
  }
  if (exchange.awaitsContinue) {
    exchange.send(status, headers, body, { close: true })
    return
  }
  exchange.decide(status)
  let drained = 0
  const timer = setTimeout(() => exchange.send(status, headers, body, { close: true }), DRAIN_MS)
  const stop = () => clearTimeout(timer)
  exchange.onAbort(stop)
  exchange.readBody((chunk, last) => {
    drained += Math.max(chunk.length, LEAST_PIECE_BYTES)
    if (!last && drained <= DRAIN_BYTES) return
    stop()
    exchange.send(status, headers, body, { close: !last })
  })
  exchange.resumeBody()
}
