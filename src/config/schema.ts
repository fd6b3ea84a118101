/**
 * Every setting of the server, once: name, unit, range, default and what it does.
 *
 * The names under `limits` are those of the API document. Every setting can come from the configuration file, from
 * an environment variable (`LIGHT_TTS_SERVER_PORT`), or from `--set server.port=8080`; later ones win in that
 * order.
 */
import { z } from 'zod'
import { isSolverName } from '../core/flow-solver.ts'
import { cluster } from './cluster-settings.ts'
import { cudaSettings } from './cuda-settings.ts'
import { bundleCache } from './install-folder.ts'
import { mcp, openai, wyoming } from './integration-settings.ts'
import { jobs } from './job-settings.ts'
import { byteCount, isAddressOrSubnet, parseRateLimit } from './setting-values.ts'
import { traces } from './trace-settings.ts'

const MIB = 1024 * 1024

const ms = (max: number) => z.int().min(1).max(max)

const server = z.strictObject({
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('address to listen on; 0.0.0.0 or :: for every interface'),
  port: z.int().min(0).max(65_535).default(8080).describe('TCP port; 0 picks a free one'),
  transport: z
    .enum(['auto', 'uws', 'node'])
    .default('auto')
    .describe('uWebSockets.js, node:http with ws, or the first of them that loads'),
  compat: z
    .enum(['none', 'lighttts', 'reference'])
    .default('none')
    .describe(
      "lighttts: answer raw 16-bit PCM at 24 kHz without a header, and read prompt_text as a transcript; reference: before speech may end, bar the one id that the model's own code bars, which in CosyVoice3 is not the end",
    ),
  trustedProxies: z
    .array(z.string().refine(isAddressOrSubnet, 'expected an IP address or a CIDR subnet'))
    .default([])
    .describe('proxies whose X-Forwarded-For is believed'),
  basePath: z
    .string()
    .regex(/^(\/[\w.~-]+)*$/, 'expected nothing or a path such as /tts, without a slash at its end')
    .default('')
    .describe(
      'path before all paths, where a proxy hands it on as it came (/tts/v1/models); paths without it are answered too',
    ),
  allowedOrigins: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'origins of other pages that may use the API in a browser; empty: none, but any may open a WebSocket; "*": every origin',
    ),
  allowedHosts: z
    .array(
      z
        .string()
        .regex(/^\.?[a-z0-9-]+(\.[a-z0-9-]+)*$/, 'expected a name such as tts.example.com, or .example.com'),
    )
    .default([])
    .describe(
      'names in Host by which the server may be asked, beside addresses and localhost; .example.com: all below it; empty: any',
    ),
  apiKeys: z
    .array(z.string().regex(/^[0-9a-f]{64}$/, 'expected the SHA-256 of a key as 64 lower-case hex digits'))
    .default([])
    .describe('SHA-256 of each key that may use the API (printf %s KEY | sha256sum); empty: no key needed'),
  keysFile: z
    .string()
    .default('')
    .describe(
      'YAML or JSON file of keys with name, sha256, scopes (speak, voices, admin), rate, quota and expires, read again when it changes; empty: none',
    ),
  metricsPort: z
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .describe('second TCP port with /metrics alone, without a key; 0: none'),
  metricsHost: z.string().min(1).default('127.0.0.1').describe('address of metricsPort'),
  requestTimeoutMs: ms(3_600_000)
    .default(60_000)
    .describe(
      'ms in which no device does anything for a synthesis whose client waits, after which it fails: with 503, or by a cut once audio was sent; slow work goes on',
    ),
  writeStallMs: ms(3_600_000)
    .default(60_000)
    .describe('ms; a client that takes nothing for so long while audio waits for it is cut'),
  bodyStallMs: ms(600_000).default(10_000).describe('ms; an upload that pauses for so long is cut'),
  minUploadBytesPerSecond: z
    .int()
    .min(0)
    .max(100 * MIB)
    .default(4096)
    .describe('bytes/s; an upload that stays below this on average after bodyStallMs is cut'),
  wsIdleFlushMs: ms(60_000)
    .default(300)
    .describe('ms; WebSocket text that waits longer for more text is spoken as it is'),
  wsInitTimeoutMs: ms(3_600_000)
    .default(10_000)
    .describe(
      'ms; a WebSocket without its first message is closed after so long, and one whose recording comes slower than minUploadBytesPerSecond over so long',
    ),
  wsIdleTimeoutMs: ms(86_400_000)
    .default(120_000)
    .describe('ms; a WebSocket without a message for so long is closed'),
  wsPingMs: ms(100_000)
    .default(20_000)
    .describe('ms; WebSocket keep-alive ping interval; two missed answers cut the socket'),
  hungAfterMs: ms(3_600_000)
    .default(60_000)
    .describe(
      'ms that a lane or the voice pool may stand still before its thread is ended, or the process with code 75 where the thread does not end',
    ),
  drainNoticeMs: z
    .int()
    .min(0)
    .max(600_000)
    .default(0)
    .describe(
      'ms; on shutdown, time that readiness says 404 while new work is still taken, so that a balancer can turn away first',
    ),
  drainMs: ms(3_600_000).default(30_000).describe('ms; on shutdown, time that running streams get to finish'),
})

