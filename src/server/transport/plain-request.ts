/**
 * Which bytes are one ordinary request: what every parser reads alike. Everything else is left to the parser that can
 * say what is wrong with it, or that speaks HTTP/1.0. Asked before each request, so it makes no objects.
 */

/** Bytes of a head that uWebSockets.js takes in its default settings, with some to spare. */
const MAX_HEAD_BYTES = 4000
const MAX_HEADERS = 64
const MAX_LENGTH_DIGITS = 15

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const MAX_METHOD_BYTES = 7
const VERSION = ' HTTP/1.1\r\n'
/** Headers that change how a message is framed or what follows it. */
const SPECIAL: ReadonlySet<string> = new Set(['transfer-encoding', 'expect', 'upgrade', 'te', 'trailer'])
/** Lengths of those names, and of the others that are looked at. */
const NAME_LENGTHS: ReadonlySet<number> = new Set(
  [...SPECIAL, 'host', 'connection', 'content-length'].map(({ length }) => length),
)

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const BLANK = 0x20
const SLASH = 0x2f
const COLON = 0x3a

/** What names every build takes: the oldest closes a connection without a word at other characters of a token. */
const isName = tableOf((code) => /[0-9A-Za-z-]/.test(String.fromCharCode(code)))
const isTarget = tableOf((code) => code >= 0x21 && code <= 0x7e)
/** Bytes beyond ASCII are read as other characters by each library. */
const isValue = tableOf((code) => code === TAB || (code >= BLANK && code < 0x7f))

/**
 * True for the whole head of an HTTP/1.1 request with one Host. Its body has a stated length, or there is none, and
 * nothing follows it.
 */
export function isPlainRequest(bytes: Buffer): boolean {
  let at = endOfRequestLine(bytes)
  let hosts = 0
  let length = -1
  for (let headers = 0; at > 0 && at < MAX_HEAD_BYTES; headers++) {
    if (bytes[at] === CR && bytes[at + 1] === LF) {
      return hosts === 1 && bytes.length - at - 2 <= Math.max(0, length)
    }
    const nameEnd = run(bytes, at, isName)
    if (nameEnd === at || bytes[nameEnd] !== COLON || headers >= MAX_HEADERS) return false
    let value = nameEnd + 1
    while (bytes[value] === BLANK || bytes[value] === TAB) value++
    const end = run(bytes, value, isValue)
    if (bytes[end] !== CR || bytes[end + 1] !== LF) return false
    if (NAME_LENGTHS.has(nameEnd - at)) {
      const name = bytes.toString('latin1', at, nameEnd).toLowerCase()
      if (SPECIAL.has(name)) return false
      if (name === 'host') hosts++
      if (
        name === 'connection' &&
        !/^(?:keep-alive|close)[\t ]*$/i.test(bytes.toString('latin1', value, end))
      )
        return false
      if (name === 'content-length') {
        const digits = bytes.toString('latin1', value, Math.min(end, value + MAX_LENGTH_DIGITS + 1))
        if (length >= 0 || digits.length > MAX_LENGTH_DIGITS || !/^\d+$/.test(digits)) return false
        length = Number(digits)
      }
    }
    at = end + 2
  }
  return false
}

/** Where the headers begin; 0 where the first line is none of a request that is served. */
function endOfRequestLine(bytes: Buffer): number {
  const blank = bytes.indexOf(BLANK)
  if (
    blank < 0 ||
    blank > MAX_METHOD_BYTES ||
    bytes[blank + 1] !== SLASH ||
    !METHODS.has(bytes.toString('latin1', 0, blank))
  )
    return 0
  const end = run(bytes, blank + 1, isTarget)
  return bytes.toString('latin1', end, end + VERSION.length) === VERSION ? end + VERSION.length : 0
}

/** The first byte from `at` on that is not of the class. */
function run(bytes: Buffer, at: number, isOf: Uint8Array): number {
  let end = at
  while (isOf[bytes[end] ?? LF] === 1) end++
  return end
}

function tableOf(isOf: (code: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => (isOf(code) ? 1 : 0))
}
