/** Requests to simulate: when they come and how much speech they ask for, drawn from a seed. */

/** A speech token's audio. */
export const MS_PER_TOKEN = 40

export interface SimulatedRequest {
  readonly id: number
  readonly arrivedMs: number
  readonly priority: 'stream' | 'batch'
  readonly voiceKey: string
  /** Positions that the LLM prefills, and prompt tokens of the flow. */
  readonly prefillTokens: number
  readonly promptTokens: number
  /** Speech tokens until the LLM ends (25 a second). */
  readonly speechTokens: number
}

export interface RequestShape {
  readonly prefillTokens: number
  readonly promptTokens: number
  /** Mean and spread of the spoken length in seconds; drawn uniformly between mean ± spread. */
  readonly seconds: number
  readonly secondsSpread: number
  readonly voices: number
}

/** A small, fast, seedable generator (mulberry32): uniform in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Open loop: `count` requests with exponential gaps, `ratePerSecond` on average. */
export function poissonArrivals(
  count: number,
  ratePerSecond: number,
  shape: RequestShape,
  seed: number,
): SimulatedRequest[] {
  const random = seededRandom(seed)
  let at = 0
  return Array.from({ length: count }, (_, id) => {
    at += (-Math.log(1 - random()) / ratePerSecond) * 1000
    return drawRequest(id, at, shape, random)
  })
}

export function drawRequest(
  id: number,
  arrivedMs: number,
  shape: RequestShape,
  random: () => number,
): SimulatedRequest {
  const seconds = shape.seconds + shape.secondsSpread * (2 * random() - 1)
  return {
    id,
    arrivedMs,
    priority: 'stream',
    voiceKey: `voice-${Math.floor(random() * shape.voices)}`,
    prefillTokens: shape.prefillTokens,
    promptTokens: shape.promptTokens,
    speechTokens: Math.max(1, Math.round(seconds * 25)),
  }
}
