/** What to answer where Node's parser gave up, so that no malformed request ends in silence. */
import type { HeadFault } from './request-framing.ts'

/** An error of Node's HTTP server, with the bytes that it could not read. */
export interface ParserError extends Error {
  readonly code?: string
  readonly rawPacket?: Buffer
  /** Of the packet, before the fault was found. */
  readonly bytesParsed?: number
}

/** A request line of the right shape: a method and a version, whatever they are. */
const REQUEST_LINE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64} \S+ HTTP\/(\d)\.(\d)\r\n/

/** Bytes of a packet that are looked at for a request's first line, from the line's start on. */
const LINE_BYTES = 8192

/** The answer, or undefined for a connection that sent nothing and needs none. */
export function findParserFault({ code, rawPacket, bytesParsed }: ParserError): HeadFault | undefined {
  switch (code) {
    case 'ECONNRESET':
    case 'EPIPE':
      return undefined
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, detail: 'expected a whole request head within 10 s, got a part of one' }
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, detail: 'expected a smaller request head, got one that is too large' }
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, detail: 'expected short chunk extensions, got long ones' }
    case 'HPE_PAUSED_H2_UPGRADE':
      return OTHER_VERSION
    case 'HPE_INVALID_METHOD':
    case 'HPE_INVALID_VERSION':
      return findLineFault(code, lineAt(rawPacket ?? Buffer.alloc(0), bytesParsed ?? 0))
    default:
      return { status: 400, detail: 'expected a well-formed HTTP request, got another' }
  }
}

const OTHER_VERSION = { status: 505, detail: 'expected HTTP/1.1 or HTTP/1.0, got another version' }

/** From the start of the line that holds this byte: other requests may stand before it in the packet. */
function lineAt(packet: Buffer, at: number): string {
  const before = at === 0 ? -1 : packet.lastIndexOf('\r\n', at - 1)
  const start = before < 0 ? 0 : before + 2
  return packet.toString('latin1', start, start + LINE_BYTES)
}

/** An unknown method or version is one only in a line of the right shape. */
function findLineFault(code: string, text: string): HeadFault {
  const [, major, minor] = REQUEST_LINE.exec(text) ?? []
  if (major === undefined) return { status: 400, detail: 'expected an HTTP request, got other bytes' }
  if (major !== '1' || (minor !== '0' && minor !== '1')) {
    return OTHER_VERSION
  }
  if (code !== 'HPE_INVALID_METHOD') return { status: 400, detail: 'expected a request line, got another' }
  return { status: 501, detail: 'expected a known method, got another' }
}
