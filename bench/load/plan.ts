/**
 * What a load test does, as plain data that crosses to its worker threads.
 *
 * Knows: the shape of a plan. Does not know: where it came from (`options.ts`) or how it is done.
 */

export type Dialect = 'light-tts' | 'lighttts' | 'openai'
export type Mode = 'closed' | 'open' | 'listeners' | 'burst'

export interface Target {
  readonly url: string
  readonly dialect: Dialect
  readonly transport: 'http' | 'ws'
  readonly stream: boolean
  readonly apiKey: string | undefined
  /** Stored voice; otherwise the prompt. */
  readonly voice: string | undefined
  readonly prompt: Uint8Array
  readonly promptText: string
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
  readonly seed: number
  readonly atMs: number | undefined
}

export interface LoadPlan {
  readonly target: Target
  readonly mode: Mode
  /** Clients that ask one after the other (closed, listeners), or requests of one burst. */
  readonly concurrency: number
  readonly requests: readonly PlannedRequest[]
  /** ms after which no new request begins; undefined: until all are done. */
  readonly durationMs: number | undefined
  /** Buffer with which a listener plays. */
  readonly playerBufferMs: number
}
