/**
 * Bytes of an upload → one channel of samples, whatever the format, by what the bytes begin with.
 *
 * Names and content types are not looked at: clients send what they like. Decoding stops at the time limit: a small
 * file that would unpack to hours costs no more than that.
 */

import { describeError } from '../core/errors.ts'
import { concatFloats } from '../core/float-arrays.ts'
import { decodeAiff } from './aiff-reader.ts'
import { mixChannels } from './channel-mix.ts'
import { decodeOpusTrack } from './contained-opus.ts'
import { sniff, TAKEN_FORMATS, type TakenFormat } from './formats.ts'
import { withoutTag } from './id3-tag.ts'
import { readMp4 } from './mp4-reader.ts'
import {
  audioTooLong,
  checkChannels,
  checkFinite,
  checkSampleRate,
  type DecodeLimits,
  type Recording,
  unsupportedAudio,
} from './recording.ts'
import { fromText } from './text-recording.ts'
import { decodeWav } from './wav-reader.ts'
import { readWebm } from './webm-reader.ts'

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

type Compressed = Extract<TakenFormat, 'mp3' | 'flac' | 'opus' | 'vorbis'>

/** Bytes given to a decoder at a time; what comes of them may be several seconds. */
const PIECE_BYTES = 16 * 1024

/**
 * Throws UNSUPPORTED_AUDIO with the documented words where the bytes are nothing known. It gives a reason where the
 * format is known and not taken, or the file is broken. Throws AUDIO_TOO_LONG. Base64 text is taken for the file that
 * it holds.
 */
export async function decodeAudio(sent: Uint8Array, limits: DecodeLimits): Promise<Recording> {
  const bytes = withoutTag(fromText(sent) ?? sent)
  const format = sniff(bytes)
  if (format === undefined) throw unsupportedAudio()
  if ('other' in format) throw unsupportedAudio(`expected ${TAKEN_FORMATS}, got ${format.other}`)
  try {
    switch (format.taken) {
      case 'wav':
        return decodeWav(bytes, limits)
      case 'aiff':
        return decodeAiff(bytes, limits)
      case 'webm':
        return await decodeOpusTrack(readWebm(bytes), limits)
      case 'mp4':
        return await decodeOpusTrack(readMp4(bytes), limits)
      default:
        return await decodeCompressed(bytes, format.taken, limits)
    }
  } catch (error) {
    // An optional decoder that is not installed.
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') throw unsupportedAudio()
    throw error
  }
}

async function decodeCompressed(
  bytes: Uint8Array,
  format: Compressed,
  limits: DecodeLimits,
): Promise<Recording> {
  const decoder = await open(format)
  try {
    return decodePieces(decoder, bytes, limits, format)
  } finally {
    decoder.free()
  }
}

/** Rejects with ERR_MODULE_NOT_FOUND where the optional package is not installed. */
async function open(format: Compressed): Promise<PieceDecoder> {
  switch (format) {
    case 'mp3':
      return (await import('@audio/decode-mp3')).decoder()
    case 'flac':
      return (await import('@audio/decode-flac')).decoder()
    case 'opus':
      return (await import('@audio/decode-opus')).decoder()
    case 'vorbis':
      return (await import('@audio/decode-vorbis')).decoder()
    default:
      return format satisfies never
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
