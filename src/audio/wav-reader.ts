/**
 * Reads WAV files as hostile input: RIFF, and RF64/BW64 with 64-bit lengths.
 *
 *   'RIFF' u32 size 'WAVE'   then chunks:   4-byte id · u32 size · body · one pad byte where size is odd
 *
 * The outer size is ignored: streaming writers cannot know it. Every step moves at least 8 bytes on, so any file is
 * read in linear time. Nothing is allocated before the length that the header announces has been checked.
 */
import { mixChannels } from './channel-mix.ts'
import { checkFinite, checkLength, type DecodeLimits, type Recording, unsupportedAudio } from './recording.ts'
import { parseWavFormat, type WavFormat } from './wav-format.ts'

const RIFF = fourCc('RIFF')
const RF64 = fourCc('RF64')
const BW64 = fourCc('BW64')
const WAVE = fourCc('WAVE')
const DS64 = fourCc('ds64')
const FMT = fourCc('fmt ')
const DATA = fourCc('data')
/** Recognised where a pad byte should be. */
const COMMON_IDS: ReadonlySet<number> = new Set([FMT, DATA, fourCc('LIST'), fourCc('fact')])

/**
 * A writer that cannot seek back announces "unknown": 0, 2³² − 1, or a length near 2 GiB. Such data reaches to the end
 * of the file.
 */
const OPEN_LENGTH_FROM = 0x7fff0000

interface Body {
  readonly offset: number
  readonly bytes: number
}

function isWav(bytes: Uint8Array): boolean {
  if (bytes.length < 12) return false
  const view = viewOf(bytes)
  const outer = view.getUint32(0)
  return (outer === RIFF || outer === RF64 || outer === BW64) && view.getUint32(8) === WAVE
}

/**
 * Throws UNSUPPORTED_AUDIO, with the documented detail where the bytes are no WAV at all. A broken WAV is answered with
 * expected and got; AUDIO_TOO_LONG.
 */
export function decodeWav(bytes: Uint8Array, limits: DecodeLimits): Recording {
  if (!isWav(bytes)) throw unsupportedAudio()
  const view = viewOf(bytes)
  const { fmt, data } = findChunks(view)
  const format = parseWavFormat(new DataView(view.buffer, view.byteOffset + fmt.offset, fmt.bytes))
  const frames = Math.floor(data.bytes / (format.channels * format.bytesPerSample))
  checkLength(frames, format.sampleRate, limits)
  const samples = readMono(view, data.offset, frames, format)
  checkFinite(samples)
  return { sampleRate: format.sampleRate, samples }
}

/** Walks the chunks until the file ends or stops looking like chunks. */
function findChunks(view: DataView): { fmt: Body; data: Body } {
  const end = view.byteLength
  let fmt: Body | undefined
  let data: Body | undefined
  let longDataBytes: number | undefined
  let offset = 12
  while (offset + 8 <= end) {
    const id = view.getUint32(offset)
    const size = view.getUint32(offset + 4, true)
    const body = offset + 8
    if (id === DATA) {
      if (data !== undefined) throw unsupportedAudio('expected one data chunk, got two')
      data = { offset: body, bytes: dataBytes(size, end - body, longDataBytes) }
      offset = nextChunk(view, body, data.bytes)
      continue
    }
    if (id === FMT) {
      if (fmt !== undefined) throw unsupportedAudio('expected one fmt chunk, got two')
      if (body + size > end)
        throw unsupportedAudio(`expected a fmt chunk of ${size} bytes, got ${end - body}`)
      fmt = { offset: body, bytes: size }
    } else if (id === DS64 && size >= 16 && body + 16 <= end) {
      longDataBytes = Number(view.getBigUint64(body + 8, true))
    }
    offset = nextChunk(view, body, size)
  }
  if (fmt === undefined) throw unsupportedAudio(`expected a fmt chunk, got none in ${end} bytes`)
  if (data === undefined) throw unsupportedAudio(`expected a data chunk, got none in ${end} bytes`)
  return { fmt, data }
}

/** How much of the `rest` of the file is samples. */
function dataBytes(announced: number, rest: number, longDataBytes: number | undefined): number {
  const size = announced === 0xffffffff && longDataBytes !== undefined ? longDataBytes : announced
  if (size === 0 || (size > rest && size >= OPEN_LENGTH_FROM && longDataBytes === undefined)) return rest
  if (size > rest) throw unsupportedAudio(`expected ${size} bytes of samples, got ${rest}`)
  return size
}

/** Where the next chunk begins. An odd body is followed by a pad byte, which some writers forget. */
function nextChunk(view: DataView, body: number, size: number): number {
  const after = body + size
  if (size % 2 === 0 || after + 5 > view.byteLength || view.getUint8(after) === 0) return after + (size % 2)
  // The byte is no zero: a pad with rubbish in it, or already the next id.
  const unpadded = COMMON_IDS.has(view.getUint32(after)) || (isText(view, after) && !isText(view, after + 1))
  return unpadded ? after : after + 1
}

function isText(view: DataView, offset: number): boolean {
  for (let i = 0; i < 4; i++) {
    const byte = view.getUint8(offset + i)
    if (byte < 0x20 || byte > 0x7e) return false
  }
  return true
}

/** Interleaved frames → one channel, as float32. */
function readMono(view: DataView, offset: number, frames: number, format: WavFormat): Float32Array {
  const { channels, bytesPerSample, readSample } = format
  const split = Array.from({ length: channels }, () => new Float32Array(frames))
  let at = offset
  for (let frame = 0; frame < frames; frame++) {
    for (const channel of split) {
      // Minus zero becomes zero: the same sound in another format is the same voice.
      channel[frame] = readSample(view, at) + 0
      at += bytesPerSample
    }
  }
  return mixChannels(split)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Four characters as the big-endian number that they are in the file. */
function fourCc(id: string): number {
  return [...id].reduce((value, letter) => value * 256 + letter.charCodeAt(0), 0)
}
