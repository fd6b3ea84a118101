/** Settings of jobs: long texts that are spoken in the background. */
import { z } from 'zod'
import { byteCount } from './setting-values.ts'

const GIB = 1024 ** 3

export const jobs = z.strictObject({
  enabled: z.boolean().default(true).describe('whether /v1/jobs takes long texts'),
  dir: z.string().min(1).default('jobs').describe('folder in which jobs and their audio are kept'),
  concurrency: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .describe('parts of jobs, of about a minute each, that are spoken at a time beside streams'),
  maxCharacters: z.int().min(1).max(10_000_000).default(1_000_000).describe('characters of one job'),
  maxPerCaller: z
    .int()
    .min(1)
    .max(100_000)
    .default(5)
    .describe('unfinished jobs of one key, or of one address where no keys are in use'),
  maxBytes: byteCount(1024 * 1024, 1024 * 1024 * GIB)
    .default(16 * GIB)
    .describe('bytes on disk of all jobs: audio that is kept, and what unfinished ones are expected to need'),
  keepHours: z
    .number()
    .gt(0)
    .max(24 * 366)
    .default(48)
    .describe('hours after its end for which a job and its audio are kept'),
  webhookHosts: z
    .array(z.string().min(1))
    .default([])
    .describe('hosts with private addresses that webhooks may call, such as n8n.lan; "*": every host'),
})
