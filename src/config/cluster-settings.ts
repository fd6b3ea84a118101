/** Settings of what nodes of a cluster share. */
import { z } from 'zod'
import { byteCount } from './setting-values.ts'

const redisAddress = z
  .string()
  .refine(
    (text) => text === '' || /^rediss?:\/\/[^/\s]+(\/\d+)?$/.test(text),
    'expected redis://[:password@]host:port[/database], or rediss:// for TLS',
  )
  .default('')

export const cluster = z.strictObject({
  redis: redisAddress.describe(
    'Redis or Valkey that the nodes of a cluster share: limits, stored voices, dictionaries, jobs; empty: this node is alone',
  ),
  maxJobBytes: byteCount(1024 * 1024, 1024 ** 4)
    .default(512 * 1024 * 1024)
    .describe('bytes of jobs in it: audio that is kept, and what unfinished jobs are expected to need'),
  cacheRedis: redisAddress.describe(
    'another one that may evict: features of recordings, so that one node extracts what all know; empty: each node does',
  ),
  prefix: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'expected 1 to 64 letters, digits, ".", "-" or "_"')
    .default('light-tts')
    .describe('beginning of all keys in both; nodes with the same one are one cluster'),
})
