/** Which callers may use the server, how often, and what probes say; on every transport. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'
import { WebSocket } from 'ws'
import type { ServerContext } from '../../src/server/requests/server-context.ts'
import { listRoutes } from '../../src/server/server.ts'
import { startTestServer, TRANSPORTS, zeroShotForm } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'

const post = (url: string, form = zeroShotForm(), headers: Record<string, string> = {}) =>
  fetch(`${url}/inference_zero_shot`, { method: 'POST', body: form, headers })
const drained = async (answer: Response) => {
  await answer.arrayBuffer()
  return answer
}

interface Refusal {
  readonly message: string
  readonly detail: string
  readonly error_code: string
}
const refusalOf = async (answer: Response) => (await answer.json()) as Refusal

for (const transport of TRANSPORTS) {
  test(`${transport}: the request after the allowed ones in a minute is a 429 that says when`, async (t) => {
    const { url, wsUrl, metric } = await startTestServer(t, {
      transport,
      set: ['limits.rate_limit=3/minute'],
    })
    // Probes, lists and metrics are not counted.
    for (let i = 0; i < 20; i++) await drained(await fetch(`${url}/healthz`))
    await drained(await fetch(`${url}/metrics`))
    for (let i = 0; i < 3; i++) assert.equal((await drained(await post(url))).status, 200)
    const answer = await post(url)
    assert.equal(answer.status, 429)
    const wait = Number(answer.headers.get('retry-after'))
    assert(wait >= 1 && wait <= 60, `Retry-After ${wait}`)
    assert.equal((await refusalOf(answer)).error_code, 'RATE_LIMITED')
    assert.equal(await metric('light_tts_rate_limited_total'), 1)
    // A WebSocket may be opened, but its first text is a synthesis too.
    const socket = new WebSocket(wsUrl)
    const said: string[] = []
    socket.on('message', (data, isBinary) => {
      if (!isBinary) said.push(String(data))
    })
    await new Promise((resolve) => socket.on('open', resolve))
    socket.send(JSON.stringify({ voice: 'anna' }))
    socket.send(JSON.stringify({ tts_text: 'Hello.', finish: true }))
    const code = await new Promise((resolve) => socket.on('close', resolve))
    assert.equal(code, 1013)
    assert.equal((JSON.parse(said.at(-1)!) as Refusal).error_code, 'RATE_LIMITED')
  })

  test(`${transport}: addresses behind a trusted proxy are counted apart, others cannot pretend`, async (t) => {
    const trusting = await startTestServer(t, {
      transport,
      set: ['limits.rate_limit=1/minute', 'server.trustedProxies=127.0.0.1'],
    })
    const statuses: number[] = []
    for (const address of [
      '1.2.3.4',
      '1.2.3.4',
      '1.2.3.5',
      '2001:db8::1',
      '2001:db8::2',
      '2001:db8:0:1::1',
    ]) {
      const answer = await post(trusting.url, undefined, { 'X-Forwarded-For': address })
      statuses.push((await drained(answer)).status)
    }
    assert.deepEqual(statuses, [200, 429, 200, 200, 429, 200])
    const alone = await startTestServer(t, { transport, set: ['limits.rate_limit=1/minute'] })
    assert.equal(
      (await drained(await post(alone.url, undefined, { 'X-Forwarded-For': '1.2.3.4' }))).status,
      200,
    )
    assert.equal(
      (await drained(await post(alone.url, undefined, { 'X-Forwarded-For': '1.2.3.5' }))).status,
      429,
    )
  })

  test(`${transport}: with keys, only probes and the page are open, and a wrong key is told nothing`, async (t) => {
    const key = 'secret-key'
    const hash = createHash('sha256').update(key).digest('hex')
    const { url, wsUrl } = await startTestServer(t, { transport, set: [`server.apiKeys=${hash}`] })
    for (const path of ['/health', '/healthz', '/liveness', '/readiness', '/', '/docs', '/openapi.json'])
      assert.equal((await drained(await fetch(url + path))).status, 200, path)
    for (const path of ['/query_tts_model', '/metrics', '/v1/voices', '/v1/models', '/v1/status', '/nothing'])
      assert.equal((await drained(await fetch(url + path))).status, 401, path)
    for (const given of ['Bearer wrong', 'Bearer ', 'Basic c2VjcmV0', `Bearer ${key}x`]) {
      const answer = await post(url, undefined, { Authorization: given })
      assert.equal(answer.status, 401)
      assert.doesNotMatch(JSON.stringify(await refusalOf(answer)), new RegExp(key))
    }
    assert.equal((await drained(await post(url, undefined, { Authorization: `Bearer ${key}` }))).status, 200)
    const status = await new Promise((resolve) =>
      new WebSocket(wsUrl)
        .on('unexpected-response', (_, answer) => resolve(answer.statusCode))
        .on('error', () => {}),
    )
    assert.equal(status, 401)
    const socket = new WebSocket(wsUrl, ['light-tts', `bearer.${key}`])
    await new Promise((resolve) => socket.on('open', resolve))
    assert.equal(socket.protocol, 'light-tts')
    socket.close()
    await new Promise((resolve) => socket.on('close', resolve))
  })

  test(`${transport}: beyond the allowed syntheses at a time the next is refused with 503 at once`, async (t) => {
    const { url, server } = await startTestServer(t, {
      transport,
      set: ['limits.max_concurrent_requests=2', 'limits.max_share_per_address=1'],
      script: { chunkMs: 30, samplesPerCharacter: 4000 },
    })
    const running = [post(url), post(url)]
    await until(() => server.counts().requests === 2, 'both are accepted')
    const answer = await post(url)
    assert.equal(answer.status, 503)
    assert(Number(answer.headers.get('retry-after')) >= 1)
    assert.equal((await refusalOf(answer)).error_code, 'OVERLOADED')
    for (const one of running) assert.equal((await drained(await one)).status, 200)
    assert.equal((await drained(await post(url))).status, 200)
  })

  test(`${transport}: probes say what the lanes say; a draining server finishes what runs`, async (t) => {
    const { url, synthesizer, server } = await startTestServer(t, {
      transport,
      script: { chunkMs: 20, samplesPerCharacter: 4000 },
    })
    const probes = async () => {
      const statuses: number[] = []
      for (const path of ['/health', '/healthz', '/readiness', '/liveness'])
        statuses.push((await drained(await fetch(url + path))).status)
      return statuses
    }
    assert.deepEqual(await probes(), [200, 200, 200, 200])
    synthesizer.script.state = 'loading'
    assert.deepEqual(await probes(), [503, 503, 503, 200])
    const early = await post(url)
    assert.equal(early.status, 503)
    assert.equal((await refusalOf(early)).message, 'Model not ready')
    synthesizer.script.state = 'failed'
    assert.deepEqual(await probes(), [503, 503, 503, 200])
    synthesizer.script.state = 'ready'
    const running = post(url, zeroShotForm({ stream: 'true' }))
    await until(() => server.counts().requests === 1, 'it is accepted')
    const draining = server.drain()
    assert.deepEqual(await probes(), [200, 200, 404, 200])
    const late = await post(url)
    assert.deepEqual([late.status, (await refusalOf(late)).error_code], [503, 'DRAINING'])
    const answer = await running
    assert.equal(answer.status, 200)
    assert((await answer.arrayBuffer()).byteLength > 16_000)
    await draining
  })

  test(`${transport}: voices are stored, listed, spoken with and removed; the model's own stay`, async (t) => {
    const { url } = await startTestServer(t, { transport })
    const form = new FormData()
    form.append('id', 'carla')
    form.append('prompt_text', 'What she says.')
    form.append('prompt_wav', zeroShotForm().get('prompt_wav') as Blob, 'a.wav')
    const stored = await fetch(`${url}/v1/voices`, { method: 'POST', body: form })
    assert.equal(stored.status, 201)
    assert.equal(((await stored.json()) as { id: string }).id, 'carla')
    const again = await fetch(`${url}/v1/voices`, { method: 'POST', body: form })
    assert.deepEqual([again.status, (await refusalOf(again)).error_code], [409, 'VOICE_EXISTS'])
    form.append('replace', 'true')
    form.append('gender', 'female')
    form.append('description', 'Warm.')
    const replaced = await fetch(`${url}/v1/voices`, { method: 'POST', body: form })
    assert.equal(replaced.status, 201)
    const { gender, description } = (await replaced.json()) as { gender: string; description: string }
    assert.deepEqual([gender, description], ['female', 'Warm.'])
    form.set('id', '小美')
    assert.equal((await drained(await fetch(`${url}/v1/voices`, { method: 'POST', body: form }))).status, 201)
    const inScript = zeroShotForm({ voice: '小美', prompt_text: null, prompt_wav: null })
    assert.equal((await drained(await post(url, inScript))).status, 200)
    const gone = await fetch(`${url}/v1/voices/${encodeURIComponent('小美')}`, { method: 'DELETE' })
    assert.equal((await drained(gone)).status, 200)
    const ids = async () => {
      const { voices } = (await (await fetch(`${url}/v1/voices`)).json()) as { voices: { id: string }[] }
      return voices.map(({ id }) => id)
    }
    assert((await ids()).includes('carla'))
    const spoken = await post(url, zeroShotForm({ voice: 'carla', prompt_text: null, prompt_wav: null }))
    assert.equal((await drained(spoken)).status, 200)
    const remove = (id: string) => fetch(`${url}/v1/voices/${id}`, { method: 'DELETE' })
    assert.equal((await drained(await remove('carla'))).status, 200)
    assert.equal((await refusalOf(await remove('carla'))).error_code, 'VOICE_NOT_FOUND')
    for (const strange of ['..%2F..%2Fetc', '%00', 'a'.repeat(300), '__proto__'])
      assert.equal((await drained(await remove(strange))).status, 404, strange)
  })
}

test('the description names every route and no other', async (t) => {
  const { url, server } = await startTestServer(t)
  const { paths, openapi } = (await (await fetch(`${url}/openapi.json`)).json()) as {
    openapi: string
    paths: Record<string, Record<string, unknown>>
  }
  assert.equal(openapi, '3.1.0')
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const facts = {
    config: { limits: { max_text_length: 1 }, server: {}, mcp: {} },
    keys: { isOpen: true },
    jobs: {},
  }
  const routes = listRoutes(facts as unknown as ServerContext)
    // Parts of pages are no API.
    .filter(
      ({ pattern }) => !/^\/(docs\/.*\.|page\/)/.test(pattern) && pattern !== '/inference_zero_shot_bistream',
    )
    .map(({ method, pattern }) => `${method} ${pattern.replace(/:(\w+)/g, '{$1}')}`)
  assert.deepEqual(described.sort(), routes.sort())
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods)) as {
    operationId: string
    tags: string[]
  }[]
  assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, described.length)
  assert(operations.every(({ tags }) => tags.length === 1))
  assert.equal(server.counts().requests, 0)
})

test('metrics keep the rules of their names, whatever was asked', async (t) => {
  const { url } = await startTestServer(t)
  await drained(await post(url))
  await drained(await fetch(`${url}/a'"\\n{}b`))
  const text = await (await fetch(`${url}/metrics`)).text()
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!]))
  const helps = new Set([...text.matchAll(/^# HELP (\S+) .+\.$/gm)].map(([, name]) => name!))
  assert(types.size > 25)
  for (const [name, type] of types) {
    assert(helps.has(name), `${name} says nothing of itself`)
    assert.match(name, /^[a-z][a-z0-9_]*$/)
    // The document's four keep their names.
    if (name.startsWith('lightllm_')) continue
    assert.equal(name.endsWith('_total'), type === 'counter', `${name} is a ${type}`)
    if (type === 'histogram') assert.match(name, /_(seconds|ratio|factor)$/)
  }
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    assert.match(line, /^[a-z0-9_]+(\{([a-z]+="[^"\\]*",?)*\})? (-?[\d.e+-]+|NaN|\+Inf)$/, line)
  }
})
