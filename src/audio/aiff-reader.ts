/**
 * Reads AIFF and AIFF-C as hostile input: every length is checked against the file before samples are allocated.
 *
 *   'FORM' u32 size 'AIFF' | 'AIFC'   then chunks, big-endian:   4-byte id · u32 size · body · pad byte where size is odd
 */
import { mixChannels } from './channel-mix.ts'
import { ALAW_TO_LINEAR, MULAW_TO_LINEAR } from './g711.ts'
import {
  checkChannels,
  checkFinite,
  checkLength,
  checkSampleRate,
  type DecodeLimits,
  type Recording,
  unsupportedAudio,
} from './recording.ts'

interface Common {
  readonly channels: number
  readonly frames: number
  readonly bits: number
  readonly sampleRate: number
  /** Of AIFF-C, as written; `NONE` in AIFF. */
  readonly compression: string
}

interface Layout {
  readonly bytes: number
  /** One sample at a byte offset, full scale ±1. */
  readonly read: (view: DataView, offset: number) => number
}

/** COMM: channels i16, frames u32, bits i16, rate as an 80-bit float, in AIFF-C compression 4 bytes and its name. */
const COMMON_BYTES = 18
/** SSND: offset u32, block u32, then samples. */
const SOUND_HEAD_BYTES = 8

/** Throws UNSUPPORTED_AUDIO with expected and got, AUDIO_TOO_LONG. */
export function decodeAiff(bytes: Uint8Array, limits: DecodeLimits): Recording {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { common, sound } = findChunks(view)
  const { channels, sampleRate } = common
  checkChannels(channels)
  checkSampleRate(sampleRate)
  const layout = layoutOf(common)
  const frames = Math.min(common.frames, Math.floor(sound.bytes / (channels * layout.bytes)))
  if (frames === 0) throw unsupportedAudio('expected AIFF with samples, got none')
  checkLength(frames, sampleRate, limits)
  const split = Array.from({ length: channels }, () => new Float32Array(frames))
  let at = sound.offset
  for (let frame = 0; frame < frames; frame++) {
    for (const channel of split) {
      channel[frame] = layout.read(view, at) + 0
      at += layout.bytes
    }
  }
  const samples = mixChannels(split)
  checkFinite(samples)
  return { sampleRate, samples }
}

function findChunks(view: DataView): { common: Common; sound: { offset: number; bytes: number } } {
  let common: Common | undefined
  let sound: { offset: number; bytes: number } | undefined
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const id = idAt(view, at)
    const size = view.getUint32(at + 4)
    const body = at + 8
    const there = Math.min(size, view.byteLength - body)
    if (id === 'COMM') common = readCommon(view, body, there)
    if (id === 'SSND' && there >= SOUND_HEAD_BYTES) {
      const start = SOUND_HEAD_BYTES + Math.min(view.getUint32(body), there - SOUND_HEAD_BYTES)
      sound = { offset: body + start, bytes: there - start }
    }
    at = body + size + (size % 2)
  }
  if (common === undefined) throw unsupportedAudio('expected AIFF with a COMM chunk, got none')
  if (sound === undefined) throw unsupportedAudio('expected AIFF with an SSND chunk, got none')
  return { common, sound }
}

function readCommon(view: DataView, body: number, bytes: number): Common {
  if (bytes < COMMON_BYTES)
    throw unsupportedAudio(`expected a COMM chunk of at least ${COMMON_BYTES} bytes, got ${bytes}`)
  return {
    channels: view.getInt16(body),
    frames: view.getUint32(body + 2),
    bits: view.getInt16(body + 6),
    sampleRate: Math.round(extendedFloat(view, body + 8)),
    compression: bytes >= COMMON_BYTES + 4 ? idAt(view, body + COMMON_BYTES) : 'NONE',
  }
}

/** Integers are left-justified in whole bytes. */
function layoutOf({ compression, bits }: Common): Layout {
  const wholeBytes = Math.ceil(bits / 8)
  const little = compression === 'sowt'
  switch (compression.toLowerCase()) {
    case 'none':
    case 'twos':
    case 'sowt':
      if (wholeBytes === 1) return { bytes: 1, read: (view, at) => view.getInt8(at) / 0x80 }
      if (wholeBytes === 2) return { bytes: 2, read: (view, at) => view.getInt16(at, little) / 0x8000 }
      if (wholeBytes === 3 && !little)
        return {
          bytes: 3,
          read: (view, at) => (view.getInt8(at) * 0x10000 + view.getUint16(at + 1)) / 0x800000,
        }
      if (wholeBytes === 4) return { bytes: 4, read: (view, at) => view.getInt32(at, little) / 0x80000000 }
      break
    case 'fl32':
      return { bytes: 4, read: (view, at) => view.getFloat32(at) }
    case 'fl64':
      return { bytes: 8, read: (view, at) => view.getFloat64(at) }
    case 'alaw':
      return { bytes: 1, read: (view, at) => ALAW_TO_LINEAR[view.getUint8(at)]! / 0x8000 }
    case 'ulaw':
      return { bytes: 1, read: (view, at) => MULAW_TO_LINEAR[view.getUint8(at)]! / 0x8000 }
  }
  const got = /^[ -~]{4}$/.test(compression) ? `'${compression}'` : 'another'
  throw unsupportedAudio(
    `expected AIFF of 8-, 16-, 24- or 32-bit PCM, float, A-law or µ-law, got ${got} of ${bits} bits`,
  )
}

/** Sign and exponent 16 bits (bias 16383), mantissa 64 bits with its leading one. */
function extendedFloat(view: DataView, at: number): number {
  const exponent = (view.getUint16(at) & 0x7fff) - 16383
  const mantissa = view.getUint32(at + 2) * 2 ** 32 + view.getUint32(at + 6)
  return mantissa * 2 ** (exponent - 63)
}

function idAt(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)))
}
