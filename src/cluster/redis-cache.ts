/**
 * A cache of several nodes in a Redis or Valkey of its own, which may evict what it likes. A question waits briefly, as for
 * counts; without an answer it is a miss.
 */
import type { Redis } from 'ioredis'
import type { SharedCache } from '../core/shared-cache.ts'
import { RedisLink } from './redis-link.ts'

const PATIENCE = { minMs: 20, maxMs: 250 }
const SILENCE_MS = 1000
/** s; features of voices are personal data, so nothing stays for long. */
const KEPT_S = 3600
/** Features of thirty seconds are half a megabyte. */
const MAX_BYTES = 4 << 20

export interface OpenCache {
  /** Things of one kind. */
  of(kind: string): SharedCache
  close(): void
}

export interface CacheOptions {
  readonly url: string
  /** Beginning of all keys. */
  readonly prefix: string
  readonly log: (level: 'info' | 'warn', line: string) => void
}

export function openCache({ url, prefix, log }: CacheOptions): OpenCache {
  const link = new RedisLink({
    url,
    patience: PATIENCE,
    silenceMs: SILENCE_MS,
    onState: (isReady, why) => {
      if (isReady) log('info', 'the cache that nodes share is there')
      else log('warn', `the cache that nodes share is away (${why}): what others know is worked out again`)
    },
  })
  const run = <T>(command: (client: Redis) => Promise<T>) => link.run(command).catch(() => undefined)
  return {
    of: (kind) => ({
      get: async (key) => (await run((client) => client.getBuffer(`${prefix}:${kind}:${key}`))) ?? undefined,
      put: (key, bytes) => {
        if (bytes.length > MAX_BYTES) return
        const value = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
        void run((client) => client.set(`${prefix}:${kind}:${key}`, value, 'EX', KEPT_S))
      },
    }),
    close: () => link.close(),
  }
}
