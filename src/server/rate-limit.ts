/**
 * How many syntheses one client may start in a window.
 *
 * Knows: counting per key in bounded memory. Does not know: addresses, nor what counts as a synthesis.
 */
import { LRUCache } from 'lru-cache'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { parseRateLimit } from '../config/schema.ts'
import { TtsError } from '../core/errors.ts'

/** Clients remembered at a time; the one unseen for longest is forgotten first. */
const MAX_KEYS = 100_000

export interface RateLimiter {
  /** Counts one synthesis; throws RATE_LIMITED with the seconds to wait. */
  consume(key: string): Promise<void>
}

/** A limiter from a setting such as `"10/minute"` or `"off"`. */
export function createRateLimiter(setting: string, maxKeys = MAX_KEYS): RateLimiter {
  const limit = parseRateLimit(setting)
  if (limit === null || limit === undefined) return { consume: async () => {} }
  const limiter = new RateLimiterMemory({ points: limit.count, duration: limit.seconds })
  const known = new LRUCache<string, true>({
    max: maxKeys,
    // Each key holds a timer inside the limiter; deleting it gives both back.
    dispose: (_value, key, reason) => {
      if (reason === 'evict') void limiter.delete(key)
    },
  })
  return {
    consume: async (key) => {
      known.set(key, true)
      try {
        await limiter.consume(key)
      } catch (refusal) {
        if (!isRefusal(refusal)) throw refusal
        const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000))
        throw new TtsError(
          'RATE_LIMITED',
          'Too many requests',
          `expected at most ${setting} from one address, got more; retry in ${seconds} s`,
          { retryAfterSeconds: seconds },
        )
      }
    },
  }
}

function isRefusal(value: unknown): value is { readonly msBeforeNext: number } {
  return typeof value === 'object' && value !== null && 'msBeforeNext' in value
}
