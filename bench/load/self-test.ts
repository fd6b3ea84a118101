/**
 * Proves that the client is not what is measured: many streams from a server whose send times are known.
 * `node dist/bench/load/self-test.js [STREAMS]`; the last line is JSON.
 *
 * Knows: when the server handed each chunk to its socket, and when the client stamped each. What the client adds is the
 * time between. The server runs in a process of its own and tells its times at the end.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { report } from '../report/record.ts'
import { nowMs } from './clock.ts'
import { spread } from './figures.ts'
import type { Target } from './plan.ts'
import { runPlan, threadsFor } from './run-plan.ts'

const CHUNKS = 20
const EVERY_MS = 200
const SAMPLES = 3200

if (process.argv[2] === '--server') await serve()
else await test(Number(process.argv[2] ?? 500))

async function serve(): Promise<void> {
  const server = createServer(async (request, response) => {
    for await (const _ of request) {
      // Read to the end.
    }
    response.socket?.setNoDelay(true)
    await sleep(Math.random() * EVERY_MS)
    for (let i = 0; i < CHUNKS; i++) {
      const chunk = Buffer.alloc(2 * SAMPLES, 1)
      sent.push(nowMs())
      response.write(chunk)
      await sleep(EVERY_MS)
    }
    response.end()
  })
  const sent: number[] = []
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }))
  process.on('message', () => process.send?.({ sent }, () => process.exit(0)))
}

async function test(streams: number): Promise<void> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), '--server'], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  const target: Target = {
    url: `http://127.0.0.1:${port}`,
    dialect: 'lighttts',
    transport: 'http',
    stream: true,
    apiKey: undefined,
    voice: 'none',
    prompt: new Uint8Array(0),
    promptText: '',
    model: 'default',
    speed: 1,
    fixedSeed: undefined,
    timeoutMs: 60_000,
  }
  const plan = {
    target,
    mode: 'closed' as const,
    concurrency: streams,
    requests: Array.from({ length: streams }, (_, index) => ({
      index,
      text: 'x',
      seed: index,
      atMs: undefined,
    })),
    durationMs: undefined,
    playerBufferMs: 0,
  }
  const outcomes = await runPlan(plan)
  child.send('give')
  const [{ sent }] = (await once(child, 'message')) as [{ sent: number[] }]
  // Streams cannot be told apart by what they carry; sorted, the k-th sending belongs to the k-th arrival.
  const sendings = [...sent].sort((a, b) => a - b)
  const arrivals = outcomes
    .flatMap((outcome) => outcome.arrivals.map(({ atMs }) => atMs))
    .sort((a, b) => a - b)
  const whole = arrivals.length === sendings.length
  const added = whole ? arrivals.map((at, i) => at - sendings[i]!) : []
  const errors = outcomes.filter(({ error }) => error !== undefined).length
  const result = {
    streams,
    threads: threadsFor(plan),
    errors,
    chunks: arrivals.length,
    added_ms: spread(added),
  }
  console.log(
    `${streams} streams on ${result.threads} threads: the client adds p99 ${result.added_ms.p99.toFixed(2)} ms`,
  )
  report('load-self-test', result)
  if (!whole || errors > 0) process.exitCode = 1
}
