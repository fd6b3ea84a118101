/**
 * Which first bytes of a connection are one ordinary request: what every parser reads alike. Everything else is left to
 * the parser that can say what is wrong with it, or that speaks HTTP/1.0 and WebSocket.
 */

/** Bytes of a head that uWebSockets.js takes in its default settings, with some to spare. */
const MAX_HEAD_BYTES = 4000
const MAX_HEADERS = 64

const REQUEST_LINE = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \/[\x21-\x7e]* HTTP\/1\.1$/
const HEADER_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/
/** Headers that change how a message is framed or what follows it. */
const SPECIAL: ReadonlySet<string> = new Set(['transfer-encoding', 'expect', 'upgrade', 'te', 'trailer'])

/**
 * True for bytes that hold the whole head of an HTTP/1.1 request with one Host, a body of stated length or none, and
 * nothing behind that body.
 */
export function isPlainRequest(bytes: Buffer): boolean {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0 || end > MAX_HEAD_BYTES) return false
  const [requestLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  if (!REQUEST_LINE.test(requestLine) || lines.length > MAX_HEADERS) return false
  let hosts = 0
  let length: number | undefined
  for (const line of lines) {
    const [, name, value] = HEADER_LINE.exec(line) ?? []
    if (name === undefined || value === undefined) return false
    const key = name.toLowerCase()
    if (SPECIAL.has(key)) return false
    if (key === 'connection' && !/^(?:keep-alive|close)$/i.test(value.trim())) return false
    if (key === 'host') hosts++
    if (key === 'content-length') {
      if (length !== undefined || !/^\d{1,15}$/.test(value)) return false
      length = Number(value)
    }
  }
  return hosts === 1 && bytes.length - end - 4 <= (length ?? 0)
}
