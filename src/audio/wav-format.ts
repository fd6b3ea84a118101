/**
 * The `fmt ` chunk of a WAV file: how its samples are laid out, and how one is read.
 *
 * Strict: a header that contradicts itself is refused, never guessed at.
 */
import { ALAW_TO_LINEAR, MULAW_TO_LINEAR } from './g711.ts'
import { checkChannels, checkSampleRate, unsupportedAudio } from './recording.ts'

export interface WavFormat {
  readonly channels: number
  readonly sampleRate: number
  readonly bytesPerSample: number
  /** One sample at a byte offset, full scale ±1. */
  readonly readSample: (view: DataView, offset: number) => number
}

const PCM = 0x0001
const FLOAT = 0x0003
const ALAW = 0x0006
const MULAW = 0x0007
const EXTENSIBLE = 0xfffe

/** Tags that files of other recorders have, for refusals. */
const NAMES: Readonly<Record<number, string>> = {
  2: 'ADPCM',
  17: 'ADPCM',
  49: 'GSM',
  80: 'MPEG audio',
  85: 'mp3',
  255: 'AAC',
}

/** Bytes 2–15 of every SubFormat GUID that stands for an old format tag; its first two bytes are the tag. */
const TAG_GUID_TAIL = [0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71]

/** Integers are left-justified in their container, so 24 valid bits in 32 are read as 32 and scale alike. */
const READERS: Readonly<Record<string, WavFormat['readSample']>> = {
  [`${PCM}/8`]: (view, offset) => (view.getUint8(offset) - 128) / 128,
  [`${PCM}/16`]: (view, offset) => view.getInt16(offset, true) / 0x8000,
  [`${PCM}/24`]: (view, offset) =>
    (view.getUint16(offset, true) + view.getInt8(offset + 2) * 0x10000) / 0x800000,
  [`${PCM}/32`]: (view, offset) => view.getInt32(offset, true) / 0x80000000,
  [`${FLOAT}/32`]: (view, offset) => view.getFloat32(offset, true),
  [`${FLOAT}/64`]: (view, offset) => view.getFloat64(offset, true),
  [`${ALAW}/8`]: (view, offset) => ALAW_TO_LINEAR[view.getUint8(offset)]! / 0x8000,
  [`${MULAW}/8`]: (view, offset) => MULAW_TO_LINEAR[view.getUint8(offset)]! / 0x8000,
}

/**
 * The chunk's body → its meaning. Bytes: tag u16, channels u16, rate u32, bytes per second u32 (ignored: often wrong,
 * not needed), block u16, container bits u16. EXTENSIBLE adds size u16, valid bits u16, channel mask u32, GUID.
 */
export function parseWavFormat(view: DataView): WavFormat {
  if (view.byteLength < 16) {
    throw unsupportedAudio(`expected a fmt chunk of at least 16 bytes, got ${view.byteLength}`)
  }
  const channels = view.getUint16(2, true)
  const sampleRate = view.getUint32(4, true)
  const blockBytes = view.getUint16(12, true)
  const bits = view.getUint16(14, true)
  const declared = view.getUint16(0, true)
  const tag = declared === EXTENSIBLE ? extensibleTag(view, bits) : declared
  const readSample = READERS[`${tag}/${bits}`]
  if (readSample === undefined) {
    throw unsupportedAudio(
      `expected 8-, 16-, 24- or 32-bit PCM, 32- or 64-bit float, A-law or µ-law, ` +
        `got ${NAMES[tag] ?? `format 0x${tag.toString(16).padStart(4, '0')}`} of ${bits} bits`,
    )
  }
  checkChannels(channels)
  checkSampleRate(sampleRate)
  const bytesPerSample = bits / 8
  if (blockBytes !== channels * bytesPerSample) {
    throw unsupportedAudio(
      `expected blocks of ${channels * bytesPerSample} bytes (${channels} × ${bits} bits), got ${blockBytes}`,
    )
  }
  return { channels, sampleRate, bytesPerSample, readSample }
}

function extensibleTag(view: DataView, bits: number): number {
  if (view.byteLength < 40) {
    throw unsupportedAudio(`expected an extensible fmt chunk of at least 40 bytes, got ${view.byteLength}`)
  }
  const validBits = view.getUint16(18, true)
  if (validBits > bits) {
    throw unsupportedAudio(`expected at most ${bits} valid bits in a ${bits}-bit container, got ${validBits}`)
  }
  if (TAG_GUID_TAIL.some((byte, i) => view.getUint8(26 + i) !== byte)) {
    throw unsupportedAudio('expected a SubFormat that stands for a WAVE format tag, got another GUID')
  }
  return view.getUint16(24, true)
}
