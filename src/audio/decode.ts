/**
 * Bytes of an upload → one channel of samples, whatever the format, by what the bytes begin with.
 *
 * Knows: magic bytes, and the optional decoders behind one shape. Does not know: WAV's inside (`wav-reader.ts`), or
 * what fits as a prompt. Names and content types are not looked at: clients send what they like. Decoding stops at the
 * time limit, so a small file that would unpack to hours costs no more than the limit.
 */

import { describeError } from '../core/errors.ts'
import { concatFloats } from '../core/float-arrays.ts'
import { mixChannels } from './channel-mix.ts'
import {
  audioTooLong,
  checkChannels,
  checkFinite,
  checkSampleRate,
  type DecodeLimits,
  type Recording,
  unsupportedAudio,
} from './recording.ts'
import { decodeWav, isWav } from './wav-reader.ts'

/** What each `@audio/decode-*` package gives for a piece of a file. */
interface Decoded {
  readonly channelData: readonly Float32Array[]
  readonly sampleRate: number
}

interface PieceDecoder {
  decode(bytes: Uint8Array): Decoded
  flush?(): Decoded
  free(): void
}

type Compressed = 'mp3' | 'flac' | 'opus' | 'vorbis'

/** Bytes given to a decoder at a time; what comes of them may be several seconds. */
const PIECE_BYTES = 16 * 1024

/**
 * Throws UNSUPPORTED_AUDIO with the documented words where nothing here can read the bytes, with a reason where a
 * file of a known format is broken; AUDIO_TOO_LONG.
 */
export async function decodeAudio(bytes: Uint8Array, limits: DecodeLimits): Promise<Recording> {
  if (isWav(bytes)) return decodeWav(bytes, limits)
  const format = sniff(bytes)
  const decoder = format === undefined ? undefined : await open(format)
  if (format === undefined || decoder === undefined) throw unsupportedAudio()
  try {
    return decodePieces(decoder, bytes, limits, format)
  } finally {
    decoder.free()
  }
}

/** The compressed format that the first bytes say; undefined where they say none that we could read. */
export function sniff(bytes: Uint8Array): Compressed | undefined {
  const starts = (text: string) => latin1(bytes, text.length) === text
  if (starts('fLaC')) return 'flac'
  if (starts('OggS')) {
    const head = latin1(bytes, 128)
    if (head.includes('OpusHead')) return 'opus'
    return head.includes('\x01vorbis') ? 'vorbis' : undefined
  }
  if (starts('ID3')) return 'mp3'
  const [first = 0, second = 0] = bytes
  // Frame sync of MPEG audio, layer III.
  return first === 0xff && (second & 0xe6) === 0xe2 ? 'mp3' : undefined
}

/** A decoder of an optional package; undefined where it is not installed. */
async function open(format: Compressed): Promise<PieceDecoder | undefined> {
  try {
    switch (format) {
      case 'mp3':
        return await (await import('@audio/decode-mp3')).decoder()
      case 'flac':
        return await (await import('@audio/decode-flac')).decoder()
      case 'opus':
        return await (await import('@audio/decode-opus')).decoder()
      case 'vorbis':
        return await (await import('@audio/decode-vorbis')).decoder()
      default:
        return format satisfies never
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined
    throw error
  }
}

function decodePieces(
  decoder: PieceDecoder,
  bytes: Uint8Array,
  { maxSeconds }: DecodeLimits,
  format: Compressed,
): Recording {
  const parts: (readonly Float32Array[])[] = []
  let frames = 0
  let sampleRate = 0
  const take = (piece: Decoded) => {
    if ((piece.channelData[0]?.length ?? 0) === 0) return
    checkChannels(piece.channelData.length)
    checkSampleRate(piece.sampleRate)
    if (sampleRate !== 0 && sampleRate !== piece.sampleRate) {
      throw unsupportedAudio(`expected one sample rate, got ${sampleRate} and ${piece.sampleRate} Hz`)
    }
    sampleRate = piece.sampleRate
    if (parts[0] !== undefined && parts[0].length !== piece.channelData.length) {
      throw unsupportedAudio(
        `expected one number of channels, got ${parts[0].length} and ${piece.channelData.length}`,
      )
    }
    // A decoder may use its own arrays again for the next piece.
    parts.push(piece.channelData.map((channel) => channel.slice()))
    frames += piece.channelData[0]!.length
    if (frames > maxSeconds * sampleRate) throw audioTooLong(maxSeconds, frames / sampleRate, true)
  }
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    take(guarded(() => decoder.decode(bytes.slice(at, at + PIECE_BYTES)), format))
  }
  if (decoder.flush !== undefined) take(guarded(() => decoder.flush!(), format))
  if (frames === 0) throw unsupportedAudio(`expected ${format} with samples, got none that can be decoded`)
  const samples = mixChannels(
    parts[0]!.map((_, channel) => concatFloats(parts.map((piece) => piece[channel]!))),
  )
  checkFinite(samples)
  return { sampleRate, samples }
}

function guarded(decode: () => Decoded, format: Compressed): Decoded {
  try {
    return decode()
  } catch (error) {
    throw unsupportedAudio(`expected ${format} that can be decoded, got: ${describeError(error)}`, error)
  }
}

function latin1(bytes: Uint8Array, length: number): string {
  return String.fromCharCode(...bytes.subarray(0, length))
}
