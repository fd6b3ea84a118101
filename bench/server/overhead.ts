/**
 * What the server adds: from the last byte of a request to the LLM lane, for a voice that is prepared.
 * `node dist/bench/server/overhead.js [--requests N]`; the last line is JSON.
 */
import { connect } from 'node:net'
import { pino } from 'pino'
import { loadConfig } from '../../src/config/load-config.ts'
import { createMetrics } from '../../src/core/metrics.ts'
import { createServer } from '../../src/server/server.ts'
import { benchCommand } from '../command-line/command.ts'
import { positive } from '../command-line/values.ts'
import { openEmbedded } from '../engine/embedded.ts'
import { report } from '../report/record.ts'

const { requests } = benchCommand(
  'time that the server adds, from the last byte of a request to the LLM lane',
)
  .option('--requests <n>', 'requests, one after another', positive, 200)
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{ requests: number }>()

const config = loadConfig({ set: ['server.port=0', 'limits.rate_limit=off'] })
let admittedMs = 0
// Called when the utterance gets its slot, in the turn of the loop that tells both lanes.
const { synthesizer, close } = await openEmbedded('cpu:2', {
  onQueueWait: () => {
    admittedMs = performance.now()
  },
})
const server = await createServer({
  config,
  synthesizer,
  logger: pino({ level: 'silent' }),
  metrics: createMetrics(),
})

const added: number[] = []
for (let i = 0; i < requests + 5; i++) {
  const sentMs = await ask(i)
  // The first few warm up.
  if (i >= 5) added.push(admittedMs - sentMs)
}
await server.close()
await close(3000)
added.sort((a, b) => a - b)
const at = (share: number) => added[Math.ceil(share * added.length) - 1]!
const result = {
  transport: server.transport,
  requests,
  added_ms: { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) },
}
console.log(`from last byte to lane: p50 ${at(0.5).toFixed(2)} ms, p95 ${at(0.95).toFixed(2)} ms`)
report('server-overhead', result)

/** One request on a connection of its own; resolves with the time of its last byte when the answer is over. */
function ask(seed: number): Promise<number> {
  const body = JSON.stringify({ input: 'Yes.', voice: 'james', response_format: 'pcm', seed })
  const head = `POST /v1/audio/speech HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  return new Promise((resolve, reject) => {
    let sentMs = 0
    const socket = connect(server.port, '127.0.0.1', () => {
      socket.write(head)
      sentMs = performance.now()
      socket.write(body)
    })
    socket.on('data', () => {})
    socket.on('error', reject)
    socket.on('close', () => resolve(sentMs))
  })
}
