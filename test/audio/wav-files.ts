/**
 * Builds WAV files chunk by chunk, honest or not, without the code under test.
 */
export interface Layout {
  readonly tag: 'pcm' | 'float' | 'alaw' | 'mulaw'
  readonly bits: number
  readonly channels: number
  readonly sampleRate: number
  /** Wrap the tag in WAVE_FORMAT_EXTENSIBLE with this many valid bits. */
  readonly validBits?: number
}

/** Fields of the fmt chunk that shall not be what the layout implies. */
export interface FormatLies {
  readonly tag?: number
  readonly block?: number
  readonly bytes?: number
  readonly guidTail?: number
}

const TAGS = { pcm: 1, float: 3, alaw: 6, mulaw: 7 }

export function chunk(id: string, body: Uint8Array, options: { size?: number; pad?: boolean } = {}): Buffer {
  const head = Buffer.alloc(8)
  head.write(id, 'latin1')
  head.writeUInt32LE(options.size ?? body.length, 4)
  const pad = body.length % 2 === 1 && (options.pad ?? true) ? Buffer.alloc(1) : Buffer.alloc(0)
  return Buffer.concat([head, body, pad])
}

export function fmtBody(layout: Layout, lies: FormatLies = {}): Buffer {
  const { channels, sampleRate, bits, validBits } = layout
  const block = lies.block ?? Math.ceil(bits / 8) * channels
  const body = Buffer.alloc(validBits === undefined ? 16 : 40)
  const tag = lies.tag ?? TAGS[layout.tag]
  body.writeUInt16LE(validBits === undefined ? tag : 0xfffe, 0)
  body.writeUInt16LE(channels, 2)
  body.writeUInt32LE(sampleRate, 4)
  body.writeUInt32LE((sampleRate * block) % 2 ** 32, 8)
  body.writeUInt16LE(block % 65536, 12)
  body.writeUInt16LE(bits, 14)
  if (validBits !== undefined) {
    body.writeUInt16LE(22, 16)
    body.writeUInt16LE(validBits, 18)
    body.writeUInt16LE(tag, 24)
    Buffer.from([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, lies.guidTail ?? 0x71]).copy(body, 26)
  }
  return lies.bytes === undefined ? body : body.subarray(0, lies.bytes)
}

export function riff(...chunks: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(chunks)
  const head = Buffer.alloc(12)
  head.write('RIFF', 'latin1')
  head.writeUInt32LE(body.length + 4, 4)
  head.write('WAVE', 8, 'latin1')
  return new Uint8Array(Buffer.concat([head, body]))
}

export function wavOf(layout: Layout, data: Uint8Array): Uint8Array {
  return riff(chunk('fmt ', fmtBody(layout)), chunk('data', data))
}

/** 16-bit mono samples as bytes. */
export function int16Bytes(values: readonly number[]): Buffer {
  return Buffer.from(Int16Array.from(values).buffer)
}
