/** C13: what clients put into paths, methods, agents and names makes no series of metrics. */

import assert from 'node:assert/strict'
import { request } from 'node:http'
import test from 'node:test'
import { Gauge } from 'prom-client'
import { freePort } from '../../bench/server/free-port.ts'
import { startTestServer } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'

const SCRAPES = 300
/** `SCRAPE_KEPT_MS` of the server. */
const KEPT_MS = 20

test('no client makes a series, whatever it calls itself and asks for', async (t) => {
  const { url } = await startTestServer(t)
  const ask = async (method: string, path: string) =>
    await new Promise<void>((resolve) => {
      const sent = request(
        `${url}${path}`,
        { method, headers: { 'User-Agent': path, 'X-Request-Id': 'x' } },
        (answer) => {
          answer.resume()
          answer.on('close', resolve)
        },
      )
      sent.on('error', () => resolve())
      sent.end()
    })
  const series = async () => {
    const text = await (await fetch(`${url}/metrics`)).text()
    return text.split('\n').flatMap((line) => (line.startsWith('#') ? [] : [line.split(' ')[0]!]))
  }
  const methods = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']
  const some = async (from: number, count: number) => {
    for (let i = from; i < from + count; i++)
      await ask(methods[i % 6]!, `/v1/voices/v${i}/${'x'.repeat(i % 50)}`)
    for (let i = from; i < from + count; i++) await ask('DELETE', `/v1/voices/none-${i}`)
  }
  await some(0, 20)
  // A scrape counts itself once it is answered.
  await until(async () => (await series()).some((name) => name.includes('route="/metrics"')), 'a scrape')
  const before = await series()
  await some(1000, 500)
  assert.deepEqual(await series(), before)
})

test('hundreds of scrapes at once are a few readings, on both ports', async (t) => {
  const metricsPort = await freePort()
  const { url, metrics } = await startTestServer(t, { set: [`server.metricsPort=${metricsPort}`] })
  let readings = 0
  new Gauge({
    name: 'test_readings',
    help: 'how often all is read',
    registers: [metrics.registry],
    collect: () => void readings++,
  })
  const scrape = async (address: string) => {
    const answer = await fetch(`${address}/metrics`)
    assert.equal(answer.status, 200)
    assert.match(await answer.text(), /\ntest_readings \d/)
  }
  for (const address of [url, `http://127.0.0.1:${metricsPort}`]) {
    readings = 0
    const sinceMs = performance.now()
    await Promise.all(Array.from({ length: SCRAPES }, () => scrape(address)))
    const most = 2 + (performance.now() - sinceMs) / KEPT_MS
    assert(readings <= most, `${readings} readings for ${SCRAPES} scrapes of ${address}, at most ${most}`)
    await scrape(address)
  }
})
