/** A position in a pickle's bytes, and the fixed forms in which pickle writes numbers and text. */
import { refusal } from './refusal.ts'

const LONGEST_LINE = 256
/** Bytes of an arbitrary-size integer: 64 bits and sign suffice for all that torch writes. */
const LONGEST_INTEGER = 9

const utf8 = new TextDecoder('utf-8', { fatal: true })

export class PickleCursor {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #name: string
  #at = 0

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#name = name
  }

  /** Unsigned integer of 1, 2, 4 or 8 bytes. */
  uint(width: number): number {
    const at = this.#take(width)
    if (width === 1) return this.#view.getUint8(at)
    if (width === 2) return this.#view.getUint16(at, true)
    if (width === 4) return this.#view.getUint32(at, true)
    return Number(this.#view.getBigUint64(at, true))
  }

  float(): number {
    return this.#view.getFloat64(this.#take(8), false)
  }

  /** Two's complement integer whose byte count is written first, in `width` bytes. */
  long(width: number): number | bigint {
    const length = this.uint(width)
    if (length > LONGEST_INTEGER)
      throw this.bad(`an integer of at most ${LONGEST_INTEGER} bytes`, `${length} bytes`)
    const at = this.#take(length)
    let value = 0n
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[at + i]!)
    const signed = BigInt.asIntN(8 * length, value)
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed
  }

  /** UTF-8 text whose byte count is written first, in `width` bytes. */
  text(width: number): string {
    const bytes = this.blob(width)
    try {
      return utf8.decode(bytes)
    } catch {
      throw this.bad('UTF-8 text', 'other bytes')
    }
  }

  /** Bytes, as a view, whose count is written first, in `width` bytes. */
  blob(width: number): Uint8Array {
    const length = this.uint(width)
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  /** Text up to a line feed, which is taken too. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at)
    if (end < 0 || end - this.#at > LONGEST_LINE) throw this.bad('a line', 'no line feed nearby')
    const at = this.#take(end - this.#at + 1)
    return String.fromCharCode(...this.#bytes.subarray(at, end))
  }

  bad(expected: string, got: string): ReturnType<typeof refusal> {
    return refusal(this.#name, `pickle byte ${this.#at}`, expected, got)
  }

  /** Moves past `length` bytes that must be there; returns where they start. */
  #take(length: number): number {
    const at = this.#at
    const left = this.#bytes.length - at
    if (length > left) throw this.bad(`${length} bytes`, `${left} left`)
    this.#at = at + length
    return at
  }
}
