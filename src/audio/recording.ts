/** What an upload becomes, and the refusals that every decoder shares. */
import { TtsError } from '../core/errors.ts'

/** Mono samples, full scale ±1, finite; floats may go beyond full scale. */
export interface Recording {
  /** Hz, 8000–192000. */
  readonly sampleRate: number
  readonly samples: Float32Array
}

export interface DecodeLimits {
  /** A longer recording is refused before its samples are allocated. */
  readonly maxSeconds: number
}

export const MIN_SAMPLE_RATE = 8000
export const MAX_SAMPLE_RATE = 192000
export const MAX_CHANNELS = 8

/** The documented answer to an upload that is no audio we can read. With a `detail`: to a broken one. */
export function unsupportedAudio(detail = 'Only WAV format is supported', cause?: unknown): TtsError {
  return new TtsError('UNSUPPORTED_AUDIO', 'Unsupported audio format', detail, { cause })
}

export function checkSampleRate(sampleRate: number): void {
  if (sampleRate < MIN_SAMPLE_RATE || sampleRate > MAX_SAMPLE_RATE) {
    throw unsupportedAudio(
      `expected a sample rate of ${MIN_SAMPLE_RATE}–${MAX_SAMPLE_RATE} Hz, got ${sampleRate} Hz`,
    )
  }
}

/** 1–8: all are mixed into one. */
export function checkChannels(channels: number): void {
  if (channels < 1 || channels > MAX_CHANNELS) {
    throw unsupportedAudio(`expected 1–${MAX_CHANNELS} channels, got ${channels}`)
  }
}

/** `frames` are samples per channel. */
export function checkLength(frames: number, sampleRate: number, { maxSeconds }: DecodeLimits): void {
  if (frames > maxSeconds * sampleRate) throw audioTooLong(maxSeconds, frames / sampleRate)
}

/** `atLeast` where decoding stopped at the limit, so that the true length is not known. */
export function audioTooLong(maxSeconds: number, seconds: number, atLeast = false): TtsError {
  // Rounded up, so that "got" never reads like the limit itself.
  const got = `${atLeast ? 'more than ' : ''}${Math.ceil(seconds * 100) / 100} s`
  return new TtsError('AUDIO_TOO_LONG', 'Audio too long', `expected at most ${maxSeconds} s, got ${got}`)
}

/** Louder than this is no sound on any scale that is in use: floats of 16-bit files reach 32,768. */
const MAX_PEAK = 65_536

/** NaN and infinities would turn every later stage into NaN, and values beyond every scale overflow there. */
export function checkFinite(samples: Float32Array): void {
  for (let i = 0; i < samples.length; i++) {
    if (!Number.isFinite(samples[i])) {
      throw unsupportedAudio(`expected finite samples, got ${samples[i]} at sample ${i}`)
    }
    if (Math.abs(samples[i]!) > MAX_PEAK) {
      throw unsupportedAudio(`expected samples within ±${MAX_PEAK}, got ${samples[i]} at sample ${i}`)
    }
  }
}
