/** Outcomes → the figures of a report. Pure; definitions in docs/load-testing.md. */
import { audioSeconds, firstAudioMs, type Outcome } from './outcome.ts'
import { gapsOf, play } from './playback.ts'

export const BUFFERS_MS = [0, 100, 200] as const

/** NaN where there was nothing to measure; null in a file. */
export interface Spread {
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly mean: number
  readonly max: number
}

export interface Limits {
  /** First audible sound in ms, and the player's buffer, that a good request keeps. */
  readonly firstAudioMs: number
  readonly bufferMs: 0 | 100 | 200
}

export interface Figures {
  readonly requests: number
  readonly ok: number
  readonly errors: number
  readonly errors_by: Readonly<Record<string, number>>
  /** Of the errors: answers that said to come back later, and those of them that did not say when. */
  readonly refused: number
  readonly refused_without_time: number
  readonly connect_ms: Spread
  readonly ttfb_ms: Spread
  /** First complete sample. */
  readonly ttfa_ms: Spread
  /** First sample that is heard, as a player without buffer plays it. */
  readonly ttfa_audible_ms: Spread
  readonly e2e_ms: Spread
  readonly gap_ms: Spread
  readonly rtf: Spread
  readonly rtf_formula: string
  /** How late requests began that were due at a time. */
  readonly lag_ms: Spread
  readonly audio_s: number
  readonly wall_s: number
  readonly audio_s_per_s: number
  readonly requests_per_s: number
  readonly underruns: Readonly<Record<string, number>>
  readonly stall_ms: Readonly<Record<string, Spread>>
  readonly stutter_free: Readonly<Record<string, number>>
  /** Audio per second of streams that are free of stutter, and their share of those that were not refused. */
  readonly clean_audio_s_per_s: Readonly<Record<string, number>>
  readonly clean_of_accepted: Readonly<Record<string, number>>
  readonly goodput_per_s: number
  readonly goodput_limits: Limits
  readonly integrity: { readonly silent: number; readonly clipped: number; readonly faults: number }
}

export const RTF_FORMULA = 'end to end / audio, per request'
/** Peak below which an answer is silence; share of full-scale samples above which it is clipped. */
const SILENT_PEAK = 0.001
const CLIPPED_SHARE = 0.001

export function figuresOf(outcomes: readonly Outcome[], limits: Limits): Figures {
  const good = outcomes.filter(({ error }) => error === undefined)
  const wallS = wallSeconds(outcomes)
  const audioS = outcomes.reduce((sum, outcome) => sum + audioSeconds(outcome), 0)
  const played = new Map(
    BUFFERS_MS.map((buffer) => [buffer, good.map(({ arrivals }) => play(arrivals, buffer))]),
  )
  const each = <T>(of: (buffer: (typeof BUFFERS_MS)[number]) => T): Record<string, T> =>
    Object.fromEntries(BUFFERS_MS.map((buffer) => [String(buffer), of(buffer)]))
  const refusals = outcomes.flatMap(({ refusal }) => refusal ?? [])
  const accepted = outcomes.length - refusals.length
  const cleanAt = (buffer: (typeof BUFFERS_MS)[number]) =>
    good.filter((_, i) => played.get(buffer)![i]!.stalls === 0)
  const isGood = (outcome: Outcome) =>
    (audibleMs(outcome)[0] ?? Number.POSITIVE_INFINITY) <= limits.firstAudioMs &&
    play(outcome.arrivals, limits.bufferMs).stalls === 0
  return {
    requests: outcomes.length,
    ok: good.length,
    errors: outcomes.length - good.length,
    errors_by: countBy(outcomes.flatMap(({ error }) => (error === undefined ? [] : [error]))),
    refused: refusals.length,
    refused_without_time: refusals.filter(({ retryAfterS }) => retryAfterS === undefined).length,
    connect_ms: spread(good.map(({ connectMs }) => connectMs)),
    ttfb_ms: spread(good.map(({ firstByteMs }) => firstByteMs!)),
    ttfa_ms: spread(good.map((outcome) => firstAudioMs(outcome)!)),
    ttfa_audible_ms: spread(good.flatMap(audibleMs)),
    e2e_ms: spread(good.map(({ endMs, t0Ms }) => endMs - t0Ms)),
    gap_ms: spread(good.flatMap(({ arrivals }) => gapsOf(arrivals))),
    rtf: spread(good.map((outcome) => (outcome.endMs - outcome.t0Ms) / 1000 / audioSeconds(outcome))),
    rtf_formula: RTF_FORMULA,
    lag_ms: spread(outcomes.map(({ startMs, dueMs }) => Math.max(0, startMs - dueMs))),
    audio_s: audioS,
    wall_s: wallS,
    audio_s_per_s: wallS === 0 ? 0 : audioS / wallS,
    requests_per_s: wallS === 0 ? 0 : outcomes.length / wallS,
    underruns: each((buffer) => played.get(buffer)!.filter(({ stalls }) => stalls > 0).length),
    stall_ms: each((buffer) => spread(played.get(buffer)!.map(({ stallMs }) => stallMs))),
    // What failed did not play to its end, so it is not free of stutter.
    stutter_free: each((buffer) =>
      outcomes.length === 0
        ? 0
        : played.get(buffer)!.filter(({ stalls }) => stalls === 0).length / outcomes.length,
    ),
    clean_audio_s_per_s: each((buffer) =>
      per(
        cleanAt(buffer).reduce((sum, one) => sum + audioSeconds(one), 0),
        wallS,
      ),
    ),
    clean_of_accepted: each((buffer) => per(cleanAt(buffer).length, accepted)),
    goodput_per_s: wallS === 0 ? 0 : good.filter(isGood).length / wallS,
    goodput_limits: limits,
    integrity: {
      silent: good.filter(({ audio }) => audio!.peak < SILENT_PEAK).length,
      clipped: good.filter(({ audio }) => audio!.clipped > CLIPPED_SHARE * audio!.samples).length,
      faults: outcomes.filter(({ audio }) => (audio?.faults.length ?? 0) > 0).length,
    },
  }
}

function per(amount: number, of: number): number {
  return of === 0 ? 0 : amount / of
}

/** Percentiles by nearest rank. */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) return { p50: NaN, p95: NaN, p99: NaN, mean: NaN, max: NaN }
  const sorted = [...values].sort((a, b) => a - b)
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length
  return { p50: rank(0.5), p95: rank(0.95), p99: rank(0.99), mean, max: sorted.at(-1)! }
}

/** When the first sample that is heard has been played, without buffer. */
function audibleMs({ arrivals, t0Ms, audio }: Outcome): number[] {
  if (audio?.firstAudible === undefined) return []
  const offsetMs = (audio.firstAudible / audio.sampleRate) * 1000
  let before = 0
  for (const { atMs, audioMs } of arrivals) {
    // It is played when it has come, but not before what stands in front of it.
    if (before + audioMs > offsetMs) return [Math.max(atMs, arrivals[0]!.atMs + offsetMs) - t0Ms]
    before += audioMs
  }
  return []
}

/** From the first request's due time to the last one's end. */
function wallSeconds(outcomes: readonly Outcome[]): number {
  if (outcomes.length === 0) return 0
  const from = outcomes.reduce((first, { dueMs }) => Math.min(first, dueMs), Number.POSITIVE_INFINITY)
  const to = outcomes.reduce((last, { endMs }) => Math.max(last, endMs), 0)
  return (to - from) / 1000
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}
