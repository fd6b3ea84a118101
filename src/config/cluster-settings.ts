/** Settings of what nodes of a cluster share. */
import { z } from 'zod'

const redisAddress = z
  .string()
  .refine(
    (text) => text === '' || /^rediss?:\/\/[^/\s]+(\/\d+)?$/.test(text),
    'expected redis://[:password@]host:port[/database], or rediss:// for TLS',
  )
  .default('')

export const cluster = z.strictObject({
  redis: redisAddress.describe(
    'Redis or Valkey that the nodes of a cluster share: limits, stored voices, dictionaries; empty: this node is alone',
  ),
  cacheRedis: redisAddress.describe(
    'another one that may evict: features of recordings, so that one node extracts what all know; empty: each node does',
  ),
  prefix: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'expected 1 to 64 letters, digits, ".", "-" or "_"')
    .default('light-tts')
    .describe('beginning of all keys in both; nodes with the same one are one cluster'),
})
