/**
 * A recording as it came → the recording that features are made from, and what its owner should know of it.
 *
 * A clean recording is taken as it is, sample for sample: only what shows a fault is changed.
 */
import type { Recording } from '../audio/recording.ts'
import { type SpeechActivity, speechActivity } from '../audio/speech-activity.ts'
import type { PromptWarning } from '../core/speech-port.ts'

export interface CleanRecording extends Recording {
  /** Seconds of it that sound. */
  readonly activeSeconds: number
  readonly warnings: readonly PromptWarning[]
}

/** Silence that stays at each end, and from how much on an end is cut: the first word is lost behind more. */
const KEPT_SILENCE_SECONDS = 0.2
const CUT_SILENCE_SECONDS = 0.25
/** Loud speech in dB of full scale: taken as it is between these, else brought to the target. */
const QUIETEST_DB = -32
const LOUDEST_DB = -6
const TARGET_DB = -18
/** Peak after a change of level. */
const MAX_PEAK = 0.98
/** Constant offset as a part of the sound's level, rumble against all of it. Above these both are taken off. */
const MAX_OFFSET_SHARE = 0.05
const MAX_RUMBLE_SHARE = 0.2
const RUMBLE_HZ = 60

/** What is warned of. */
const CLIPPED_SHARE = 0.0005
const FULL_SCALE = 0.985
const NOISY_DB = 27
const SHORT_SECONDS = 2
const LONG_SILENCE_SECONDS = 1

/** Samples of any finite level; nothing is checked for being a prompt here. */
export function cleanRecording({ samples, sampleRate }: Recording): CleanRecording {
  const clipped = isClipped(samples)
  const steady = withoutRumble(samples, sampleRate)
  const activity = speechActivity(steady, sampleRate)
  const levelled = atLevel(steady, activity)
  const warnings: PromptWarning[] = [
    ...(clipped ? ['clipped' as const] : []),
    ...(activity.loudDb - activity.quietDb < NOISY_DB ? ['noisy' as const] : []),
    ...(activity.activeSeconds < SHORT_SECONDS ? ['short' as const] : []),
    ...(longestSilence(activity, samples.length / sampleRate, sampleRate) > LONG_SILENCE_SECONDS
      ? ['long-silence' as const]
      : []),
    ...(levelled === steady ? [] : ['level' as const]),
  ]
  return {
    sampleRate,
    samples: trimmed(levelled, activity, sampleRate),
    activeSeconds: activity.activeSeconds,
    warnings,
  }
}

/** Whether waves are cut flat: runs of samples at one peak, near full scale. */
function isClipped(samples: Float32Array): boolean {
  let flat = 0
  for (let i = 1; i < samples.length; i++) {
    const value = samples[i]!
    if (Math.abs(value) >= FULL_SCALE && Math.abs(value - samples[i - 1]!) < 1e-3) flat++
  }
  return flat > samples.length * CLIPPED_SHARE
}

/** Without a constant offset and what lies below speech, where there is a part of either that matters. */
function withoutRumble(samples: Float32Array, sampleRate: number): Float32Array {
  const mean = samples.reduce((sum, value) => sum + value, 0) / Math.max(1, samples.length)
  const centred = samples.map((value) => value - mean)
  const all = energyOf(centred)
  const high = highPass(highPass(centred, sampleRate), sampleRate)
  const rumble = all === 0 ? 0 : 1 - energyOf(high) / all
  if (rumble > MAX_RUMBLE_SHARE) return high
  const level = Math.sqrt(all / Math.max(1, samples.length))
  return Math.abs(mean) > MAX_OFFSET_SHARE * level ? centred : samples
}

/** Second-order Butterworth high-pass. */
function highPass(samples: Float32Array, sampleRate: number): Float32Array {
  const omega = (2 * Math.PI * RUMBLE_HZ) / sampleRate
  const alpha = Math.sin(omega) * Math.SQRT1_2
  const cos = Math.cos(omega)
  const norm = 1 + alpha
  const b0 = (1 + cos) / 2 / norm
  const a1 = (-2 * cos) / norm
  const a2 = (1 - alpha) / norm
  const out = new Float32Array(samples.length)
  let x1 = 0
  let x2 = 0
  let y1 = 0
  let y2 = 0
  for (let i = 0; i < samples.length; i++) {
    const x = samples[i]!
    const y = b0 * (x - 2 * x1 + x2) - a1 * y1 - a2 * y2
    out[i] = y
    x2 = x1
    x1 = x
    y2 = y1
    y1 = y
  }
  return out
}

/** Speech at a level that the model knows; the same array where it is there already. */
function atLevel(samples: Float32Array, { loudDb }: SpeechActivity): Float32Array {
  const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  if (peak === 0 || (loudDb >= QUIETEST_DB && loudDb <= LOUDEST_DB && peak <= 1)) return samples
  const gain = Math.min(10 ** ((TARGET_DB - loudDb) / 20), MAX_PEAK / peak)
  return samples.map((value) => value * gain)
}

function trimmed(samples: Float32Array, { start, end }: SpeechActivity, sampleRate: number): Float32Array {
  if (end === 0) return samples
  const cutFrom = Math.round(CUT_SILENCE_SECONDS * sampleRate)
  const kept = Math.round(KEPT_SILENCE_SECONDS * sampleRate)
  const from = start > cutFrom ? start - kept : 0
  const to = samples.length - end > cutFrom ? end + kept : samples.length
  return from === 0 && to === samples.length ? samples : samples.slice(from, to)
}

function longestSilence(
  { start, end, longestPauseSeconds }: SpeechActivity,
  seconds: number,
  sampleRate: number,
): number {
  return Math.max(start / sampleRate, seconds - end / sampleRate, longestPauseSeconds)
}

function energyOf(samples: Float32Array): number {
  return samples.reduce((sum, value) => sum + value * value, 0)
}
