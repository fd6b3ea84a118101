/** What one server holds: two hundred listeners at once, ten thousand requests in a burst, and listeners that all leave. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { startTestServer } from '../helpers/test-server.ts'
import { isWhole, listen, listenOverSocket } from './listeners.ts'

const TEXT = 'a'.repeat(40)

test('A1 a hundred streams and a hundred sockets at once are whole, every one', async (t) => {
  const server = await startTestServer(t, {
    script: { chunkMs: 20 },
    set: ['limits.max_share_per_address=1', 'limits.max_concurrent_requests=1000'],
  })
  const listeners = Array.from({ length: 200 }, (_, i) =>
    (i % 2 === 0 ? listen : listenOverSocket)(server.url, TEXT),
  )
  const heard = await Promise.all(listeners.map((each) => each.heard))
  assert.deepEqual(heard.filter((each) => !isWhole(each)).length, 0)
  assert.equal(await server.metric('lightllm_request_success'), 200)
})

test('A3 ten thousand requests in one burst: as many as fit are served, the others refused with a time to come back', async (t) => {
  const server = await startTestServer(t, {
    script: { slots: 8, queueLimit: 64, chunkMs: 100 },
    set: ['limits.max_share_per_address=1', 'limits.max_concurrent_requests=20000'],
  })
  const before = process.memoryUsage.rss()
  const statuses = new Map<number, number>()
  for (let burst = 0; burst < 10; burst++) {
    const asked = Array.from({ length: 1000 }, () => listen(server.url, 'abc'))
    for (const { status, headers } of await Promise.all(asked.map(({ heard }) => heard))) {
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (status === 503) assert(Number(headers['retry-after']) > 0)
    }
  }
  const served = statuses.get(200) ?? 0
  t.diagnostic(
    `${JSON.stringify([...statuses])}, ${served} served, memory +${Math.round((process.memoryUsage.rss() - before) / 1e6)} MB`,
  )
  assert.deepEqual([...statuses.keys()].sort(), [200, 503])
  assert(served >= 72)
})

test('B8b two hundred listeners leave after half a second; the next one is served at once', async (t) => {
  const server = await startTestServer(t, {
    script: { slots: 8, queueLimit: 1000, chunkMs: 50 },
    set: ['limits.max_share_per_address=1', 'limits.max_concurrent_requests=1000'],
  })
  const crowd = Array.from({ length: 200 }, () => listen(server.url, 'a'.repeat(900)))
  await Promise.all(crowd.slice(0, 8).map(({ begun }) => begun))
  for (const each of crowd) each.leave()
  const next = await listen(server.url, 'abc').heard
  assert.ok(isWhole(next))
  assert(server.synthesizer.chunksMade < 200, 'what nobody hears is not made')
})
