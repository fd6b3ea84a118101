/**
 * Which browser pages may use the server: its own always, others where the configuration lists their origin. Browsers send
 * simple requests without asking first, and WebSockets always, so what would change or cost something is refused here.
 */
import { TtsError } from '../../core/errors.ts'
import { type HeaderList, type HttpExchange, headerOf, type RequestHead } from '../transport/transport.ts'
import { isOwnRequest, isOwnSocket } from './page-proof.ts'

const EXPOSED = [
  ...['Format', 'Sample-Rate', 'Channels', 'Bits'].map((name) => `X-Audio-${name}`),
  ...['X-Prompt-Warning', 'X-Text-Warning', 'X-Request-Id', 'Retry-After'],
  ...['ETag', 'Content-Range', 'Content-Disposition', 'Location'],
].join(', ')
const VARY = ['Vary', 'Origin'] as const
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
/** Names of headers as a browser lists them. */
const HEADER_NAMES = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:\s*,\s*[!#$%&'*+.^_`|~0-9A-Za-z-]+)*$/
const USUAL_HEADERS = 'Authorization, Content-Type, X-Request-Id'

/**
 * Headers for an answer to this request: leave for a page that is allowed. Where a list is configured any answer depends
 * on the page, and caches are told so.
 */
export function corsHeaders(head: RequestHead, allowed: readonly string[]): HeaderList {
  if (allowed.length === 0) return []
  const origin = headerOf(head, 'origin')
  if (origin === undefined || !isListed(origin, allowed)) return [VARY]
  return [['Access-Control-Allow-Origin', origin], ['Access-Control-Expose-Headers', EXPOSED], VARY]
}

/** Answers a preflight whose origin is allowed, with every header that it asks for; the caller adds its CORS headers. */
export function preflight(exchange: HttpExchange): void {
  const asked = headerOf(exchange.head, 'access-control-request-headers')?.trim() ?? ''
  const isPrivate = headerOf(exchange.head, 'access-control-request-private-network') === 'true'
  exchange.send(
    204,
    [
      ['Access-Control-Allow-Methods', 'GET, POST, PUT, DELETE'],
      ['Access-Control-Allow-Headers', HEADER_NAMES.test(asked) ? asked : USUAL_HEADERS],
      ...(isPrivate ? [['Access-Control-Allow-Private-Network', 'true'] as const] : []),
      ['Access-Control-Max-Age', '600'],
    ],
    '',
  )
}

/** Throws UNAUTHORIZED (403) for a request that changes or costs something and comes from a page of elsewhere. */
export function assertOrigin(head: RequestHead, allowed: readonly string[]): void {
  const origin = headerOf(head, 'origin')
  if (SAFE_METHODS.has(head.method) || origin === undefined) return
  if (isListed(origin, allowed) || isSameOrigin(origin, head) || isOwnRequest(head)) return
  throw originNotAllowed()
}

/** With no list every page may open a WebSocket: there are no cookies that another page could borrow. */
export function mayOpenWebSocket(head: RequestHead, allowed: readonly string[]): boolean {
  const origin = headerOf(head, 'origin')
  if (origin === undefined || allowed.length === 0) return true
  return isListed(origin, allowed) || isSameOrigin(origin, head) || isOwnSocket(head)
}

export function originNotAllowed(): TtsError {
  const detail = 'expected a page of this server or an origin of server.allowedOrigins, got another'
  return new TtsError('UNAUTHORIZED', 'Origin not allowed', detail, { status: 403 })
}

/**
 * A page cannot set Host, X-Forwarded-Host or Sec-Fetch-Site of what it sends without asking: they tell the truth about
 * it. The last is there on https and localhost, also behind a proxy that changes Host.
 */
function isSameOrigin(origin: string, head: RequestHead): boolean {
  if (headerOf(head, 'sec-fetch-site') === 'same-origin') return true
  const [, page] = /^https?:\/\/([^/]+)$/i.exec(origin) ?? []
  if (page === undefined) return false
  const asked = [headerOf(head, 'host'), headerOf(head, 'x-forwarded-host')?.split(',')[0]?.trim()]
  return asked.some((host) => host !== undefined && bareHost(host) === bareHost(page))
}

/** Without a port that every client leaves out. */
function bareHost(host: string): string {
  return host.toLowerCase().replace(/:(80|443)$/, '')
}

function isListed(origin: string, allowed: readonly string[]): boolean {
  return allowed.includes('*') || allowed.includes(origin)
}
