/** Which stretches of a recording hold sound that can be speech, by level against the recording's own loudness. */

export interface SpeechActivity {
  /** Sum of all active frames. */
  readonly activeSeconds: number
  /** Samples before the first active frame, and where the last one ends; both 0 where none is active. */
  readonly start: number
  readonly end: number
  /** Level of loud speech (95th percentile of frames) and of the background (10th), dB of full scale. */
  readonly loudDb: number
  readonly quietDb: number
  /** Longest stretch without an active frame between the first and the last one. */
  readonly longestPauseSeconds: number
}

const FRAME_SECONDS = 0.02
/** Speech's weak consonants lie up to this much below its loud vowels. */
const SPEECH_RANGE_DB = 32
/** Where the background is louder than that range allows, a frame must rise this much above it. */
const ABOVE_BACKGROUND_DB = 6
const FLOOR_DB = -96

/** One channel at `sampleRate` Hz; what is shorter than a frame has no activity. */
export function speechActivity(samples: Float32Array, sampleRate: number): SpeechActivity {
  const size = Math.max(1, Math.round(FRAME_SECONDS * sampleRate))
  const levels = frameLevels(samples, size)
  const sorted = levels.slice().sort()
  const loudDb = sorted[Math.floor(sorted.length * 0.95)] ?? FLOOR_DB
  const quietDb = sorted[Math.floor(sorted.length * 0.1)] ?? FLOOR_DB
  // Steady sound has no background: its quiet frames are as loud as the others.
  const aboveBackground = Math.min(quietDb + ABOVE_BACKGROUND_DB, loudDb - ABOVE_BACKGROUND_DB)
  const threshold = Math.max(loudDb - SPEECH_RANGE_DB, aboveBackground, FLOOR_DB + 1)
  let active = 0
  let first = -1
  let last = -1
  let longestGap = 0
  for (const [i, level] of levels.entries()) {
    if (level < threshold) continue
    active++
    if (first < 0) first = i
    else longestGap = Math.max(longestGap, i - last - 1)
    last = i
  }
  const seconds = (frames: number) => (frames * size) / sampleRate
  return {
    activeSeconds: seconds(active),
    start: Math.max(0, first) * size,
    end: (last + 1) * size,
    loudDb,
    quietDb,
    longestPauseSeconds: seconds(longestGap),
  }
}

/** Level of each whole frame, dB of full scale. */
function frameLevels(samples: Float32Array, size: number): Float32Array {
  const levels = new Float32Array(Math.floor(samples.length / size))
  for (let i = 0; i < levels.length; i++) {
    let energy = 0
    for (let k = i * size; k < (i + 1) * size; k++) energy += samples[k]! * samples[k]!
    levels[i] = Math.max(FLOOR_DB, 10 * Math.log10(energy / size + 1e-12))
  }
  return levels
}
