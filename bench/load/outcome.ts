/** What became of one request. */
import type { Arrival } from './playback.ts'
import type { AudioFacts, SampleStream } from './sample-stream.ts'

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
  /** It was told to come back later: HTTP 429 or 503, or the socket's word for it. */
  readonly refusal?: Refusal | undefined
  /** What was heard, of a request whose answer is kept. */
  readonly kept?: Kept | undefined
}

export interface Kept {
  readonly text: string
  readonly sampleRate: number
  /** 16-bit mono. */
  readonly pcm: Uint8Array
}

export interface Refusal {
  /** Undefined where the server did not say when. */
  readonly retryAfterS: number | undefined
}

const REFUSALS = new Set([429, 503])

/** What an answer's status and Retry-After say; undefined where it is no refusal. */
export function refusalOf(status: number | undefined, retryAfter: string | undefined): Refusal | undefined {
  if (status === undefined || !REFUSALS.has(status)) return undefined
  const seconds = Number(retryAfter)
  return { retryAfterS: retryAfter !== undefined && seconds >= 0 ? seconds : undefined }
}

/** Time to the first complete sample; undefined where none came. */
export function firstAudioMs({ arrivals, t0Ms }: Outcome): number | undefined {
  return arrivals[0] === undefined ? undefined : arrivals[0].atMs - t0Ms
}

export function audioSeconds({ audio }: Outcome): number {
  return audio === undefined ? 0 : audio.samples / audio.sampleRate
}

export function keptOf({ kept, sampleRate }: SampleStream, text: string): Kept | undefined {
  return kept && { text, sampleRate, pcm: kept }
}
