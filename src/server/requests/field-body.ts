/**
 * Reads a form that came as JSON or urlencoded text: the same fields as multipart, with the recording as base64 or a data
 * URI.
 */
import { parseJson } from '../../api/validate.ts'
import { TtsError } from '../../core/errors.ts'
import type { HttpExchange } from '../transport/transport.ts'
import { type BodyLimits, fileTooLarge, receiveBody } from './request-body.ts'

export type FieldEncoding = 'application/json' | 'application/x-www-form-urlencoded'

/** Fields whose text is a file where a route names no others; empty or null, it was left out. */
export const FILE_FIELDS: readonly string[] = ['prompt_wav']
/** Text beside the file: the longest fields that multipart takes, with every character escaped. */
const OVERHEAD_BYTES = 1024 * 1024
/** Of a form in any encoding: about twice what a route knows, so that unknown ones are named instead of counted. */
export const MAX_FIELDS = 30

export interface FileLimits {
  readonly maxFileBytes: number
  /** Fields whose text is a file. */
  readonly fileFields?: readonly string[]
}

export interface FieldBody {
  /** Values of a JSON body; undefined where all values are text. */
  readonly values: Readonly<Record<string, unknown>> | undefined
  readonly fields: ReadonlyMap<string, string>
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** Bytes that a body may have whose files have at most `maxFileBytes`: base64, and every `+` and `/` percent-encoded at worst. */
export function maxFieldBytes(maxFileBytes: number): number {
  return Math.ceil((maxFileBytes * 4) / 3) + OVERHEAD_BYTES
}

/** `take` counts bytes as they arrive. Rejects like `receiveBody`, and with INVALID_REQUEST or INVALID_PARAMETER. */
export async function receiveFields(
  exchange: HttpExchange,
  encoding: FieldEncoding,
  limits: BodyLimits & FileLimits,
  take: (bytes: number) => void,
): Promise<FieldBody> {
  const chunks: Uint8Array[] = []
  await receiveBody(exchange, limits, {
    write: (chunk) => {
      take(chunk.length)
      chunks.push(chunk)
      return true
    },
    onRoom: () => {},
  })
  const bytes = Buffer.concat(chunks)
  if (encoding === 'application/json') {
    checkShape(bytes)
    return readObject(parseJson(decodeUtf8(bytes)), limits)
  }
  // Taken apart, millions of fields would be held before one could be counted.
  if (countUpTo(MAX_FIELDS, bytes, AMPERSAND) >= MAX_FIELDS) throw tooManyFields()
  return readPairs(decodeUtf8(bytes), limits)
}

const QUOTE = 0x22
const AMPERSAND = 0x26
const BACKSLASH = 0x5c
/** Of a JSON form: bytes outside of strings, and quotes, those within strings too. */
const MAX_SHAPE_BYTES = 64 * 1024
const MAX_QUOTES = 16 * 1024

/**
 * Throws where a body has more than a form's values in it: a parser would hold some hundred bytes for each value of a
 * body of many megabytes. It would serve no other client meanwhile.
 */
export function checkShape(json: Buffer): void {
  let outside = 0
  let from = 0
  for (let quotes = 0; ; quotes++) {
    const open = json.indexOf(QUOTE, from)
    outside += (open < 0 ? json.length : open) - from
    if (outside > MAX_SHAPE_BYTES || quotes > MAX_QUOTES) {
      throw malformed('expected a JSON object with the fields of a form, got a larger one')
    }
    if (open < 0) return
    let end = json.indexOf(QUOTE, open + 1)
    for (; end >= 0 && isEscaped(json, end); quotes++) {
      if (quotes > MAX_QUOTES) break
      end = json.indexOf(QUOTE, end + 1)
    }
    // Without its end the text is no JSON, which the parser says in its own words.
    if (end < 0) return
    from = end + 1
  }
}

function isEscaped(json: Buffer, at: number): boolean {
  let before = at
  while (json[before - 1] === BACKSLASH) before--
  return (at - before) % 2 === 1
}

/** How often a byte occurs, as far as `most`. */
function countUpTo(most: number, bytes: Buffer, byte: number): number {
  let count = 0
  for (let at = bytes.indexOf(byte); at >= 0 && count < most; at = bytes.indexOf(byte, at + 1)) count++
  return count
}

function readObject(value: unknown, { maxFileBytes, fileFields = FILE_FIELDS }: FileLimits): FieldBody {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed('expected a JSON object, got another value')
  }
  const values = { ...(value as Record<string, unknown>) }
  const files = new Map<string, Uint8Array>()
  for (const name of fileFields) {
    if (!Object.hasOwn(values, name)) continue
    if (values[name] !== '' && values[name] !== null)
      files.set(name, decodeFile(name, values[name], maxFileBytes))
    delete values[name]
  }
  return { values, fields: new Map(), files }
}

