/** Keys with names: what each may do, how much, until when; replaced while the server runs; told in metrics and log. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { freePort } from '../../bench/server/free-port.ts'
import { KeyRing } from '../../src/server/requests/key-ring.ts'
import { testFolder } from '../helpers/proxy-process.ts'
import { rawRequest, statusesOf } from '../helpers/raw-http.ts'
import { PROMPT_WAV, startTestServer, type TestServer, TRANSPORTS } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

interface KeyEntry {
  readonly name: string
  readonly sha256: string | readonly string[]
  readonly [more: string]: unknown
}

/** As editors and ConfigMaps do it: a new file in the old one's place. */
function writeKeys(file: string, keys: readonly KeyEntry[] | string): void {
  writeFileSync(`${file}.new`, typeof keys === 'string' ? keys : JSON.stringify({ keys }))
  renameSync(`${file}.new`, file)
}

async function startWith(t: TestContext, keys: readonly KeyEntry[], set: readonly string[] = []) {
  const file = join(testFolder(t), 'keys.yaml')
  writeKeys(file, keys)
  const server = await startTestServer(t, { set: [`server.keysFile=${file}`, ...set] })
  return { server, file }
}

async function call(
  { url }: TestServer,
  key: string | undefined,
  method: string,
  path: string,
  body?: string | FormData,
): Promise<{ readonly status: number; readonly text: string }> {
  const headers: Record<string, string> = key === undefined ? {} : { Authorization: `Bearer ${key}` }
  if (typeof body === 'string') headers['content-type'] = 'application/json'
  const answer = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) })
  return { status: answer.status, text: await answer.text() }
}

const speak = async (server: TestServer, key: string, input = 'Hi.') =>
  await call(server, key, 'POST', '/v1/audio/speech', JSON.stringify({ input, voice: 'anna' }))

function voiceForm(id: string): FormData {
  const form = new FormData()
  form.append('id', id)
  form.append('prompt_text', 'Hello.')
  form.append('prompt_wav', new Blob([PROMPT_WAV], { type: 'audio/wav' }), 'x.wav')
  return form
}

test('each key does what its scopes say, and an unknown, an expired and no key do nothing', async (t) => {
  const { server } = await startWith(t, [
    { name: 'speaker', sha256: sha256('s'), scopes: ['speak'] },
    { name: 'keeper', sha256: sha256('k'), scopes: ['voices'] },
    { name: 'prometheus', sha256: sha256('p'), scopes: ['admin'] },
    { name: 'usual', sha256: sha256('u') },
    {
      name: 'old',
      sha256: sha256('o'),
      scopes: ['speak', 'voices', 'admin'],
      expires: '2020-01-01T00:00:00Z',
    },
    { name: 'later', sha256: sha256('l'), expires: '2999-01-01T00:00:00+02:00' },
  ])
  const seen: Record<string, number[]> = {}
  for (const key of ['s', 'k', 'p', 'u', 'o', 'l', 'unknown', undefined]) {
    const statuses = [
      await speak(server, key ?? ''),
      await call(server, key, 'POST', '/v1/voices', voiceForm(`voice-${key}`)),
      await call(server, key, 'DELETE', `/v1/voices/voice-${key}`),
      await call(server, key, 'PUT', '/v1/dictionaries', JSON.stringify({ dictionary: { a: 'b' } })),
      await call(server, key, 'GET', '/metrics'),
      await call(server, key, 'GET', '/v1/voices'),
    ]
    seen[String(key)] = statuses.map(({ status }) => status)
  }
  assert.deepEqual(seen, {
    s: [200, 403, 403, 403, 403, 200],
    k: [403, 201, 200, 200, 403, 200],
    p: [403, 403, 403, 403, 200, 200],
    u: [200, 201, 200, 200, 403, 200],
    o: [401, 401, 401, 401, 401, 401],
    l: [200, 201, 200, 200, 403, 200],
    unknown: [401, 401, 401, 401, 401, 401],
    undefined: [401, 401, 401, 401, 401, 401],
  })
  const socketStatus = async (key: string) => {
    const socket = new WebSocket(server.wsUrl, { headers: { Authorization: `Bearer ${key}` } })
    const status = await new Promise<number>((resolve) => {
      socket.on('open', () => resolve(101))
      socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode ?? 0))
      socket.on('error', () => {})
    })
    socket.terminate()
    return status
  }
  assert.deepEqual(await Promise.all(['s', 'k', 'o'].map(socketStatus)), [101, 403, 401])
})

