/**
 * An urlencoded form, read as it arrives. Text of its file fields goes to their files piece by piece. Other fields are small
 * and are decoded at the end.
 */
import { TtsError } from '../../core/errors.ts'
import { Base64File, decodeFile } from './base64-file.ts'
import { decodeUtf8 } from './json-form.ts'

/** Of a form in any encoding: about twice what a route knows, so that unknown ones are named instead of counted. */
export const MAX_FIELDS = 30
/** Bytes of a field that is no file, percent-encoded at worst, and of all of them. */
const MAX_PAIR_BYTES = 3 * 64 * 1024
const MAX_REST_BYTES = 1024 * 1024

const AMPERSAND = 0x26
const EQUALS = 0x3d

export class UrlencodedForm {
  readonly #fileFields: readonly string[]
  readonly #maxFileBytes: number
  readonly #pairs: string[] = []
  readonly #files = new Map<string, Base64File>()
  #count = 0
  #restBytes = 0
  /** Pieces of the pair that is arriving, unless it is a file's. */
  #pair: Buffer[] = []
  #pairBytes = 0
  #isNamed = false
  #file: { readonly into: Base64File; isBroken: boolean } | undefined
  /** A file's text up to an escape that is not whole. */
  #escape = ''

  constructor(fileFields: readonly string[], maxFileBytes: number) {
    this.#fileFields = fileFields
    this.#maxFileBytes = maxFileBytes
  }

  /** Throws INVALID_REQUEST for more or longer fields, FILE_TOO_LARGE. */
  write(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    for (let at = 0; at < bytes.length; ) {
      const mark = bytes.indexOf(AMPERSAND, at)
      const end = mark < 0 ? bytes.length : mark
      this.#take(bytes.subarray(at, end))
      if (mark >= 0) this.#endPair()
      at = end + 1
    }
  }

  /** Throws likewise, and INVALID_PARAMETER for files. */
  end(): { readonly fields: Map<string, string>; readonly files: Map<string, Uint8Array> } {
    this.#endPair()
    const fields = new Map<string, string>()
    const files = new Map<string, Uint8Array>()
    const names = new Set<string>()
    for (const pair of this.#pairs) {
      const [name, value] = readPair(pair)
      if (names.has(name)) throw malformed('expected every field once, got one twice')
      names.add(name)
      if (!this.#fileFields.includes(name)) fields.set(name, value)
      else if (value !== '') files.set(name, decodeFile(name, asBase64(value), this.#maxFileBytes))
    }
    for (const [name, file] of this.#files) {
      if (names.has(name)) throw malformed('expected every field once, got one twice')
      if (!file.isEmpty) files.set(name, file.end())
    }
    return { fields, files }
  }

  #take(bytes: Buffer): void {
    if (bytes.length === 0) return
    if (this.#file !== undefined) {
      this.#takeFile(this.#escape + bytes.toString('latin1'), false)
      return
    }
    const mark = this.#isNamed ? -1 : bytes.indexOf(EQUALS)
    if (mark < 0) {
      this.#keep(bytes)
      return
    }
    this.#isNamed = true
    this.#keep(bytes.subarray(0, mark + 1))
    const name = Buffer.concat(this.#pair).toString('utf8').slice(0, -1)
    if (this.#fileFields.includes(name)) this.#beginFile(name)
    this.#take(bytes.subarray(mark + 1))
  }

  #beginFile(name: string): void {
    if (this.#files.has(name)) throw malformed('expected every field once, got one twice')
    const into = new Base64File(name, this.#maxFileBytes)
    this.#file = { into, isBroken: false }
    this.#files.set(name, into)
  }

  #takeFile(text: string, isOver: boolean): void {
    const file = this.#file!
    if (file.isBroken) return
    const whole = isOver ? text.length : wholeEscapes(text)
    this.#escape = text.slice(whole)
    const encoded = text.slice(0, whole)
    let decoded: string
    try {
      decoded = decodeURIComponent(encoded)
    } catch {
      // No base64, whatever follows: what the file says of it depends on how it begins.
      decoded = byteByByte(encoded)
      file.isBroken = true
    }
    file.into.write(asBase64(decoded))
  }

  #endPair(): void {
    const isFile = this.#file !== undefined
    if (this.#file !== undefined) this.#takeFile(this.#escape, true)
    if (this.#pairBytes > 0 && ++this.#count > MAX_FIELDS) throw tooManyFields()
    if (this.#pairBytes > 0 && !isFile) this.#pairs.push(decodeUtf8(Buffer.concat(this.#pair)))
    this.#file = undefined
    this.#escape = ''
    this.#isNamed = false
    this.#pair = []
    this.#pairBytes = 0
  }

  #keep(bytes: Buffer): void {
    this.#pairBytes += bytes.length
    this.#restBytes += bytes.length
    if (this.#pairBytes > MAX_PAIR_BYTES || this.#restBytes > MAX_REST_BYTES) {
      throw malformed('expected fields of at most 65536 bytes, got a longer one')
    }
    this.#pair.push(bytes)
  }
}

/** Characters up to a percent-encoded byte whose end is missing. */
function wholeEscapes(text: string): number {
  const last = text.lastIndexOf('%')
  return last < 0 || last <= text.length - 3 ? text.length : last
}

function byteByByte(text: string): string {
  return text.replace(/%[\da-f]{2}/gi, (byte) => String.fromCharCode(Number.parseInt(byte.slice(1), 16)))
}

/** A plus sign that was not escaped may have become a blank, which base64 has no other use for. */
function asBase64(text: string): string {
  return text.replaceAll(' ', '+')
}

/** Name and value. */
function readPair(pair: string): [name: string, value: string] {
  const mark = pair.indexOf('=')
  const [name, value] = mark < 0 ? [pair, ''] : [pair.slice(0, mark), pair.slice(mark + 1)]
  try {
    return [decodeText(name), decodeText(value)]
  } catch {
    // Signs of percent without two digits stay. The sign in front keeps them for a question mark at the start, too.
    return [...new URLSearchParams(`&${pair}`)][0] ?? ['', '']
  }
}

/** Fast where all is well-formed: the usual decoder takes a tenth of a second for a million plus signs. */
function decodeText(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '))
}

export function tooManyFields(): TtsError {
  return malformed(`expected at most ${MAX_FIELDS} fields`)
}

function malformed(detail: string): TtsError {
  return new TtsError('INVALID_REQUEST', 'Malformed request', detail)
}
