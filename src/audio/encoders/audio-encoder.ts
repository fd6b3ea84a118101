/** What every encoder of a speech stream looks like, and what may be asked of one. */
import { TtsError } from '../../core/errors.ts'
import { requireAac } from './aac-package.ts'

export const AUDIO_FORMATS = ['wav', 'pcm', 'mulaw', 'mp3', 'opus', 'flac', 'aac'] as const
export type AudioFormat = (typeof AUDIO_FORMATS)[number]

export interface EncoderSpec {
  readonly format: AudioFormat
  /** Rate of the samples that come, Hz. */
  readonly inputRate: number
  /** Rate that was asked for, Hz: of the decoded audio, except for Opus, which decodes at 48 kHz whatever it carries. */
  readonly sampleRate: number
  /** Samples that will come, at `inputRate`, where that is known: the header then says how long the audio is. */
  readonly totalSamples?: number
}

/**
 * One stream, from its first byte to its last: `start` once, `encode` any number of times, `finish` once. `close` at
 * any moment frees what it holds and gives nothing. Bytes are the caller's to keep. Samples are mono, full scale ±1,
 * and are not changed.
 */
export interface AudioEncoder {
  start(): Uint8Array
  /** The bytes that these samples complete; may be none. One call at a time. */
  encode(samples: Float32Array): Uint8Array | Promise<Uint8Array>
  /** The rest. Frees what the encoder holds. */
  finish(): Uint8Array | Promise<Uint8Array>
  close(): void
}

export interface FormatFacts {
  /** Value of Content-Type. */
  readonly contentType: string
  /** Of a file name, without the dot. */
  readonly extension: string
}

/** Rates that MPEG 1, 2 and 2.5 Layer III know, and AAC with them. */
const MPEG_RATES = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000]
const MIN_RATE = 8000
const MAX_RATE = 48000

/** Refuses a rate that the format cannot have, and a format without its encoder: INVALID_PARAMETER. */
export function checkOutput(format: AudioFormat, sampleRate: number): void {
  const inRange = Number.isInteger(sampleRate) && sampleRate >= MIN_RATE && sampleRate <= MAX_RATE
  if (format === 'aac') requireAac()
  const ofMpeg = format === 'mp3' || format === 'aac'
  if (ofMpeg ? MPEG_RATES.includes(sampleRate) : inRange) return
  const expected = ofMpeg ? `one of ${MPEG_RATES.join(', ')}` : `${MIN_RATE}–${MAX_RATE}`
  throw new TtsError(
    'INVALID_PARAMETER',
    'Invalid sample_rate',
    `expected ${expected} for ${format}, got ${sampleRate}`,
  )
}

export function formatFacts(format: AudioFormat, sampleRate: number): FormatFacts {
  switch (format) {
    case 'wav':
      return { contentType: 'audio/wav', extension: 'wav' }
    case 'pcm':
      // Not audio/L16: that would be big-endian.
      return { contentType: `audio/pcm;rate=${sampleRate};channels=1;format=s16le`, extension: 'pcm' }
    case 'mulaw':
      // audio/basic means 8 kHz by definition.
      return sampleRate === 8000
        ? { contentType: 'audio/basic', extension: 'ulaw' }
        : { contentType: `audio/PCMU;rate=${sampleRate};channels=1`, extension: 'ulaw' }
    case 'mp3':
      return { contentType: 'audio/mpeg', extension: 'mp3' }
    case 'opus':
      return { contentType: 'audio/ogg;codecs=opus', extension: 'ogg' }
    case 'flac':
      return { contentType: 'audio/flac', extension: 'flac' }
    case 'aac':
      return { contentType: 'audio/aac', extension: 'aac' }
    default:
      return format satisfies never
  }
}