const limits = z.strictObject({
  max_file_size: byteCount(1, 1024 * MIB)
    .default(50 * MIB)
    .describe('bytes of one audio file'),
  max_text_length: z.int().min(1).max(1_000_000).default(1000).describe('characters of one synthesis'),
  max_speech_seconds: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(300)
    .describe('estimated seconds of speech of one synthesis, and of one WebSocket message'),
  max_session_text_length: z
    .int()
    .min(1)
    .max(100_000_000)
    .default(20_000)
    .describe('characters of one WebSocket session; each of its messages obeys max_text_length'),
  max_concurrent_requests: z
    .int()
    .min(1)
    .max(100_000)
    .default(200)
    .describe('syntheses accepted at a time, waiting ones included'),
  max_websockets: z.int().min(0).max(100_000).default(100).describe('WebSockets open at a time'),
  max_upload_bytes: byteCount(MIB, 1024 * 1024 * MIB)
    .default(512 * MIB)
    .describe('bytes of all uploads being received or held at a time'),
  max_share_per_address: z
    .number()
    .gt(0)
    .max(1)
    .default(0.5)
    .describe(
      'share of max_concurrent_requests, max_websockets and max_upload_bytes that one address may hold; 1: no bound, for a proxy in front that is not in trustedProxies',
    ),
  max_voices: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(1000)
    .describe('voices that users may have stored at a time'),
  max_voices_bytes: byteCount(0, 1024 * 1024 * MIB)
    .default(1024 * MIB)
    .describe('bytes of the features of all stored voices'),
  max_input_length: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(4096)
    .describe(
      'characters of one text of /v1/audio/speech, where max_speech_seconds counts for each max_text_length characters',
    ),
  max_prompt_seconds: z.number().min(1).max(600).default(30).describe('seconds of a prompt recording'),
  rate_limit: z
    .string()
    .refine(
      (text) => parseRateLimit(text) !== undefined,
      'expected "off" or a count per second, minute, hour or day such as "10/minute"',
    )
    .default('10/minute')
    .describe('syntheses per client address (IPv6: per /64): "10/minute", "100/hour", "off"'),
})

const flow = z.strictObject({
  solver: z
    .string()
    .refine((name) => name === 'auto' || isSolverName(name), 'expected auto, euler10 or 2m-N such as 2m-7')
    .default('auto')
    .describe(
      "how the flow is solved: euler10 (the reference's steps), 2m-10, 2m-8, 2m-7 or 2m-6 (second order, that many evaluations); auto: 2m-7 on CPUs",
    ),
})

const admission = z.strictObject({
  maxWaitMs: ms(600_000)
    .default(1000)
    .describe('ms; a stream that cannot be heard without a gap by then is refused with 503'),
})

const stream = z.strictObject({
  startWhenSafe: z
    .boolean()
    .default(true)
    .describe(
      'where a stream is made more slowly than it is heard, it begins only once the rest can follow without a gap',
    ),
})

const log = z.strictObject({
  level: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('least severe line that is written'),
  format: z
    .enum(['auto', 'json', 'text'])
    .default('auto')
    .describe('auto: short lines for people at a terminal, JSON elsewhere'),
})

export const configSchema = z.strictObject({
  server: server.prefault({}),
  limits: limits.prefault({}),
  flow: flow.prefault({}),
  admission: admission.prefault({}),
  stream: stream.prefault({}),
  openai: openai.prefault({}),
  wyoming: wyoming.prefault({}),
  mcp: mcp.prefault({}),
  jobs: jobs.prefault({}),
  capacity: z
    .string()
    .refine(
      (text) => /^(measured|profile|[1-9]\d{0,4})$/.test(text),
      'expected measured, profile or a number of streams',
    )
    .default('measured')
    .describe(
      "streams at a time: measured (as many as can be heard without a gap on this machine as it is now), profile (the profile's slots), or a number",
    ),
  cluster: cluster.prefault({}),
  cuda: cudaSettings.prefault({}),
  log: log.prefault({}),
  traces: traces.prefault({}),
  models: z
    .record(z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/), z.string().min(1))
    .default({})
    .describe('served models: name → bundle folder; empty: the embedded voice'),
  devices: z
    .array(z.string().min(1))
    .default(['auto'])
    .describe('devices to run on, such as cpu:2 or cuda:0; auto: what this machine has'),
  profile: z
    .string()
    .default('')
    .describe("file with a device's parameters, as npm run tune writes them; empty: the one in config/"),
  voicesDir: z
    .string()
    .min(1)
    .default('voices')
    .describe('folder in which voices added through the API are kept'),
  voiceCacheMib: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(256)
    .describe("MiB of prepared voices' features kept in memory"),
  memoryMib: z
    .int()
    .min(0)
    .max(1_000_000_000)
    .default(0)
    .describe('MiB that the server may count on; 0: what the container or the machine has'),
  trustBundles: z
    .boolean()
    .default(false)
    .describe("serve bundles without comparing their files with the manifest's hashes"),
  cacheDir: z
    .string()
    .min(1)
    .default(bundleCache)
    .describe('folder in which bundles of converted checkpoints are kept'),
})

export type Config = z.output<typeof configSchema>
export type LimitsConfig = Config['limits']
