/** Opus packets of a container (WebM, MP4), as browsers record them → samples. */
import { describeError, TtsError } from '../core/errors.ts'
import { concatFloats } from '../core/float-arrays.ts'
import { mixChannels } from './channel-mix.ts'
import {
  audioTooLong,
  checkChannels,
  checkFinite,
  type DecodeLimits,
  type Recording,
  unsupportedAudio,
} from './recording.ts'

export interface OpusTrack {
  /** 1 or 2. */
  readonly channels: number
  /** Samples at 48 kHz to leave out at the start. */
  readonly preSkip: number
  /** 1/256 dB. */
  readonly outputGain: number
  readonly packets: readonly Uint8Array[]
}

/** Opus decodes at this rate whatever was recorded. */
const RATE = 48_000
/** Two packets of the longest kind (120 ms): more to leave out at the start is no encoder's. */
const MAX_PRE_SKIP = 11_520
const PACKETS_AT_ONCE = 50

/** Throws UNSUPPORTED_AUDIO, AUDIO_TOO_LONG; rejects with ERR_MODULE_NOT_FOUND where the decoder is not installed. */
export async function decodeOpusTrack(track: OpusTrack, { maxSeconds }: DecodeLimits): Promise<Recording> {
  const { createOpusDecoder } = await import('@audio/decode-opus/core')
  const { channels, outputGain, packets } = track
  checkChannels(channels)
  if (channels > 2) throw unsupportedAudio(`expected Opus of one or two channels, got ${channels}`)
  const decoder = await createOpusDecoder()
  try {
    decoder.configure({
      sampleRate: RATE,
      channels,
      preSkip: Math.min(MAX_PRE_SKIP, track.preSkip),
      outputGain,
    })
    const parts: (readonly Float32Array[])[] = []
    let frames = 0
    for (let i = 0; i < packets.length; i += PACKETS_AT_ONCE) {
      const { channelData, samplesDecoded } = decoder.decodeFrames(packets.slice(i, i + PACKETS_AT_ONCE))
      if (samplesDecoded === 0) continue
      parts.push(channelData)
      frames += samplesDecoded
      if (frames > maxSeconds * RATE) throw audioTooLong(maxSeconds, frames / RATE, true)
    }
    if (frames === 0) throw unsupportedAudio('expected Opus with packets that can be decoded, got none')
    const samples = mixChannels(parts[0]!.map((_, i) => concatFloats(parts.map((part) => part[i]!))))
    checkFinite(samples)
    return { sampleRate: RATE, samples }
  } catch (error) {
    if (error instanceof TtsError) throw error
    throw unsupportedAudio(`expected Opus that can be decoded, got: ${describeError(error)}`, error)
  } finally {
    decoder.free()
  }
}
