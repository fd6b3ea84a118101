/**
 * What a trace costs a request, its spans' export included: `node dist/bench/server/traces.js [--rounds N]`; last line JSON. CPU
 * time of this process, without the collector's.
 *
 * Rounds of traces that are recorded and of ones that the ratio leaves out take turns. Without a collector there is no trace, and no cost.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { monotonicMs } from '../../src/core/monotonic.ts'
import { openTraces } from '../../src/traces/open-traces.ts'
import { benchCommand } from '../command-line/command.ts'
import { positive } from '../command-line/values.ts'
import { report, summary } from '../report/record.ts'

const { rounds } = benchCommand('CPU time that a trace costs a request, the export of its spans included')
  .option('--rounds <n>', 'rounds of each kind', positive, 20)
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{ rounds: number }>()

/** Of a streamed speech of some seconds: queue, prefill, first hop, further hops, encoding. */
const STAGES = ['voice', 'queue', 'prefill', 'first hop', 'hop', 'hop', 'hop', 'hop', 'encode']
/** Of a round: their spans fit what the exporter holds, so that none is dropped. */
const TRACES = 200

/** Takes what is sent, and prints how many spans it was. */
const COLLECTOR = `
let spans = 0
const server = require('node:http').createServer((request, response) => {
  let body = ''
  request.on('data', (piece) => (body += piece))
  request.on('end', () => {
    if (request.method === 'GET') return response.end(String(spans))
    for (const { scopeSpans } of JSON.parse(body).resourceSpans) for (const scope of scopeSpans) spans += scope.spans.length
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
}).listen(0, '127.0.0.1', () => console.log(server.address().port))
`

const collector = spawn(process.execPath, ['-e', COLLECTOR], { stdio: ['ignore', 'pipe', 'inherit'] })
const [port] = await once(collector.stdout, 'data')
const address = `http://127.0.0.1:${String(port).trim()}`

/** µs of CPU for each of a round's traces. */
async function round(ratio: number): Promise<number> {
  const traces = await openTraces({ endpoint: `${address}/v1/traces`, ratio, log: console.error })
  const before = process.cpuUsage()
  for (let i = 0; i < TRACES; i++) {
    const trace = traces.begin('POST /v1/audio/speech', () => undefined, { route: '/v1/audio/speech' })
    for (const stage of trace.isRecorded ? STAGES : []) {
      const now = monotonicMs()
      trace.stage(stage, now - 5, now, { device: 'cpu:0', tokens: 25 })
    }
    trace.about({ voice: 'james', characters: 120, seconds: 6.4 })
    trace.end(false)
  }
  await traces.close()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / TRACES
}

try {
  // What the first round loads and compiles is not its traces'.
  for (const ratio of [1, 0]) await round(ratio)
  const sentBefore = Number(await (await fetch(address)).text())
  const [recorded, leftOut]: [number[], number[]] = [[], []]
  for (let i = 0; i < rounds; i++) {
    recorded.push(await round(1))
    leftOut.push(await round(0))
  }
  const sent = Number(await (await fetch(address)).text()) - sentBefore
  const expected = rounds * TRACES * (STAGES.length + 1)
  if (sent !== expected) throw new Error(`expected ${expected} spans at the collector, got ${sent}`)
  const [each, without] = [summary(recorded).median, summary(leftOut).median]
  console.log(
    `recorded: ${each.toFixed(0)} µs of CPU for a trace of ${STAGES.length + 1} spans, export included`,
  )
  console.log(`left out by traces.ratio: ${without.toFixed(0)} µs`)
  report('traces', { spans: STAGES.length + 1, rounds, recorded_us: each, left_out_us: without })
} finally {
  collector.kill()
}
