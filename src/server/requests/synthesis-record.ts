/** Measurements of one synthesis from its arrival to its end: counters, times, and a listener that may run dry. */

import type { TtsError } from '../../core/errors.ts'
import type { Metrics, RequestOutcome, RequestTransport } from '../../core/metrics.ts'
import { monotonicMs } from '../../core/monotonic.ts'
import type { Trace, TraceFacts } from '../../core/trace.ts'
import type { Listener, RecentSpeech } from '../limits/recent-speech.ts'

/** Seconds of audio that the imagined listener holds before playing. */
const LISTENER_BUFFER_S = 0.1

export interface SynthesisFacts {
  /** A stored voice's id, or `recording`. */
  readonly voice?: string
  readonly model?: string
  readonly characters?: number
}

export class SynthesisRecord implements Listener {
  readonly #metrics: Metrics
  readonly #recent: RecentSpeech
  readonly #transport: RequestTransport
  readonly #now: () => number
  readonly #arrivedAt: number
  #startedAt: number
  #firstAudioAt: number | undefined
  #lastAudioAt = 0
  #audioSeconds = 0
  #stalledSeconds = 0
  #underruns = 0
  #outcome: RequestOutcome | undefined
  readonly #key: string | undefined
  #about: SynthesisFacts = {}
  #trace: Trace | undefined
  /** Of the stage under way, `monotonicMs`. */
  #sinceMs = 0

  /** Counts the request. `key` is the caller's by name; `now` is monotonic, in seconds. */
  constructor(
    { metrics, recent }: { readonly metrics: Metrics; readonly recent: RecentSpeech },
    transport: RequestTransport,
    key?: string,
    now = () => performance.now() / 1000,
  ) {
    this.#metrics = metrics
    this.#recent = recent
    this.#key = key
    this.#transport = transport
    this.#now = now
    this.#arrivedAt = now()
    this.#startedAt = this.#arrivedAt
    metrics.requestCount.inc()
    recent.begin(this)
  }

  /** Its stages go into this trace from now on. */
  follow(trace: Trace | undefined): void {
    this.#trace = trace
    this.#sinceMs = monotonicMs()
  }

  /** What the log says of it beside what is measured. */
  about(facts: SynthesisFacts): void {
    this.#about = { ...this.#about, ...facts }
  }

  /** The request is complete: time to first audio counts from here. */
  started(): void {
    this.#startedAt = this.#now()
    this.#endStage('parse')
  }

  /** Audio of this duration was handed to the socket. `isStream`: a listener may already be playing. */
  sent(seconds: number, isStream: boolean): void {
    const now = this.#now()
    if (this.#firstAudioAt === undefined) {
      this.#firstAudioAt = now
      this.#endStage('first audio')
      this.#metrics.timeToFirstAudio.observe({ transport: this.#transport }, now - this.#startedAt)
      this.#recent.firstAudio(now - this.#startedAt)
    } else if (isStream) {
      const played = now - this.#firstAudioAt - LISTENER_BUFFER_S - this.#stalledSeconds
      const dry = played - this.#audioSeconds
      if (dry > 0) {
        this.#underruns++
        this.#stalledSeconds += dry
        this.#metrics.underruns.inc()
        this.#recent.underrun()
      }
    }
    this.#audioSeconds += seconds
    this.#lastAudioAt = now
    this.#metrics.audioSeconds.inc(seconds)
    if (this.#key !== undefined) this.#metrics.keyAudioSeconds.inc({ key: this.#key }, seconds)
  }

  lead(now: number): number | undefined {
    if (this.#firstAudioAt === undefined) return undefined
    return Math.max(0, this.#audioSeconds + this.#stalledSeconds - (now - this.#firstAudioAt))
  }

  /** Handed to the socket so far. */
  get audioSeconds(): number {
    return this.#audioSeconds
  }

  /** The first call counts; later ones do nothing. */
  end(outcome: RequestOutcome): void {
    if (this.#outcome !== undefined) return
    this.#outcome = outcome
    this.#trace?.about(traceFacts(this.facts()))
    this.#recent.end(this)
    this.#metrics.requests.inc({ transport: this.#transport, outcome })
    if (this.#key !== undefined) this.#metrics.keyRequests.inc({ key: this.#key, outcome })
    if (outcome !== 'ok') {
      this.#metrics.requestFailure.inc()
      return
    }
    this.#metrics.requestSuccess.inc()
    this.#metrics.requestLatency.observe(this.#now() - this.#arrivedAt)
    if (this.#audioSeconds > 0) {
      this.#metrics.realTimeFactor.observe((this.#lastAudioAt - this.#startedAt) / this.#audioSeconds)
    }
  }

  #endStage(name: string): void {
    const now = monotonicMs()
    this.#trace?.stage(name, this.#sinceMs, now)
    this.#sinceMs = now
  }

  /** For the log line: no text, no audio. */
  facts(): Record<string, unknown> {
    return {
      ...(this.#key === undefined ? {} : { key: this.#key }),
      ...this.#about,
      outcome: this.#outcome,
      audio_s: round(this.#audioSeconds),
      ttfa_ms:
        this.#firstAudioAt === undefined
          ? undefined
          : Math.round((this.#firstAudioAt - this.#startedAt) * 1000),
      underruns: this.#underruns,
    }
  }
}

/** The same as the log's, under names of their own. */
function traceFacts(facts: Record<string, unknown>): TraceFacts {
  const known = Object.entries(facts).filter(([, value]) => value !== undefined)
  return Object.fromEntries(known.map(([name, value]) => [`light_tts.${name}`, value as string | number]))
}

/** Which outcome a refusal or failure is. */
export function outcomeOf(error: TtsError): RequestOutcome {
  if (error.code === 'CANCELLED') return 'cancelled'
  if (error.status < 500) return 'rejected'
  const isRefusal =
    error.code === 'OVERLOADED' || error.code === 'DRAINING' || error.code === 'MODEL_NOT_READY'
  return isRefusal ? 'rejected' : 'failed'
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}
