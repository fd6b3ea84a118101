/**
 * A form in JSON, read as it arrives. Text of its file fields goes to their files piece by piece. The rest is small and is
 * parsed at the end.
 */
import { parseJson } from '../../api/validate.ts'
import { TtsError } from '../../core/errors.ts'
import { Base64File, decodeFile } from './base64-file.ts'

/** Bytes of everything but files: the longest text fields that multipart takes, with every character escaped. */
const MAX_REST_BYTES = 1024 * 1024
/** Bytes outside of strings, which become values of some hundred bytes each. */
const MAX_SHAPE_BYTES = 64 * 1024
const MAX_QUOTES = 16 * 1024
/** Bytes of a name that could be a file's, each character escaped. */
const MAX_NAME_BYTES = 6 * 100

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENING: ReadonlySet<number> = new Set([...'{['].map((sign) => sign.charCodeAt(0)))
const CLOSING: ReadonlySet<number> = new Set([...'}]'].map((sign) => sign.charCodeAt(0)))
const BLANKS: ReadonlySet<number> = new Set([...'\r\n\t '].map((sign) => sign.charCodeAt(0)))
const [BRACE, COMMA, COLON] = [...'{,:'].map((sign) => sign.charCodeAt(0))

/** Where the reader is: between strings, in a string that is kept, or in a file's text. */
type Place = 'shape' | 'string' | 'file'

export class JsonForm {
  readonly #fileFields: readonly string[]
  readonly #maxFileBytes: number
  readonly #rest: Uint8Array[] = []
  #restBytes = 0
  #shapeBytes = 0
  #quotes = 0
  #place: Place = 'shape'
  #depth = 0
  /** The last sign outside of strings that is no blank; 0 before the first. */
  #lastSign = 0
  /** Backslashes in a row right before the next byte. */
  #backslashes = 0
  /** Bytes of the string that may be a field's name. */
  #name: Buffer[] | undefined
  #field: string | undefined
  #file: Base64File | undefined
  readonly #files = new Map<string, Base64File>()
  /** A file's text up to an escape that is not whole. */
  #escape = ''

  constructor(fileFields: readonly string[], maxFileBytes: number) {
    this.#fileFields = fileFields
    this.#maxFileBytes = maxFileBytes
  }

  /** Throws INVALID_REQUEST for a larger or a malformed one, FILE_TOO_LARGE. */
  write(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    for (let at = 0; at < bytes.length; ) {
      at = this.#place === 'shape' ? this.#walkShape(bytes, at) : this.#walkString(bytes, at)
    }
  }