test("a key's own rate and quota count for it alone, wherever it calls from; others keep the address's", async (t) => {
  const { server } = await startWith(
    t,
    [
      { name: 'rated', sha256: sha256('r'), rate: '3/hour' },
      { name: 'bound', sha256: sha256('b'), rate: 'off', quota: '10/day' },
      { name: 'free', sha256: sha256('f'), rate: 'off' },
      { name: 'plain', sha256: sha256('p') },
    ],
    ['limits.rate_limit=2/hour', 'server.trustedProxies=127.0.0.1'],
  )
  const statuses = async (key: string, count: number, input = 'Hi.') => {
    const all = []
    for (let i = 0; i < count; i++) all.push((await speak(server, key, input)).status)
    return all.filter((status) => status === 200).length
  }
  assert.equal(await statuses('r', 6), 3)
  assert.equal(await statuses('f', 20), 20)
  assert.equal(await statuses('p', 6), 2)
  const sentence = 'This sentence takes a few seconds to say.'
  const heard = await statuses('b', 12, sentence)
  assert(heard >= 2 && heard < 6, `${heard} sentences in a quota of ten seconds`)
  const refusal = await speak(server, 'b', sentence)
  assert.equal(refusal.status, 429)
  assert.match(refusal.text, /10 s of speech in 86400 s with this key/)
})

test('keys are replaced while the server runs; a file that is none changes nothing and is told', async (t) => {
  const { server, file } = await startWith(t, [{ name: 'shop', sha256: sha256('old') }])
  const status = async (key: string) => (await call(server, key, 'GET', '/v1/voices')).status
  assert.deepEqual([await status('old'), await status('new')], [200, 401])
  writeKeys(file, [{ name: 'shop', sha256: [sha256('new'), sha256('old')] }])
  await until(async () => (await status('new')) === 200, 'the new key')
  assert.equal(await status('old'), 200)
  writeKeys(file, [{ name: 'shop', sha256: sha256('new') }])
  await until(async () => (await status('old')) === 401, 'the old key to be gone')
  for (const wrong of ['keys: [', 'keys: [{name: x}]', '{"keys":[],"more":1}', '']) {
    writeKeys(file, wrong)
    const before = server.logs.length
    await until(
      () => server.logs.slice(before).some(({ msg }) => String(msg).includes('the keys before it stay')),
      'the log to tell',
    )
    assert.equal(await status('new'), 200, wrong)
  }
  writeKeys(file, [])
  await until(async () => (await status('new')) === 401, 'an empty list to let nobody in')
})

test('a socket whose key has gone or ended says nothing more at its next message', async (t) => {
  const soon = new Date(Date.now() + 3_600_000).toISOString()
  const { server, file } = await startWith(t, [{ name: 'shop', sha256: [sha256('old'), sha256('new')] }])
  const open = async (key: string) => {
    const socket = new WebSocket(server.wsUrl, { headers: { Authorization: `Bearer ${key}` } })
    const told: string[] = []
    socket.on('message', (data, isBinary) => void (isBinary || told.push(String(data))))
    const closed = new Promise<number>((resolve) => socket.on('close', resolve))
    await new Promise((resolve) => socket.on('open', resolve))
    socket.send(JSON.stringify({ voice: 'anna', events: true }))
    await until(() => told.length === 1, 'the voice')
    const say = (text: string) => socket.send(JSON.stringify({ tts_text: text, finish: true }))
    return { told, closed, say }
  }
  const [old, kept] = [await open('old'), await open('new')]
  writeKeys(file, [{ name: 'shop', sha256: sha256('new'), expires: soon }])
  await until(async () => (await speak(server, 'old')).status === 401, 'the old key to go')
  old.say('Hello.')
  kept.say('Hello.')
  assert.deepEqual([await old.closed, await kept.closed], [1008, 1000])
  assert.equal(JSON.parse(old.told.at(-1)!).error_code, 'UNAUTHORIZED')
  const ended = await open('new')
  writeKeys(file, [{ name: 'shop', sha256: sha256('new'), expires: '2020-01-01T00:00:00Z' }])
  await until(async () => (await speak(server, 'new')).status === 401, 'the new key to end')
  ended.say('Hello.')
  assert.equal(await ended.closed, 1008)
})

