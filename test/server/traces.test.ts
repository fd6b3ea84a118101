/** Traces as a collector gets them: of HTTP and WebSocket, in the client's own trace, with times and without words. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import test, { type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { freePort } from '../../bench/server/free-port.ts'
import { repoRoot } from '../helpers/paths.ts'
import { startTestServer, TRANSPORTS, type TransportName, zeroShotForm } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[]
  readonly status: { readonly code: number }
}

interface Export {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[]
}

/** An OTLP collector: what it was sent, parsed and as text. */
async function startCollector(t: TestContext) {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece))
    request.on('end', () => {
      bodies.push(body)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close().closeAllConnections())
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}/v1/traces`,
    bodies,
    spans: () =>
      bodies.flatMap((body) =>
        (JSON.parse(body) as Export).resourceSpans.flatMap(({ scopeSpans }) =>
          scopeSpans.flatMap(({ spans }) => spans),
        ),
      ),
  }
}

const PARENT = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
const traceparent = `00-${PARENT.traceId}-${PARENT.spanId}-01`
const WORDS = 'Quinoa zeppelin.'

async function speak(url: string, headers: Record<string, string>, text = WORDS) {
  const body = zeroShotForm({ tts_text: text, stream: 'true' })
  const answer = await fetch(`${url}/inference_zero_shot`, { method: 'POST', headers, body })
  await answer.arrayBuffer()
  return answer
}

for (const transport of TRANSPORTS) {
  test(`a request’s stages are spans of its client’s trace, which goes on in the answer: ${transport}`, async (t) => {
    const collector = await startCollector(t)
    const started = await startTestServer(t, { transport, set: [`traces.endpoint=${collector.url}`] })
    const answer = await speak(started.url, { traceparent })
    const [, traceId, spanId, flags] = answer.headers.get('traceparent')!.split('-')
    assert.deepEqual([answer.status, traceId, flags], [200, PARENT.traceId, '01'])
    await fetch(`${started.url}/v1/status`)
    const line = started.logs.find(({ msg, trace_id: id }) => msg === 'synthesis' && id === traceId)
    assert(line !== undefined, 'the log names the trace')
    await started.server.close()
    const spans = collector.spans()
    const own = spans.find((span) => span.spanId === spanId)!
    assert.equal(own.parentSpanId, PARENT.spanId)
    assert.equal(own.name, 'POST /inference_zero_shot')
    const children = spans.filter(({ parentSpanId }) => parentSpanId === spanId)
    assert.deepEqual(children.map(({ name }) => name).sort(), ['first audio', 'parse', 'prompt'])
    assert.equal(spans.length, 4, 'what only reads is not traced')
    for (const { startTimeUnixNano: from, endTimeUnixNano: to } of children) {
      assert(BigInt(own.startTimeUnixNano) <= BigInt(from) && BigInt(from) <= BigInt(to))
      assert(BigInt(to) <= BigInt(own.endTimeUnixNano))
    }
    const facts = Object.fromEntries(own.attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
    assert.equal(facts['http.response.status_code'], 200)
    assert.equal(facts['light_tts.characters'], WORDS.length)
    assert.equal(facts['light_tts.outcome'], 'ok')
    assert(!/quinoa|zeppelin|UklGR/i.test(collector.bodies.join()), 'neither text nor audio leaves')
  })

  test(`each synthesis of a WebSocket is a span of the trace that opened it: ${transport}`, async (t) => {
    const collector = await startCollector(t)
    const { server, wsUrl } = await startTestServer(t, {
      transport,
      set: [`traces.endpoint=${collector.url}`],
    })
    const socket = new WebSocket(wsUrl, { headers: { traceparent } })
    await once(socket, 'open')
    socket.send(JSON.stringify({ voice: 'anna', tts_model_name: 'default' }))
    socket.send(JSON.stringify({ tts_text: WORDS, finish: true }))
    await once(socket, 'close')
    await server.close()
    const [first, ...others] = collector.spans()
    assert.deepEqual([first!.name, others[0]!.name], ['first audio', 'websocket synthesis'])
    assert.equal(others[0]!.parentSpanId, PARENT.spanId)
    assert(!/quinoa/i.test(collector.bodies.join()))
  })
}

const [anyTransport] = TRANSPORTS as [TransportName]

test('a client that does not want to be traced is not; a wrong traceparent begins a trace of its own', async (t) => {
  const collector = await startCollector(t)
  const started = await startTestServer(t, {
    transport: anyTransport,
    set: [`traces.endpoint=${collector.url}`],
  })
  const unsampled = await speak(started.url, { traceparent: traceparent.replace(/01$/, '00') })
  assert.match(unsampled.headers.get('traceparent')!, new RegExp(`^00-${PARENT.traceId}-[0-9a-f]{16}-00$`))
  for (const wrong of [
    '',
    'x',
    '00-0-0-01',
    `00-${'0'.repeat(32)}-${PARENT.spanId}-01`,
    traceparent.repeat(9),
  ]) {
    const answer = await speak(started.url, { traceparent: wrong })
    assert.equal(answer.status, 200)
    assert.match(answer.headers.get('traceparent')!, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  }
  const refused = await speak(started.url, { traceparent }, '')
  assert.equal(refused.status, 400)
  await started.server.close()
  const roots = collector.spans().filter(({ name }) => name.startsWith('POST'))
  assert.equal(roots.length, 6)
  assert.equal(
    roots.filter(({ parentSpanId }) => parentSpanId === undefined || parentSpanId === '').length,
    5,
  )
})

test('with a ratio of 0 only the client’s own traces are kept', async (t) => {
  const collector = await startCollector(t)
  const set = [`traces.endpoint=${collector.url}`, 'traces.ratio=0']
  const started = await startTestServer(t, { transport: anyTransport, set })
  assert.match((await speak(started.url, {})).headers.get('traceparent')!, /-00$/)
  await speak(started.url, { traceparent })
  await started.server.close()
  assert.deepEqual([...new Set(collector.spans().map(({ traceId }) => traceId))], [PARENT.traceId])
})

test('a collector that is away costs requests nothing, and is told of once', async (t) => {
  const endpoint = `http://127.0.0.1:${await freePort()}/v1/traces`
  const started = await startTestServer(t, { transport: anyTransport, set: [`traces.endpoint=${endpoint}`] })
  for (let i = 0; i < 5; i++) assert.equal((await speak(started.url, {})).status, 200)
  await started.server.close()
  const told = () => started.logs.filter(({ msg }) => String(msg).includes('traces cannot be sent'))
  await until(() => told().length > 0, 'the log to tell')
  assert.equal(told().length, 1)
})

