/**
 * How many syntheses one client may start in a window.
 *
 * Knows: counting per key in bounded memory. Does not know: addresses, nor what counts as a synthesis.
 */
import { LRUCache } from 'lru-cache'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { parseRateLimit } from '../../config/schema.ts'
import { TtsError } from '../../core/errors.ts'

/** Seconds of speech that a client's rate allows for each synthesis, whichever of them is longer. */
const SECONDS_PER_SYNTHESIS = 60
/** Clients remembered at a time; the one unseen for longest is forgotten first. */
const MAX_KEYS = 100_000

export interface RateLimiter {
  /** Counts one synthesis; throws RATE_LIMITED with the seconds to wait. */
  consume(key: string): Promise<void>
  /** Counts estimated seconds of speech, of which each synthesis brings a minute; throws likewise. */
  consumeSpeech(key: string, seconds: number): Promise<void>
}

/** A limiter from a setting such as `"10/minute"` or `"off"`. */
export function createRateLimiter(setting: string, maxKeys = MAX_KEYS): RateLimiter {
  const limit = parseRateLimit(setting)
  if (limit === null || limit === undefined) return { consume: async () => {}, consumeSpeech: async () => {} }
  const limiter = new RateLimiterMemory({ points: limit.count, duration: limit.seconds })
  const speechSeconds = limit.count * SECONDS_PER_SYNTHESIS
  const speechLimiter = new RateLimiterMemory({
    keyPrefix: 'speech',
    points: speechSeconds,
    duration: limit.seconds,
  })
  const known = new LRUCache<string, true>({
    max: maxKeys,
    // Each key holds a timer inside the limiter; deleting it gives both back.
    dispose: (_value, key, reason) => {
      if (reason !== 'evict') return
      void limiter.delete(key)
      void speechLimiter.delete(key)
    },
  })
  const count = async (counter: RateLimiterMemory, key: string, points: number, expected: string) => {
    known.set(key, true)
    try {
      await counter.consume(key, points)
    } catch (refusal) {
      if (!isRefusal(refusal)) throw refusal
      const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000))
      const detail = `expected at most ${expected} from one address, got more; retry in ${seconds} s`
      throw new TtsError('RATE_LIMITED', 'Too many requests', detail, { retryAfterSeconds: seconds })
    }
  }
  return {
    consume: (key) => count(limiter, key, 1, setting),
    // One text that is longer than all of it counts as all of it.
    consumeSpeech: (key, seconds) =>
      count(
        speechLimiter,
        key,
        Math.min(speechSeconds, Math.ceil(seconds)),
        `${speechSeconds} s of speech in ${limit.seconds} s`,
      ),
  }
}

function isRefusal(value: unknown): value is { readonly msBeforeNext: number } {
  return typeof value === 'object' && value !== null && 'msBeforeNext' in value
}
