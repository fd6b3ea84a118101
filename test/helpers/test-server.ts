/**
 * A whole server over a scripted synthesizer, for tests: started on a free port, checked for leaks when it stops.
 *
 * Every test that uses it ends in the same check (`assertAtRest`): 100 ms after the last client left, nothing may be
 * held.
 */
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { pino } from 'pino'
import { loadConfig } from '../../src/config/load-config.ts'
import { createMetrics, type Metrics } from '../../src/core/metrics.ts'
import { createServer, type RunningServer } from '../../src/server/server.ts'
import { loadUws } from '../../src/server/transport/uws-library.ts'
import type { Script } from './script.ts'
import { ScriptedSynthesizer } from './scripted-synthesizer.ts'

export type TransportName = 'uws' | 'node'

/** The transports that this Node can run. Only where the native library has no binary is there but one. */
export const TRANSPORTS: readonly TransportName[] = canLoadUws() ? ['uws', 'node'] : ['node']

export interface TestServer {
  readonly server: RunningServer
  readonly synthesizer: ScriptedSynthesizer
  readonly metrics: Metrics
  readonly port: number
  readonly url: string
  readonly wsUrl: string
  /** Every log line so far. */
  readonly logs: Record<string, unknown>[]
  /** Value of a series such as `lightllm_request_count` or `x_total{a="b"}`, read like a scraper would; 0 if absent. */
  metric(series: string): Promise<number>
}

export interface TestServerOptions {
  readonly transport?: TransportName
  /** `key=value` settings. The rate limit is off unless one sets it. */
  readonly set?: readonly string[]
  readonly script?: Partial<Script>
}

let serverCount = 0

/** Starts a server and, when the test ends, checks that nothing leaked and closes it. */
export async function startTestServer(
  test: TestContext,
  options: TestServerOptions = {},
): Promise<TestServer> {
  const synthesizer = new ScriptedSynthesizer(options.script)
  const metrics = createMetrics()
  const logs: Record<string, unknown>[] = []
  const logger = pino({ level: 'debug' }, { write: (line: string) => void logs.push(JSON.parse(line)) })
  const jobsDir = join(tmpdir(), `light-tts-test-jobs-${process.pid}-${serverCount++}`)
  const config = loadConfig({
    set: [
      `jobs.dir=${jobsDir}`,
      'server.port=0',
      `server.transport=${options.transport ?? TRANSPORTS[0]}`,
      'limits.rate_limit=off',
      ...(options.set ?? []),
    ],
  })
  const server = await createServer({ config, synthesizer, logger, metrics })
  const started: TestServer = {
    server,
    synthesizer,
    metrics,
    port: server.port,
    url: `http://127.0.0.1:${server.port}`,
    wsUrl: `ws://127.0.0.1:${server.port}/inference_zero_shot_bistream`,
    logs,
    metric: async (series) => {
      const line = (await metrics.registry.metrics()).split('\n').find((one) => one.startsWith(`${series} `))
      return line === undefined ? 0 : Number(line.slice(series.length + 1))
    },
  }
  test.after(async () => {
    try {
      await assertAtRest(started)
    } finally {
      await server.close()
      await rm(jobsDir, { recursive: true, force: true })
    }
  })
  return started
}

/** A leak stays for ever; a busy machine may need more than the promised 100 ms. */
const REST_TURNS = 400

/** Soon nothing is held: not by the server, not by the synthesizer, and every request has been counted out. */
export async function assertAtRest({ server, synthesizer, metric }: TestServer): Promise<void> {
  const rest = {
    exchanges: 0,
    requests: 0,
    websockets: 0,
    uploadBytes: 0,
    active: 0,
    queued: 0,
    voicesHeld: 0,
    open: 0,
  }
  const held = async () => ({
    ...server.counts(),
    active: synthesizer.active,
    queued: synthesizer.queued,
    voicesHeld: synthesizer.voicesHeld,
    open:
      (await metric('lightllm_request_count')) -
      (await metric('lightllm_request_success')) -
      (await metric('lightllm_request_failure')),
  })
  for (let turn = 0; turn < REST_TURNS; turn++) {
    if (JSON.stringify(await held()) === JSON.stringify(rest)) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.deepEqual(await held(), rest, 'something is still held long after the last client left')
}

/** A WAV file as far as the scripted synthesizer looks. */
export const PROMPT_WAV: Uint8Array = Buffer.concat([Buffer.from('RIFF'), Buffer.alloc(3196, 1)])

/** The form of the document's samples, with changes; null removes a field. */
export function zeroShotForm(changes: Record<string, string | Blob | null> = {}): FormData {
  const fields: Record<string, string | Blob | null> = {
    tts_text: '你好，这是一个测试。',
    prompt_text: '这是一个友好的声音',
    prompt_wav: new Blob([PROMPT_WAV], { type: 'audio/wav' }),
    ...changes,
  }
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') form.append(name, value)
    else if (value !== null) form.append(name, value, 'reference.wav')
  }
  return form
}

function canLoadUws(): boolean {
  try {
    loadUws()
    return true
  } catch {
    return false
  }
}
