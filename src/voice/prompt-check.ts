/**
 * The check that a recording can be a prompt: long enough, short enough, and not silent.
 *
 * It takes decoded samples; the decoder has already refused what is no audio at all.
 */
import type { Recording } from '../audio/recording.ts'
import { audioTooLong } from '../audio/recording.ts'
import { TtsError } from '../core/errors.ts'

/** Shorter recordings hold no voice: a syllable or two. */
export const MIN_PROMPT_SECONDS = 0.5
/** −60 dB of full scale; recordings below it hold noise at best. */
const MIN_PEAK = 1e-3

/** Throws AUDIO_TOO_LONG, AUDIO_TOO_SHORT, AUDIO_SILENT. */
export function checkPrompt({ samples, sampleRate }: Recording, maxSeconds: number): void {
  const seconds = samples.length / sampleRate
  if (seconds > maxSeconds) throw audioTooLong(maxSeconds, seconds)
  if (seconds < MIN_PROMPT_SECONDS) {
    throw new TtsError(
      'AUDIO_TOO_SHORT',
      'Audio too short',
      `expected at least ${MIN_PROMPT_SECONDS} s, got ${seconds.toFixed(2)} s`,
    )
  }
  // A constant offset is no sound.
  const mean = samples.reduce((sum, value) => sum + value, 0) / samples.length
  const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0)
  if (peak < MIN_PEAK) {
    throw new TtsError(
      'AUDIO_SILENT',
      'Audio silent',
      `expected a recording with a voice, got one whose loudest sample is ${peak.toFixed(6)} of full scale`,
    )
  }
}
