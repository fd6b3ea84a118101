/**
 * Reads Opus packets out of WebM and Matroska, as hostile input.
 *
 * Elements are id · size · body; those that hold others are walked into rather than read as a whole. So open sizes
 * (browsers record without knowing the end) and cut files need no rule of their own. Every step moves on by two bytes
 * or more.
 */
import type { OpusTrack } from './contained-opus.ts'
import { TAKEN_FORMATS } from './formats.ts'
import { unsupportedAudio } from './recording.ts'

/** Elements whose bodies are elements that matter. */
const WALKED_INTO: ReadonlySet<number> = new Set([
  0x18538067, // Segment
  0x1654ae6b, // Tracks
  0xe1, // Audio
  0x1f43b675, // Cluster
  0xa0, // BlockGroup
])
const TRACK_ENTRY = 0xae
const TRACK_NUMBER = 0xd7
const CODEC_ID = 0x86
const CODEC_PRIVATE = 0x63a2
const CHANNELS = 0x9f
const CONTENT_ENCODINGS = 0x6d80
const SIMPLE_BLOCK = 0xa3
const BLOCK = 0xa1
/** Packets that share a block: sizes stand before them. Browsers and encoders of speech do not write it. */
const LACED = 0x06

interface Track {
  number: number
  codec: string
  channels: number
  head: Uint8Array | undefined
}

interface Element {
  readonly id: number
  readonly body: Uint8Array
  readonly next: number
}

/** The first track with Opus. Throws UNSUPPORTED_AUDIO where there is none, with the codec of the last audio track. */
export function readWebm(bytes: Uint8Array): OpusTrack {
  const tracks: Track[] = []
  const packets: Uint8Array[] = []
  let opus: Track | undefined
  for (let at = 0; at < bytes.length; ) {
    const element = elementAt(bytes, at)
    if (element === undefined) break
    const { id, body } = element
    const track = tracks.at(-1)
    at = element.next
    if (id === TRACK_ENTRY) tracks.push({ number: 0, codec: '', channels: 1, head: undefined })
    if (id === TRACK_ENTRY || WALKED_INTO.has(id)) at -= body.length
    else if (id === SIMPLE_BLOCK || id === BLOCK) {
      opus ??= tracks.find(({ codec }) => codec === 'A_OPUS')
      const packet = opus === undefined ? undefined : packetOf(body, opus.number)
      if (packet !== undefined) packets.push(packet)
    } else if (track !== undefined) readTrackField(track, id, body)
  }
  opus ??= tracks.find(({ codec }) => codec === 'A_OPUS')
  if (opus !== undefined) return { ...opusHead(opus), packets }
  const other = tracks.findLast(({ codec }) => codec.startsWith('A_'))?.codec ?? 'no sound'
  const got = /^[\w/ ]{3,40}$/.test(other) ? other : 'no sound'
  throw unsupportedAudio(`expected ${TAKEN_FORMATS}, got WebM with ${got}`)
}

/** `OpusHead`: 8 letters, version u8, channels u8, pre-skip u16, rate u32, gain i16, family u8, little-endian. */
function opusHead({ channels, head }: Track): Omit<OpusTrack, 'packets'> {
  if (head === undefined || head.length < 19) return { channels, preSkip: 0, outputGain: 0 }
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  // A mapping family other than 0 lists streams, which mono and stereo recordings do not have.
  if (head[18] !== 0) throw unsupportedAudio('expected Opus of one or two channels, got more')
  return { channels: head[9]!, preSkip: view.getUint16(10, true), outputGain: view.getInt16(16, true) }
}

function readTrackField(track: Track, id: number, body: Uint8Array): void {
  if (id === TRACK_NUMBER) track.number = unsigned(body)
  if (id === CODEC_ID) track.codec = String.fromCharCode(...body.subarray(0, 32))
  if (id === CHANNELS) track.channels = unsigned(body)
  if (id === CODEC_PRIVATE) track.head = body
  if (id === CONTENT_ENCODINGS) track.codec += ' compressed'
}

/** A block: track number · time i16 · flags u8 · packet. Undefined for those of another track. */
function packetOf(body: Uint8Array, trackNumber: number): Uint8Array | undefined {
  const width = widthOf(body[0] ?? 0)
  if (width === undefined || body.length < width + 4) return undefined
  if (numberAt(body, 0, width, true) !== trackNumber) return undefined
  if ((body[width + 2]! & LACED) !== 0)
    throw unsupportedAudio('expected WebM with one packet a block, got more')
  return body.subarray(width + 3)
}

/** Undefined where what follows is no element. A size that is open, or reaches beyond the file, ends with the file. */
function elementAt(bytes: Uint8Array, at: number): Element | undefined {
  const idWidth = widthOf(bytes[at]!)
  if (idWidth === undefined || idWidth > 4) return undefined
  const sizeAt = at + idWidth
  const sizeWidth = sizeAt < bytes.length ? widthOf(bytes[sizeAt]!) : undefined
  if (sizeWidth === undefined || sizeAt + sizeWidth > bytes.length) return undefined
  const start = sizeAt + sizeWidth
  const size = numberAt(bytes, sizeAt, sizeWidth, true)
  const end = size === 2 ** (7 * sizeWidth) - 1 ? bytes.length : Math.min(bytes.length, start + size)
  return { id: numberAt(bytes, at, idWidth, false), body: bytes.subarray(start, end), next: end }
}

/** Bytes of a number by the zero bits before its first one bit; undefined where all are zero. */
function widthOf(first: number): number | undefined {
  return first === 0 ? undefined : Math.clz32(first) - 23
}

/** Exact to 2⁵³, which is beyond every file; the first one bit marks the width, and is no part of a size. */
function numberAt(bytes: Uint8Array, at: number, width: number, withoutMark: boolean): number {
  let value = withoutMark ? bytes[at]! & (0xff >> width) : bytes[at]!
  for (let i = 1; i < width; i++) value = value * 256 + bytes[at + i]!
  return value
}

function unsigned(body: Uint8Array): number {
  return body.subarray(0, 6).reduce((value, byte) => value * 256 + byte, 0)
}