test('off, nothing of it is loaded or answered; without its packages the setting is refused by name', () => {
  const hidden = `export const resolve = (name, context, next) => { if (name.startsWith('@opentelemetry/')) throw new Error('hidden'); return next(name, context) }`
  const script = `
    import { register } from 'node:module'
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hidden)}))
    const { createServer } = await import('${repoRoot}/dist/src/server/server.js')
    const { loadConfig } = await import('${repoRoot}/dist/src/config/load-config.js')
    const { createMetrics } = await import('${repoRoot}/dist/src/core/metrics.js')
    const { ScriptedSynthesizer } = await import('${repoRoot}/dist/test/helpers/scripted-synthesizer.js')
    const logger = Object.assign(() => {}, { warn() {}, info() {}, debug() {}, error() {}, child: () => logger })
    const start = (set) => createServer({ config: loadConfig({ set: ['server.port=0', ...set] }), synthesizer: new ScriptedSynthesizer(), logger, metrics: createMetrics() })
    const server = await start([])
    const answer = await fetch('http://127.0.0.1:' + server.port + '/v1/audio/speech', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ input: 'Hi.', voice: 'anna' }) })
    console.log(answer.status, answer.headers.get('traceparent'))
    await server.close()
    console.log(await start(['traces.endpoint=http://127.0.0.1:1/v1/traces']).catch((error) => error.detail))
    process.exit(0)`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  assert.match(
    stdout,
    /^200 null\ntraces\.endpoint: expected the optional packages @opentelemetry\/…, got /,
    stderr,
  )
})
