/** AIFF and AIFF-C files of a test's samples. */
import { ALAW_TO_LINEAR, linearToMulaw } from '../../src/audio/g711.ts'

export type AiffKind = '8' | '16' | '24' | '32' | 'sowt' | 'fl32' | 'fl64' | 'alaw' | 'ulaw'

const WRITERS: Readonly<Record<AiffKind, { bits: number; write: (value: number) => Buffer }>> = {
  '8': { bits: 8, write: (value) => integer(value, 1) },
  '16': { bits: 16, write: (value) => integer(value, 2) },
  '24': { bits: 24, write: (value) => integer(value, 3) },
  '32': { bits: 32, write: (value) => integer(value, 4) },
  sowt: { bits: 16, write: (value) => integer(value, 2).reverse() },
  fl32: { bits: 32, write: (value) => number((out) => out.writeFloatBE(value), 4) },
  fl64: { bits: 64, write: (value) => number((out) => out.writeDoubleBE(value), 8) },
  alaw: { bits: 8, write: (value) => Buffer.of(nearestAlaw(value * 0x8000)) },
  ulaw: { bits: 8, write: (value) => Buffer.of(linearToMulaw(Math.round(value * 0x7fff))) },
}

/** Every channel holds the same samples. AIFF where the kind is a plain number of bits, else AIFF-C. */
export function encodeAiff(samples: Float32Array, sampleRate: number, kind: AiffKind, channels = 1): Buffer {
  const { bits, write } = WRITERS[kind]
  const isPlain = /^\d+$/.test(kind)
  const common = Buffer.alloc(isPlain ? 18 : 24)
  common.writeInt16BE(channels, 0)
  common.writeUInt32BE(samples.length, 2)
  common.writeInt16BE(bits, 6)
  // 80-bit float: the rate's highest bit is the mantissa's.
  const exponent = Math.floor(Math.log2(sampleRate))
  common.writeUInt16BE(16383 + exponent, 8)
  common.writeUInt32BE(sampleRate * 2 ** (31 - exponent), 10)
  if (!isPlain) common.write(kind, 18)
  const sound = Buffer.concat([
    Buffer.alloc(8),
    ...Array.from(samples, (value) => Buffer.concat(Array<Buffer>(channels).fill(write(value)))),
  ])
  const body = Buffer.concat([
    Buffer.from(isPlain ? 'AIFF' : 'AIFC'),
    chunk('COMM', common),
    chunk('SSND', sound),
  ])
  return chunk('FORM', body)
}

function chunk(id: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.write(id)
  head.writeUInt32BE(body.length, 4)
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)])
}

function integer(value: number, bytes: number): Buffer {
  const full = 2 ** (8 * bytes - 1)
  return number(
    (out) => out.writeIntBE(Math.max(-full, Math.min(full - 1, Math.round(value * full))), 0, bytes),
    bytes,
  )
}

function number(write: (out: Buffer) => void, bytes: number): Buffer {
  const out = Buffer.alloc(bytes)
  write(out)
  return out
}

function nearestAlaw(linear: number): number {
  let best = 0
  for (let code = 1; code < 256; code++)
    if (Math.abs(ALAW_TO_LINEAR[code]! - linear) < Math.abs(ALAW_TO_LINEAR[best]! - linear)) best = code
  return best
}