function readPairs(text: string, { maxFileBytes, fileFields = FILE_FIELDS }: FileLimits): FieldBody {
  const fields = new Map<string, string>()
  const files = new Map<string, Uint8Array>()
  const names = new Set<string>()
  for (const pair of text.split('&').filter((each) => each !== '')) {
    const [name, value] = readPair(pair, fileFields)
    if (names.has(name)) throw malformed('expected every field once, got one twice')
    if (names.size >= MAX_FIELDS) throw tooManyFields()
    names.add(name)
    if (fileFields.includes(name) && value === '') continue
    // A plus sign that was not escaped may have become a blank, which base64 has no other use for.
    if (fileFields.includes(name)) files.set(name, decodeFile(name, value.replaceAll(' ', '+'), maxFileBytes))
    else fields.set(name, value)
  }
  return { values: undefined, fields, files }
}

/** Characters of a field that is no file, percent-encoded at worst. */
const MAX_PAIR_LENGTH = 3 * 64 * 1024

/** Name and value. The usual decoder takes seconds for a file of many signs; only short fields meet it. */
function readPair(pair: string, fileFields: readonly string[]): [name: string, value: string] {
  const mark = pair.indexOf('=')
  const name = mark < 0 ? pair : pair.slice(0, mark)
  if (fileFields.includes(name)) {
    try {
      return [name, decodeURIComponent(pair.slice(name.length + 1))]
    } catch {
      throw notBase64(name, 'text that is not percent-encoded')
    }
  }
  if (pair.length > MAX_PAIR_LENGTH)
    throw malformed('expected fields of at most 65536 bytes, got a longer one')
  // The sign in front: a question mark at the very start would be taken away.
  return [...new URLSearchParams(`&${pair}`)][0] ?? ['', '']
}

const DATA_URI = /^data:[\w.+-]*\/?[\w.+-]*(?:;[\w.+-]+=[\w.+-]*)*;base64,/

/** Base64 in the standard or URL-safe alphabet, with or without padding and line breaks, alone or in a data URI. */
export function decodeFile(name: string, value: unknown, maxFileBytes: number): Uint8Array {
  if (typeof value !== 'string') throw notBase64(name, typeof value)
  if (/^https?:/i.test(value)) throw notBase64(name, 'an address, which is not fetched')
  const prefix = DATA_URI.exec(value.slice(0, 256))?.[0] ?? ''
  if (value.startsWith('data:') && prefix === '') throw notBase64(name, 'another data URI')
  const text = prefix === '' ? value : value.slice(prefix.length)
  const digits = countDigits(text)
  const bytes = Buffer.from(text, 'base64')
  // The decoder skips what it does not know: then the lengths differ.
  if (digits % 4 === 1 || bytes.length !== Math.floor((digits * 3) / 4)) throw notBase64(name, 'other text')
  if (bytes.length > maxFileBytes) throw fileTooLarge(maxFileBytes)
  return bytes
}

const BLANKS: ReadonlySet<number> = new Set([...'\r\n\t '].map((blank) => blank.charCodeAt(0)))
const PADDING = 0x3d

/** Characters beside blanks, and beside one or two signs of padding at the end. */
function countDigits(text: string): number {
  let digits = 0
  let padding = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code <= 0x20 && BLANKS.has(code)) continue
    digits++
    padding = code === PADDING ? padding + 1 : 0
  }
  return padding <= 2 ? digits - padding : digits
}

function tooManyFields(): TtsError {
  return malformed(`expected at most ${MAX_FIELDS} fields`)
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw malformed('expected text in UTF-8, got other bytes')
  }
}

function notBase64(name: string, got: string): TtsError {
  return new TtsError(
    'INVALID_PARAMETER',
    'Invalid parameter',
    `${name}: expected base64 text or a data URI with base64, got ${got}`,
  )
}

function malformed(detail: string): TtsError {
  return new TtsError('INVALID_REQUEST', 'Malformed request', detail)
}