for (const transport of TRANSPORTS)
  test(`${transport}: a key beyond ASCII is the bytes that the client sent`, async (t) => {
    const { port } = await startTestServer(t, { transport, set: [`server.apiKeys=${sha256('clé-é')}`] })
    const ask = async (key: string) => {
      const head = `GET /v1/models HTTP/1.1\r\nHost: tts.test\r\nAuthorization: Bearer ${key}\r\n\r\n`
      return statusesOf(await rawRequest(port, Buffer.from(head)))
    }
    assert.deepEqual([await ask('clé-é'), await ask('cle-e')], [[200], [401]])
  })

test('what belongs to a key stays with its name when the key is replaced; a bad file is refused at the start', (t) => {
  const file = join(testFolder(t), 'keys.yaml')
  const ownerOf = (keys: readonly KeyEntry[], hash: string) => {
    writeKeys(file, keys)
    const ring = new KeyRing([], file, assert.fail)
    t.after(() => ring.close())
    return new Map(ring.entries()).get(hash)?.owner
  }
  const first = ownerOf([{ name: 'shop', sha256: sha256('a') }], sha256('a'))
  assert.match(first ?? '', /^[0-9a-f]{64}$/)
  assert.equal(ownerOf([{ name: 'shop', sha256: sha256('b') }], sha256('b')), first)
  assert.notEqual(ownerOf([{ name: 'other', sha256: sha256('b') }], sha256('b')), first)
  // Voices of a key that was in the settings before.
  assert.equal(ownerOf([{ name: 'shop', sha256: sha256('b'), owner: sha256('a') }], sha256('b')), sha256('a'))
  for (const [keys, said] of [
    [[{ name: 'a', sha256: 'secret' }], /hex digits/],
    [[{ name: 'a b', sha256: sha256('a') }], /letters, digits/],
    [[{ name: 'a', sha256: sha256('a'), rate: 'fast' }], /100\/minute/],
    [[{ name: 'a', sha256: sha256('a'), scopes: ['all'] }], /scopes/],
    [[{ name: 'a', sha256: sha256('a'), expires: 'soon' }], /expires/],
    [
      [
        { name: 'a', sha256: sha256('a') },
        { name: 'a', sha256: sha256('b') },
      ],
      /each name once, got a again/,
    ],
    [
      [
        { name: 'a', sha256: sha256('a') },
        { name: 'b', sha256: sha256('a') },
      ],
      /each hash once, got that of b again/,
    ],
  ] as const)
    assert.throws(
      () => ownerOf(keys, ''),
      (error: { code: string; detail: string }) => error.code === 'BAD_CONFIG' && said.test(error.detail),
    )
  assert.throws(() => new KeyRing([], join(file, 'missing'), assert.fail), { code: 'BAD_CONFIG' })
})

test('metrics and log say which key, voice and model, how many characters and how much audio; never what was said', async (t) => {
  const port = await freePort()
  const { server } = await startWith(
    t,
    [{ name: 'shop', sha256: sha256('a') }],
    [`server.metricsPort=${port}`],
  )
  await speak(server, 'a', 'Nobody reads this😀')
  const socket = new WebSocket(server.wsUrl, { headers: { Authorization: 'Bearer a' } })
  socket.on('open', () => {
    socket.send(JSON.stringify({ voice: 'anna' }))
    socket.send(JSON.stringify({ tts_text: 'Nor this😀', finish: true }))
  })
  await new Promise((resolve) => socket.on('close', resolve))
  await until(() => server.logs.filter(({ msg }) => msg === 'synthesis').length === 2, 'two lines')
  const facts = server.logs.filter(({ msg }) => msg === 'synthesis')
  for (const [line, characters] of [
    [facts[0]!, 18],
    [facts[1]!, 9],
  ] as const) {
    assert.equal(line.key, 'shop')
    assert.equal(line.voice, 'anna')
    assert.equal(line.model, 'default')
    assert.equal(line.characters, characters)
    assert.equal(line.outcome, 'ok')
    assert.equal(line.audio_s, characters * 0.05)
    assert.equal(typeof line.ttfa_ms, 'number')
  }
  assert(!/Nobody|Nor this|Bearer/.test(JSON.stringify(server.logs)))
  const scraped = await fetch(`http://127.0.0.1:${port}/metrics`)
  const text = await scraped.text()
  assert.match(scraped.headers.get('content-type') ?? '', /^text\/plain/)
  assert.match(text, /^light_tts_key_requests_total\{key="shop",outcome="ok"\} 2$/m)
  assert.match(text, /^light_tts_key_audio_seconds_total\{key="shop"\} 1\.35/m)
  assert.equal((await fetch(`http://127.0.0.1:${port}/v1/status`)).status, 404)
})
