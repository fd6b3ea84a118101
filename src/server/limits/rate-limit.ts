/**
 * The limit on syntheses that one client starts in a window, on this node or on all nodes together.
 *
 * Counts lie in bounded memory or in a store that nodes share. While the store is away, each node admits its part of
 * the limit. `caller-rates.ts` chooses the keys.
 */
import { LRUCache } from 'lru-cache'
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible'
import { parseRateLimit, type RateLimit } from '../../config/setting-values.ts'
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

/** Where nodes count together; see `src/cluster`. */
export interface SharedCounts {
  /** In the shape of an ioredis client; its calls fail rather than last. */
  readonly client: unknown
  readonly prefix: string
  /** Nodes that share a limit. */
  nodes(): number
}

export interface RateLimiterOptions {
  readonly maxKeys?: number
  readonly shared?: SharedCounts | undefined
  /** Seconds of speech, such as `3600/day`; a minute for each synthesis where missing. */
  readonly quota?: string
  /** The caller that is counted, in refusals. */
  readonly whose?: string
}

/** A limiter from a setting such as `"10/minute"` or `"off"`. */
export function createRateLimiter(
  setting: string,
  { maxKeys = MAX_KEYS, shared, quota, whose = 'from one address' }: RateLimiterOptions = {},
): RateLimiter {
  const starts = parseRateLimit(setting) ?? undefined
  const speech =
    quota === undefined
      ? starts && { ...starts, count: starts.count * SECONDS_PER_SYNTHESIS }
      : (parseRateLimit(quota) ?? undefined)
  const startCounter = starts && openCounter('starts', starts, shared)
  const speechCounter = speech && openCounter('speech', speech, shared)
  const known = new LRUCache<string, true>({
    max: maxKeys,
    // Each key holds a timer inside the limiter; deleting it gives both back.
    dispose: (_value, key, reason) => {
      if (reason !== 'evict') return
      startCounter?.forget(key)
      speechCounter?.forget(key)
    },
  })
  const count = async (counter: Counter, key: string, points: number, expected: string) => {
    known.set(key, true)
    try {
      await counter.consume(key, points)
    } catch (refusal) {
      if (!isRefusal(refusal)) throw refusal
      // After the clock was put back a count seems to end later than its window.
      const seconds = Math.min(counter.seconds, Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)))
      const detail = `expected at most ${expected} ${whose}, got more; retry in ${seconds} s`
      throw new TtsError('RATE_LIMITED', 'Too many requests', detail, { retryAfterSeconds: seconds })
    }
  }
  return {
    consume: async (key) => {
      if (startCounter !== undefined) await count(startCounter, key, 1, setting)
    },
    consumeSpeech: async (key, asked) => {
      if (speech === undefined || speechCounter === undefined) return
      // One text that is longer than all of it counts as all of it.
      const points = Math.min(speech.count, Math.ceil(asked))
      await count(speechCounter, key, points, `${speech.count} s of speech in ${speech.seconds} s`)
    },
  }
}

interface Counter {
  /** Its window. */
  readonly seconds: number
  consume(key: string, points: number): Promise<unknown>
  /** Gives back the memory of a key. */
  forget(key: string): void
}

/** Counts of this node alone, or of all nodes. While their store is away: this node's part of the limit. */
function openCounter(
  keyPrefix: string,
  { count: points, seconds: duration }: RateLimit,
  shared: SharedCounts | undefined,
): Counter {
  const local = new PartLimiter({ keyPrefix, points, duration })
  const limiter: RateLimiterAbstract =
    shared === undefined
      ? local
      : new RateLimiterRedis({
          storeClient: shared.client,
          keyPrefix: `${shared.prefix}:rate:${points}/${duration}:${keyPrefix}`,
          points,
          duration,
          rejectIfRedisNotReady: true,
          insuranceLimiter: local,
        })
  return {
    seconds: duration,
    consume: (key, asked) => {
      if (shared !== undefined) local.points = Math.ceil(points / shared.nodes())
      return limiter.consume(key, asked)
    },
    forget: (key) => void local.delete(key),
  }
}

/** One text that is longer than all of a node's part counts as all of it. */
class PartLimiter extends RateLimiterMemory {
  override consume(...[key, points, options]: Parameters<RateLimiterMemory['consume']>) {
    return super.consume(key, Math.min(points ?? 1, this.points), options)
  }
}

function isRefusal(value: unknown): value is { readonly msBeforeNext: number } {
  return typeof value === 'object' && value !== null && 'msBeforeNext' in value
}
