/**
 * What became of one request.
 *
 * Knows: the measured times, as offsets that a report can use. Does not know: how they were measured.
 */
import type { Arrival } from './playback.ts'
import type { AudioFacts } from './sample-stream.ts'

export interface Outcome {
  readonly index: number
  /** On the process's clock: when the request should have begun (open arrivals), and when it did. */
  readonly dueMs: number
  readonly startMs: number
  /** Connection set-up. */
  readonly connectMs: number
  /** t0: first byte of the request on the open connection (WebSocket: first text). */
  readonly t0Ms: number
  readonly firstByteMs: number | undefined
  readonly arrivals: readonly Arrival[]
  readonly endMs: number
  readonly audio: AudioFacts | undefined
  /** Why it is not ok: a short word for counting, such as `HTTP 503`, and the detail. */
  readonly error: string | undefined
}

/** Time to the first complete sample; undefined where none came. */
export function firstAudioMs({ arrivals, t0Ms }: Outcome): number | undefined {
  return arrivals[0] === undefined ? undefined : arrivals[0].atMs - t0Ms
}

export function audioSeconds({ audio }: Outcome): number {
  return audio === undefined ? 0 : audio.samples / audio.sampleRate
}
