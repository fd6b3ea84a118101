/**
 * Which request heads are refused whatever their route: those that two servers in a row could read differently, and
 * oversized ones. RFC 9112's framing rules as far as a transport may leave them to us.
 */
import { headerOf, type RequestHead } from './transport.ts'

/** Bytes of the request target, and of all header lines together. */
const MAX_TARGET_BYTES = 8192
const MAX_HEADER_BYTES = 16_384
const MAX_HEADERS = 96
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

export interface HeadFault {
  readonly status: number
  readonly detail: string
}

/** The first reason to refuse this head, or undefined. The connection cannot be trusted after one. */
export function findFramingFault(head: RequestHead): HeadFault | undefined {
  const lengths = valuesOf(head, 'content-length')
  const codings = valuesOf(head, 'transfer-encoding')
  if (lengths.length > 1) return bad(`expected one Content-Length, got ${lengths.length}`)
  if (lengths[0] !== undefined && !/^\d{1,15}$/.test(lengths[0])) {
    return bad('expected Content-Length as decimal digits, got something else')
  }
  if (codings.length > 1 || (codings[0] !== undefined && codings[0].toLowerCase() !== 'chunked')) {
    return bad('expected no Transfer-Encoding but chunked, got another or several')
  }
  if (lengths.length > 0 && codings.length > 0) {
    return bad('expected Content-Length or Transfer-Encoding, got both')
  }
  if (head.version === '1.0' && codings.length > 0) {
    return bad('expected no Transfer-Encoding in HTTP/1.0, got one')
  }
  const hosts = valuesOf(head, 'host')
  const isHostMissing = hosts.length === 0 && head.version === '1.1'
  if (isHostMissing || hosts.length > 1) return bad(`expected one Host, got ${hosts.length}`)
  if (/^https?:/i.test(head.path)) return bad('expected an address whose host is that of Host, got another')
  if (!head.path.startsWith('/') && head.path !== '*') return bad('expected a path that starts with /')
  if (hasControlCharacter(head.path) || hasControlCharacter(head.query)) {
    return bad('expected a request target without control characters')
  }
  return findSizeFault(head)
}

/**
 * A request target as a path: proxies may send `http://host/path`, which is the path where that host is the one of the
 * Host header. HTTP/1.0 may send none. Other targets stay as they are, and are refused.
 */
export function originForm(target: string, host: string | undefined): string {
  const [, scheme = '', authority, rest = ''] = /^(https?):\/\/([^/?#]+)(.*)$/i.exec(target) ?? []
  if (authority === undefined) return target
  const bare = (name: string) => name.toLowerCase().replace(scheme.length === 4 ? /:80$/ : /:443$/, '')
  if (host !== undefined && bare(authority) !== bare(host)) return target
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** Body bytes that the head announces; undefined where it is chunked. */
export function declaredLength(head: RequestHead): number | undefined {
  const length = headerOf(head, 'content-length')
  if (length !== undefined) return Number(length)
  return headerOf(head, 'transfer-encoding') === undefined ? 0 : undefined
}

/** Why a WebSocket handshake is refused, or undefined (RFC 6455 §4.2.1). */
export function findHandshakeFault(head: RequestHead): HeadFault | undefined {
  if (head.version !== '1.1') return bad('expected HTTP/1.1 for a WebSocket, got HTTP/1.0')
  if (head.method !== 'GET') return bad('expected GET for a WebSocket, got another method')
  const upgrade = headerOf(head, 'upgrade')?.toLowerCase()
  if (upgrade !== 'websocket') return { status: 426, detail: 'expected Upgrade: websocket' }
  const version = headerOf(head, 'sec-websocket-version')
  if (version !== '13') return { status: 426, detail: 'expected Sec-WebSocket-Version: 13' }
  if (!/^[A-Za-z0-9+/]{22}==$/.test(headerOf(head, 'sec-websocket-key') ?? '')) {
    return bad('expected a Sec-WebSocket-Key of 16 bytes in base64')
  }
  if ((declaredLength(head) ?? 1) > 0) return bad('expected no body on a WebSocket handshake')
  const protocols = valuesOf(head, 'sec-websocket-protocol').join(',')
  const names = protocols.split(',').map((name) => name.trim())
  const areTokens = names.every((name) => TOKEN.test(name)) && new Set(names).size === names.length
  if (headerOf(head, 'sec-websocket-protocol') !== undefined && !areTokens)
    return bad('expected sub-protocols as different tokens, got others')
  return undefined
}

function findSizeFault(head: RequestHead): HeadFault | undefined {
  const target = head.path.length + head.query.length
  if (target > MAX_TARGET_BYTES) {
    return { status: 414, detail: `expected a request target of at most ${MAX_TARGET_BYTES} bytes` }
  }
  let bytes = 0
  for (const [name, value] of head.headers) bytes += name.length + value.length + 4
  if (bytes > MAX_HEADER_BYTES || head.headers.length > MAX_HEADERS) {
    return {
      status: 431,
      detail: `expected at most ${MAX_HEADERS} headers of together ${MAX_HEADER_BYTES} bytes`,
    }
  }
  return undefined
}

function valuesOf(head: RequestHead, name: string): string[] {
  return head.headers.filter(([key]) => key === name).map(([, value]) => value)
}

function bad(detail: string): HeadFault {
  return { status: 400, detail }
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code <= 0x20 || code === 0x7f) return true
  }
  return false
}
