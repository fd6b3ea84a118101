/**
 * Events of the Wyoming protocol: a line of JSON with a type, then `data_length` bytes of more JSON, then
 * `payload_length` bytes. Source: module `event` of the Python package `wyoming`.
 */
import { parseJson } from '../../api/validate.ts'
import { TtsError } from '../../core/errors.ts'

export interface WyomingEvent {
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Bytes of one line, and of the JSON behind it: longer than any text that is taken. */
const MAX_JSON_BYTES = 1024 * 1024
/** Payloads of what a client sends are audio for other services: they are passed over, not kept. */
const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024
const NEWLINE = 0x0a
/** Crumbs that are joined at a time: each costs an object, each joining a copy of all. */
const MAX_PARTS = 1024

/** Cuts a stream of bytes into events, in any cut. */
export class WyomingReader {
  #held: Uint8Array = new Uint8Array(0)
  /** Arrived since, not yet looked at. */
  #parts: Uint8Array[] = []
  #partBytes = 0
  #header: { readonly type: string; readonly data: object; readonly dataLength: number } | undefined
  #toSkip = 0
  #skipAfterData = 0

  /** The events that are whole now. Throws INVALID_REQUEST for what is no event; nothing can be read after it. */
  push(chunk: Uint8Array): WyomingEvent[] {
    this.#parts.push(chunk)
    this.#partBytes += chunk.length
    if (!this.#canGoOn(chunk) && this.#parts.length < MAX_PARTS) return []
    this.#held = Buffer.concat([this.#held, ...this.#parts])
    this.#parts = []
    this.#partBytes = 0
    const events: WyomingEvent[] = []
    for (;;) {
      const event = this.#next()
      if (event === 'more') return events
      if (event !== 'skipped') events.push(event)
    }
  }

  /** Whether an event may be whole with `chunk`. */
  #canGoOn(chunk: Uint8Array): boolean {
    const bytes = this.#held.length + this.#partBytes
    if (this.#toSkip > 0) return true
    if (this.#header !== undefined) return bytes >= this.#header.dataLength
    return bytes > MAX_JSON_BYTES || chunk.includes(NEWLINE)
  }

  #next(): WyomingEvent | 'more' | 'skipped' {
    if (this.#toSkip > 0) {
      const skipped = Math.min(this.#toSkip, this.#held.length)
      this.#held = this.#held.subarray(skipped)
      this.#toSkip -= skipped
      return this.#toSkip > 0 ? 'more' : 'skipped'
    }
    if (this.#header === undefined) {
      const end = this.#held.indexOf(NEWLINE)
      if (end < 0 && this.#held.length <= MAX_JSON_BYTES) return 'more'
      if (end < 0 || end > MAX_JSON_BYTES)
        throw malformed(`a line of at most ${MAX_JSON_BYTES} bytes`, 'more')
      const line = this.#take(end + 1)
      // What separates events costs nothing.
      if (line.every((byte) => byte <= 0x20)) return 'skipped'
      this.#readHeader(line)
    }
    const { type, data, dataLength } = this.#header!
    if (this.#held.length < dataLength) return 'more'
    const more = dataLength === 0 ? {} : parseObject(this.#take(dataLength))
    this.#header = undefined
    this.#toSkip = this.#skipAfterData
    return { type, data: { ...data, ...more } }
  }

  #readHeader(line: Uint8Array): void {
    const header = parseObject(line)
    if (typeof header.type !== 'string') throw malformed('a type', 'none')
    this.#skipAfterData = lengthOf(header, 'payload_length', MAX_PAYLOAD_BYTES)
    this.#header = {
      type: header.type,
      data: typeof header.data === 'object' && header.data !== null ? header.data : {},
      dataLength: lengthOf(header, 'data_length', MAX_JSON_BYTES),
    }
  }

  #take(bytes: number): Uint8Array {
    const taken = this.#held.subarray(0, bytes)
    this.#held = this.#held.subarray(bytes)
    return taken
  }
}

/** An event as bytes, with a payload where there is one. */
export function wyomingBytes(type: string, data: object, payload?: Uint8Array): Uint8Array {
  const body = Buffer.from(JSON.stringify(data))
  const header = {
    type,
    version: PROTOCOL_VERSION,
    data_length: body.length,
    ...(payload === undefined ? {} : { payload_length: payload.length }),
  }
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), body, payload ?? new Uint8Array(0)])
}

/** The least version of the protocol that has what is sent here. */
const PROTOCOL_VERSION = '1.7.0'

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown
  try {
    value = parseJson(Buffer.from(bytes).toString('utf8'))
  } catch {
    throw malformed('a JSON object', 'something else')
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw malformed('a JSON object', 'something else')
}

function lengthOf(header: Record<string, unknown>, name: string, max: number): number {
  const value = header[name] ?? 0
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) return value
  throw malformed(`${name} of 0…${max}`, JSON.stringify(value).slice(0, 40))
}

function malformed(expected: string, got: string): TtsError {
  return new TtsError('INVALID_REQUEST', 'Malformed event', `expected ${expected}, got ${got}`)
}
