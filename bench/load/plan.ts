/** What a load test does, as plain data that crosses to its worker threads. */

export type Dialect = 'light-tts' | 'lighttts' | 'openai'
export type Mode = 'closed' | 'open' | 'listeners' | 'burst'

/** A stored voice, or a recording and what it says. */
export type Speaker =
  | { readonly voice: string }
  | { readonly voice: undefined; readonly prompt: Uint8Array; readonly promptText: string }

export interface Target {
  readonly url: string
  readonly dialect: Dialect
  readonly transport: 'http' | 'ws'
  readonly stream: boolean
  readonly apiKey: string | undefined
  /** The voices; every request draws one. At least one. */
  readonly speakers: readonly Speaker[]
  readonly model: string
  readonly speed: number
  /** Every request has a seed of its own, drawn from the plan's. */
  readonly fixedSeed: number | undefined
  readonly timeoutMs: number
}

/** One request of the plan. `atMs` after the start for open arrivals; undefined: when its client is free. */
export interface PlannedRequest {
  readonly index: number
  readonly text: string
  /** Index into the target's speakers. */
  readonly speaker: number
  readonly seed: number
  readonly atMs: number | undefined
  /** Whether its samples are kept. */
  readonly isKept: boolean
}

export interface LoadPlan {
  readonly target: Target
  readonly mode: Mode
  /** Clients that ask one after the other (closed, listeners), or requests of one burst. */
  readonly concurrency: number
  readonly requests: readonly PlannedRequest[]
  /** ms after which no new request begins; undefined: until all are done. */
  readonly durationMs: number | undefined
  /** ms over which clients and listeners begin one after the other; people do not all ask at the same instant. */
  readonly rampMs: number
  /** Buffer with which a listener plays. */
  readonly playerBufferMs: number
  /** Whether a client that is refused waits for as long as Retry-After says, or asks again almost at once. */
  readonly honourRetry: boolean
}
