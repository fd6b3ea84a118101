/**
 * Which browser pages of other origins may use the server.
 *
 * Knows: the allow-list. CORS does not protect WebSockets, so their Origin is checked against the same list. Does not
 * know: routes.
 */
import { type HeaderList, type HttpExchange, headerOf, type RequestHead } from '../transport/transport.ts'

/** Headers for an answer to this request: none for a page that is not allowed, or when no list is configured. */
export function corsHeaders(head: RequestHead, allowed: readonly string[]): HeaderList {
  const origin = headerOf(head, 'origin')
  if (origin === undefined || allowed.length === 0 || !isListed(origin, allowed)) return []
  return [
    ['Access-Control-Allow-Origin', origin],
    [
      'Access-Control-Expose-Headers',
      'X-Audio-Format, X-Audio-Sample-Rate, X-Prompt-Warning, X-Text-Warning, X-Request-Id, Retry-After',
    ],
    ['Vary', 'Origin'],
  ]
}

/** Answers a preflight whose origin is allowed; its CORS headers are added by the caller. */
export function preflight(exchange: HttpExchange): void {
  exchange.send(
    204,
    [
      ['Access-Control-Allow-Methods', 'GET, POST, DELETE'],
      ['Access-Control-Allow-Headers', 'Authorization, Content-Type, X-Request-Id'],
      ['Access-Control-Max-Age', '600'],
    ],
    '',
  )
}

/** With no list every page may open a WebSocket: there are no cookies that another page could borrow. */
export function mayOpenWebSocket(head: RequestHead, allowed: readonly string[]): boolean {
  const origin = headerOf(head, 'origin')
  return origin === undefined || allowed.length === 0 || isListed(origin, allowed)
}

function isListed(origin: string, allowed: readonly string[]): boolean {
  return allowed.includes('*') || allowed.includes(origin)
}