  /** All values, without the file fields that held text or nothing, and those files. Throws likewise, and INVALID_PARAMETER. */
  end(): { readonly values: Readonly<Record<string, unknown>>; readonly files: Map<string, Uint8Array> } {
    if (this.#place === 'file') throw malformed('expected a JSON object, got text that is not JSON')
    const value = parseJson(decodeUtf8(Buffer.concat(this.#rest, this.#restBytes)))
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw malformed('expected a JSON object, got another value')
    }
    const values = { ...(value as Record<string, unknown>) }
    const files = new Map<string, Uint8Array>()
    for (const name of this.#fileFields) {
      if (!Object.hasOwn(values, name)) continue
      const kept = values[name]
      const file = kept === '' ? this.#files.get(name) : undefined
      if (file !== undefined && !file.isEmpty) files.set(name, file.end())
      else if (kept !== '' && kept !== null) files.set(name, decodeFile(name, kept, this.#maxFileBytes))
      delete values[name]
    }
    return { values, files }
  }

  /** Up to the first byte of a string, or to the end. */
  #walkShape(bytes: Buffer, from: number): number {
    const quote = bytes.indexOf(QUOTE, from)
    const end = quote < 0 ? bytes.length : quote
    this.#shapeBytes += end - from
    if (this.#shapeBytes > MAX_SHAPE_BYTES) throw tooLarge()
    for (let at = from; at < end; at++) {
      const sign = bytes[at]!
      if (BLANKS.has(sign)) continue
      this.#lastSign = sign
      if (OPENING.has(sign)) this.#depth++
      else if (CLOSING.has(sign)) this.#depth--
    }
    if (quote < 0) {
      this.#keep(bytes.subarray(from))
      return end
    }
    this.#keep(bytes.subarray(from, quote + 1))
    this.#beginString()
    return quote + 1
  }

  #beginString(): void {
    this.#countQuote()
    this.#backslashes = 0
    this.#place = 'string'
    if (this.#depth !== 1) return
    if (this.#lastSign === COLON && this.#field !== undefined) {
      this.#place = 'file'
      this.#file = new Base64File(this.#field, this.#maxFileBytes)
      this.#files.set(this.#field, this.#file)
    } else if (this.#lastSign === BRACE || this.#lastSign === COMMA) this.#name = []
    this.#field = undefined
  }

  /** Up to the byte behind a quote, the string's own or one that is escaped, or to the end. */
  #walkString(bytes: Buffer, from: number): number {
    const quote = bytes.indexOf(QUOTE, from)
    const end = quote < 0 ? bytes.length : quote
    let first = end
    while (first > from && bytes[first - 1] === BACKSLASH) first--
    this.#backslashes = end - first + (first === from ? this.#backslashes : 0)
    const isEscaped = this.#backslashes % 2 === 1
    const isOver = quote >= 0 && !isEscaped
    const behind = quote < 0 || isOver ? end : quote + 1
    this.#takeText(bytes.subarray(from, behind), isOver)
    if (quote < 0) return end
    if (isOver) {
      this.#keep(bytes.subarray(quote, quote + 1))
      this.#place = 'shape'
      this.#lastSign = QUOTE
    } else this.#countQuote()
    this.#backslashes = 0
    return quote + 1
  }

  #takeText(bytes: Buffer, isOver: boolean): void {
    if (this.#place === 'file') {
      this.#takeFile(this.#escape + bytes.toString('latin1'), isOver)
      return
    }
    this.#keep(bytes)
    if (this.#name === undefined) return
    this.#name.push(bytes)
    if (!isOver) return
    const name = Buffer.concat(this.#name)
    this.#name = undefined
    if (name.length > MAX_NAME_BYTES) return
    const field = unescaped(name.toString('utf8'))
    if (this.#fileFields.includes(field)) this.#field = field
  }

  /** Characters beyond ASCII are no base64, whatever they are read as. */
  #takeFile(text: string, isOver: boolean): void {
    const whole = isOver ? text.length : wholeEscapes(text)
    this.#escape = text.slice(whole)
    this.#file!.write(unescaped(text.slice(0, whole)))
  }

  #keep(bytes: Uint8Array): void {
    this.#restBytes += bytes.length
    if (this.#restBytes > MAX_REST_BYTES) throw tooLarge()
    this.#rest.push(bytes)
  }

  #countQuote(): void {
    if (++this.#quotes > MAX_QUOTES) throw tooLarge()
  }
}

/** Characters up to an escape whose end is missing. `text` begins between two escapes. */
function wholeEscapes(text: string): number {
  const last = text.lastIndexOf('\\')
  if (last < 0 || last <= text.length - UNICODE_ESCAPE) return text.length
  let first = last
  while (text[first - 1] === '\\') first--
  const isEscaped = (last - first) % 2 === 1
  const isWhole = isEscaped || (last + 1 < text.length && text[last + 1] !== 'u')
  return isWhole ? text.length : last
}

/** Characters of the longest escape. */
const UNICODE_ESCAPE = 6

/** A string of JSON without its quotes, as text. Throws INVALID_REQUEST. */
function unescaped(text: string): string {
  return parseJson(`"${text}"`) as string
}

export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw malformed('expected text in UTF-8, got other bytes')
  }
}

function tooLarge(): TtsError {
  return malformed('expected a JSON object with the fields of a form, got a larger one')
}

function malformed(detail: string): TtsError {
  return new TtsError('INVALID_REQUEST', 'Malformed request', detail)
}
