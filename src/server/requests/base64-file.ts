/**
 * Base64 text as the bytes of a file, taken piece by piece. No turn decodes more than a piece, and the text is not held.
 *
 * Both alphabets, with or without padding and line breaks, alone or in a data URI.
 */
import { TtsError } from '../../core/errors.ts'
import { fileTooLarge } from './request-body.ts'

const DATA_URI = /^data:[\w.+-]*\/?[\w.+-]*(?:;[\w.+-]+=[\w.+-]*)*;base64,/i
/** Characters in which the head of a data URI ends. */
const HEAD_LENGTH = 256
const ADDRESS = /^https?:/i
/** Digits that three bytes have. */
const GROUP = 4

export class Base64File {
  readonly #name: string
  readonly #maxBytes: number
  readonly #parts: Uint8Array[] = []
  /** Text so far while the head of a data URI may not be whole; undefined behind it. */
  #head: string | undefined = ''
  /** Signs, without blanks, that are not decoded: the last group, and padding perhaps. */
  #rest = ''
  #bytes = 0
  #fault: TtsError | undefined
  /** Whether any text came. */
  isEmpty = true

  /** `name` is the field's, for refusals; `maxBytes` bounds what the text stands for. */
  constructor(name: string, maxBytes: number) {
    this.#name = name
    this.#maxBytes = maxBytes
  }

  /** Throws FILE_TOO_LARGE as soon as that is known; other faults are said at the end. */
  write(text: string): void {
    if (text === '') return
    this.isEmpty = false
    if (this.#fault !== undefined) return
    if (this.#head === undefined) {
      this.#take(text)
      return
    }
    this.#head += text
    if (this.#head.length >= HEAD_LENGTH) this.#cutHead()
  }

  /** The whole file. Throws INVALID_PARAMETER where the text was no base64, and FILE_TOO_LARGE. */
  end(): Uint8Array {
    this.#cutHead()
    const padding = /={0,2}$/.exec(this.#rest)![0].length
    this.#decode(this.#rest.slice(0, this.#rest.length - padding))
    if (this.#fault !== undefined) throw this.#fault
    return Buffer.concat(this.#parts, this.#bytes)
  }

  #cutHead(): void {
    const head = this.#head
    if (head === undefined) return
    this.#head = undefined
    const prefix = DATA_URI.exec(head.slice(0, HEAD_LENGTH))?.[0] ?? ''
    if (ADDRESS.test(head)) this.#fault = notBase64(this.#name, 'an address, which is not fetched')
    else if (/^data:/i.test(head) && prefix === '') this.#fault = notBase64(this.#name, 'another data URI')
    else this.#take(head.slice(prefix.length))
  }

  #take(text: string): void {
    const signs = this.#rest + text.replace(/[\r\n\t ]+/g, '')
    // One group more stays: padding is no part of a group in front of the last.
    const whole = Math.max(0, Math.floor((signs.length - GROUP) / GROUP) * GROUP)
    this.#decode(signs.slice(0, whole))
    this.#rest = signs.slice(whole)
  }

  #decode(digits: string): void {
    if (this.#fault !== undefined || digits === '') return
    const bytes = Buffer.from(digits, 'base64')
    // The decoder skips what it does not know: then the lengths differ.
    const isWhole = digits.length % GROUP !== 1 && bytes.length === Math.floor((digits.length * 3) / GROUP)
    if (!isWhole) {
      this.#fault = notBase64(this.#name, 'other text')
      this.#parts.length = 0
      return
    }
    this.#bytes += bytes.length
    if (this.#bytes > this.#maxBytes) throw fileTooLarge(this.#maxBytes)
    this.#parts.push(bytes)
  }
}

/** A whole text at once; throws likewise. Other values than text are refused, too. */
export function decodeFile(name: string, value: unknown, maxFileBytes: number): Uint8Array {
  if (typeof value !== 'string') throw notBase64(name, typeof value)
  const file = new Base64File(name, maxFileBytes)
  file.write(value)
  return file.end()
}

function notBase64(name: string, got: string): TtsError {
  return new TtsError(
    'INVALID_PARAMETER',
    'Invalid parameter',
    `${name}: expected base64 text or a data URI with base64, got ${got}`,
  )
}
