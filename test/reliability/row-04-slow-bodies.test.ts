/** Row 4: requests whose bodies hardly come hold no place that a newer request needs. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import test, { type TestContext } from 'node:test'
import { loadConfig } from '../../src/config/load-config.ts'
import { TtsError } from '../../src/core/errors.ts'
import { createMetrics } from '../../src/core/metrics.ts'
import { Ledger } from '../../src/server/limits/ledger.ts'
import { type TestServer, TRANSPORTS } from '../helpers/test-server.ts'
import { ask, besieged } from './invariant.ts'

const WHOLE = JSON.stringify({ input: 'Good morning.', voice: 'anna' })
const TYPE = { 'content-type': 'application/json' }
const ROUTES = ['/v1/audio/speech', '/inference_zero_shot', '/v1/voices', '/v1/audio/convert']
const TEXT_ROUTES = ['/v1/text/normalize', '/mcp']

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    if (holds()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.fail(what)
}

const open = new Set<Socket>()

/** Every slow body, before the server is looked at for what it holds. */
function leave(): void {
  for (const socket of open) socket.destroy()
  open.clear()
}

/** A request whose body has begun and does not go on, once the server holds a place for it. */
async function slowBody(t: TestContext, server: TestServer, from: string, path: string): Promise<Socket> {
  const before = server.server.counts().requests
  const socket = connect({ port: server.port, host: '127.0.0.1', localAddress: from })
  t.after(leave)
  open.add(socket)
  socket.on('error', () => {})
  await once(socket, 'connect')
  const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n`
  socket.write(`${head}{"input":`)
  await until(() => server.server.counts().requests > before, `${path} has a place`)
  return socket
}

const speak = (server: TestServer, from: string, signal?: AbortSignal) =>
  ask(`${server.url}/v1/audio/speech`, {
    ...{ method: 'POST', from, headers: TYPE, body: WHOLE },
    ...(signal === undefined ? {} : { signal }),
  })

for (const transport of TRANSPORTS) {
  test(`${transport}: the oldest slow body gives way where all places are taken, by any route`, async (t) => {
    const slowOnes = [...ROUTES, ...TEXT_ROUTES]
    const set = [`limits.max_concurrent_requests=${slowOnes.length}`, 'mcp.enabled=true']
    const server = await besieged(t, { transport, set })
    const slow: Socket[] = []
    for (const [i, path] of slowOnes.entries())
      slow.push(await slowBody(t, server, `127.0.0.${20 + i}`, path))
    const answers = slow.map(async (socket) => {
      let answer = ''
      for await (const data of socket) answer += data
      return answer
    })
    for (let i = 0; i < slow.length; i++) {
      assert.equal((await speak(server, '127.0.0.9')).status, 200)
      assert.equal(server.server.counts().requests, slow.length - 1)
      if (i < slow.length - 1) await slowBody(t, server, `127.0.0.${40 + i}`, '/v1/audio/speech')
    }
    for (const answer of await Promise.all(answers)) {
      assert.match(answer, /^HTTP\/1\.1 503 .*error_code":"OVERLOADED"/s)
      assert.match(answer, /retry-after: [1-9]/i)
    }
    leave()
  })

  test(`${transport}: of an address with many the first goes, and its own share is not in its way`, async (t) => {
    const set = ['limits.max_concurrent_requests=6', 'limits.max_share_per_address=0.5']
    const server = await besieged(t, { transport, set })
    const other = await slowBody(t, server, '127.0.0.20', '/v1/audio/speech')
    const many: Socket[] = []
    for (let i = 0; i < 3; i++) many.push(await slowBody(t, server, '127.0.0.30', '/v1/audio/speech'))
    const third = await slowBody(t, server, '127.0.0.31', '/v1/audio/speech')
    assert.equal((await speak(server, '127.0.0.30')).status, 200)
    await once(many[0]!, 'data')
    assert.equal(server.server.counts().requests, 4)
    const fillers = ['127.0.0.32', '127.0.0.33']
    for (const from of fillers) await slowBody(t, server, from, '/v1/audio/speech')
    assert.equal((await speak(server, '127.0.0.9')).status, 200)
    await once(many[1]!, 'data')
    assert.equal(server.server.counts().requests, 5)
    assert.deepEqual([other.bytesRead, third.bytesRead, many[2]!.bytesRead], [0, 0, 0])
    leave()
  })

  test(`${transport}: what is whole keeps its place, and no one beyond its rate gets another's`, async (t) => {
    const set = ['limits.max_concurrent_requests=2', 'limits.rate_limit=1/hour']
    const server = await besieged(t, { transport, set, script: { prepareMs: 3_600_000 } })
    const left = new AbortController()
    const first = speak(server, '127.0.0.9', left.signal).catch(() => undefined)
    await until(() => server.synthesizer.preparing === 1, 'it is being prepared')
    const slow = await slowBody(t, server, '127.0.0.20', '/v1/audio/speech')
    assert.equal((await speak(server, '127.0.0.9')).status, 429)
    assert.equal(slow.bytesRead, 0)
    const second = speak(server, '127.0.0.10', left.signal).catch(() => undefined)
    await until(() => server.synthesizer.preparing === 2, 'the slow one has given way')
    assert.equal((await speak(server, '127.0.0.11')).status, 503)
    left.abort()
    await Promise.all([first, second])
    leave()
  })
}

test('a lent place is given back once, whoever ends it', () => {
  const { limits } = loadConfig({ set: ['limits.max_concurrent_requests=2'] })
  const ledger = new Ledger(limits, createMetrics())
  const count = () => ledger.counts().requests
  const kept = ledger.lendRequest('a')!
  kept.keep()
  const lent = ledger.lendRequest('b')!
  assert.equal(ledger.lendRequest('c'), undefined)
  const newer = ledger.lendRequest('c', { reclaim: true })
  assert.equal(lent.lost.aborted, true)
  assert.throws(
    () => lent.keep(),
    (error: unknown) => error instanceof TtsError && error.status === 503,
  )
  lent.release()
  assert.equal(count(), 2)
  newer.keep()
  assert.throws(() => ledger.lendRequest('d'), /overloaded/i)
  assert.throws(() => ledger.lendRequest('d', { reclaim: true }), /overloaded/i)
  assert.throws(() => ledger.takeRequest('d'), /overloaded/i)
  for (const place of [kept, newer, newer]) place.release()
  assert.equal(count(), 0)
})
