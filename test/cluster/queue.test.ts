/** The balancer's line before the nodes: how long it is, what leaves it, and what a full cluster answers. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { skipWithout } from '../helpers/required-tools.ts'
import { until } from '../helpers/until.ts'
import { patient, startCluster } from './cluster.ts'
import { isWhole, type Listener, listen, post } from './listeners.ts'

/** Three seconds of streaming, longer than anything waits. */
const LONG_TEXT = 'a'.repeat(150)
const SHORT_TEXT = 'b'.repeat(10)

const skip = skipWithout('haproxy')
const four = (config: string) => config.replaceAll('maxconn 24', 'maxconn 4')
const heardBy = async (streams: readonly Listener[]) => await Promise.all(streams.map(({ heard }) => heard))

test('beyond what nodes take at a time requests wait a second and get 503 with Retry-After; who leaves costs nothing', {
  skip,
}, async (t) => {
  const cluster = await startCluster(t, { script: { chunkMs: 40 }, change: four })
  const running = Array.from({ length: 12 }, () => listen(cluster.url, LONG_TEXT))
  await Promise.all(running.map(({ begun }) => begun))
  const seen = async () =>
    (await Promise.all(cluster.nodes.map((node) => node.metric('lightllm_request_count')))).reduce(
      (sum, count) => sum + count,
    )
  const leaving = Array.from({ length: 12 }, () => listen(cluster.url, SHORT_TEXT))
  const refused = Array.from({ length: 6 }, () => listen(cluster.url, SHORT_TEXT))
  await until(async () => (await cluster.queued()) === 18, 'all to be in the line')
  for (const each of leaving) each.leave()
  for (const { status, headers, startMs, endMs } of await heardBy(refused)) {
    assert.equal(status, 503)
    assert.equal(headers['retry-after'], '2')
    const waited = endMs - startMs
    assert(waited > 900 && waited < 2500, `refused after ${waited} ms`)
  }
  assert.ok((await heardBy(running)).every(isWhole))
  assert.equal(await seen(), 12)
})

test('a whole answer takes as long as it takes, a gap in what is sent does not count as silence', {
  skip,
}, async (t) => {
  const { url } = await startCluster(t, {
    nodes: 1,
    script: { chunkMs: 40 },
    change: (config) => config.replace(/timeout (client|server) 70s/g, 'timeout $1 1s'),
  })
  const body = JSON.stringify({ input: LONG_TEXT, voice: 'anna', response_format: 'json' })
  const sent = post(url, '/v1/audio/speech', body, { 'Content-Type': 'application/json' }, LONG_TEXT)
  const { status, complete, startMs, endMs } = await sent.heard
  assert.deepEqual([status, complete], [200, true])
  assert(endMs - startMs > 2000, 'it took longer than the balancer waits elsewhere')
})

test('a node without room is replaced by another, for small requests; a large one is told to come again', {
  skip,
}, async (t) => {
  const { url } = await startCluster(t, { script: [{ slots: 0, queueLimit: 0 }, {}] })
  const small = await heardBy(Array.from({ length: 8 }, () => listen(url, SHORT_TEXT)))
  assert.deepEqual(
    small.map(({ status }) => status),
    small.map(() => 200),
  )
  const padded = JSON.stringify({ input: SHORT_TEXT, voice: 'anna', response_format: 'pcm' }).padEnd(64_000)
  const large = await heardBy(
    Array.from({ length: 8 }, () =>
      post(url, '/v1/audio/speech', padded, { 'Content-Type': 'application/json' }, SHORT_TEXT),
    ),
  )
  for (const { status, headers } of large.filter((each) => each.status !== 200)) {
    assert.equal(status, 503)
    assert(Number(headers['retry-after']) > 0)
  }
})

test('what a client says of its own address does not reach the nodes', { skip }, async (t) => {
  const cluster = await startCluster(t, {
    nodes: 1,
    set: ['limits.rate_limit=3/hour', 'server.trustedProxies=127.0.0.1'],
  })
  const answers = []
  for (const fake of ['1.2.3.4', '5.6.7.8', '9.9.9.9', '2001:db8::1'])
    answers.push(
      await listen(cluster.url, SHORT_TEXT, { 'X-Forwarded-For': fake, Forwarded: `for=${fake}` }).heard,
    )
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 429],
  )
})

test('the limit that the balancer can keep for all nodes admits exactly as many as it says', {
  skip,
}, async (t) => {
  const cluster = await startCluster(t, {
    nodes: 2,
    change: (text) => patient(text).replaceAll('#rate# ', ''),
  })
  const answers = await heardBy(Array.from({ length: 40 }, () => listen(cluster.url, 'b')))
  const count = (wanted: number) => answers.filter(({ status }) => status === wanted).length
  assert.deepEqual([count(200), count(429)], [20, 20])
  assert(
    answers.filter(({ status }) => status === 429).every(({ headers }) => headers['retry-after'] === '10'),
  )
})

test('with affinity a voice stays on one node until that has a quarter more than the others, and outlives it', {
  skip,
}, async (t) => {
  const cluster = await startCluster(t, {
    script: { chunkMs: 40 },
    change: (text) => text.replaceAll('#affinity# ', ''),
  })
  const counts = async (series: string) =>
    await Promise.all(cluster.nodes.map((node) => node.metric(series).catch(() => 0)))
  const ask = (voice: string, text = SHORT_TEXT) => listen(cluster.url, text, { 'X-Voice': voice })
  const homes = new Map<string, number>()
  for (let number = 0; number < 12; number++) {
    const before = await counts('lightllm_request_count')
    for (let again = 0; again < 3; again++) {
      assert.ok(isWhole(await ask(`voice ${number}`, 'b').heard))
      // A request that the balancer has not put away yet fills its node.
      await until(async () => (await cluster.underWay()) === 0, 'the balancer to be at rest')
    }
    const after = await counts('lightllm_request_count')
    const home = after.findIndex((count, i) => count === before[i]! + 3)
    assert(home >= 0, `one voice on several nodes: ${before} ${after}`)
    homes.set(`voice ${number}`, home)
  }
  assert(new Set(homes.values()).size > 1, 'voices are spread')
  // All want one voice: no node gets more than its part and a quarter.
  const crowd = Array.from({ length: 24 }, () => ask('voice 0', LONG_TEXT))
  await Promise.all(crowd.map(({ begun }) => begun))
  const active = await counts('light_tts_requests_active')
  assert(Math.max(...active) <= Math.ceil((1.25 * 24) / 3) + 1, `spread ${active}`)
  for (const each of crowd) each.leave()
  await until(async () => (await counts('light_tts_requests_active')).every((count) => count === 0), 'rest')
  const home = homes.get('voice 0')!
  cluster.nodes[home]!.process.kill('SIGKILL')
  await until(async () => (await cluster.states())[home]!.startsWith('DOWN'), 'the node to be down')
  assert.ok(isWhole(await ask('voice 0').heard), 'another node speaks it')
  assert.ok(isWhole(await listen(cluster.url, SHORT_TEXT).heard), 'who names none is served')
})
