/** `/v1/text/normalize` and `/v1/dictionaries` over a real front end, and the text fields of every kind of request. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { pino } from 'pino'
import { loadConfig } from '../../src/config/load-config.ts'
import { createMetrics } from '../../src/core/metrics.ts'
import type { Dictionaries, NormalizedText } from '../../src/core/speech-port.ts'
import { createServer, type RunningServer } from '../../src/server/server.ts'
import type { OpenSynthesizer } from '../../src/speech/open-synthesizer.ts'
import { convertTiny, openTiny, type TinyBundle } from '../helpers/tiny-synthesizer.ts'

const KEYS = ['of-ann', 'of-ben'] as const
const hashes = KEYS.map((key) => createHash('sha256').update(key).digest('hex'))

let bundle: TinyBundle
let folder: string
let tiny: OpenSynthesizer
let server: RunningServer
const open = async () => {
  tiny = await openTiny(bundle, { voicesDir: folder })
  const settings = ['server.port=0', 'limits.rate_limit=off', `server.apiKeys=${JSON.stringify(hashes)}`]
  const config = loadConfig({ set: settings })
  const logger = pino({ level: 'silent' })
  server = await createServer({ config, synthesizer: tiny.synthesizer, logger, metrics: createMetrics() })
}
const close = async () => {
  await server.close()
  assert(await tiny.close(10_000))
}
before(async () => {
  bundle = await convertTiny()
  folder = await mkdtemp(join(tmpdir(), 'light-tts-words-'))
  await open()
})
after(async () => {
  await close()
  await bundle.remove()
  await rm(folder, { recursive: true })
})

const call = async (method: string, path: string, body?: unknown, key: string = KEYS[0]) => {
  const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: answer.status, headers: answer.headers, json: (await answer.json()) as unknown }
}
const normalised = async (body: object, key?: string) => {
  const { status, json } = await call('POST', '/v1/text/normalize', body, key)
  assert.equal(status, 200, JSON.stringify(json))
  return json as NormalizedText
}

it('says what would be said, in words and segments', async () => {
  const { text, segments, warnings } = await normalised({ input: 'I paid 5 dollars.' })
  assert.equal(text, 'I paid five dollars.')
  assert.deepEqual(segments, ['I paid five dollars.'])
  assert.deepEqual(warnings, [])
})

it('refuses no text, unknown voices, wrong tags and large dictionaries', async () => {
  const many = Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`w${i}`, 'x']))
  const refused: [object, number][] = [
    [{}, 400],
    [{ input: ' ' }, 400],
    [{ input: 'a', voice: 'nobody' }, 404],
    [{ input: 'a', language: 'no tag' }, 422],
    [{ input: 'a', text_format: 'xml' }, 422],
    [{ input: 'a', dictionary: many }, 422],
    [{ input: 'a', dictionary: { a: 5 } }, 422],
    [{ input: 'a', dictionary: { a: '' } }, 422],
    [{ input: 'a'.repeat(4097) }, 422],
  ]
  for (const [body, status] of refused) {
    assert.equal(
      (await call('POST', '/v1/text/normalize', body)).status,
      status,
      JSON.stringify(body).slice(0, 80),
    )
  }
  assert.equal(
    (await call('PUT', '/v1/dictionaries', { dictionary: { a: 'b' }, voice: 'nobody' })).status,
    404,
  )
})

it('keeps the words of a key, for all voices and for one, over a restart, and for no other key', async () => {
  const voice = tiny.synthesizer.listVoices()[0]!.id
  assert.equal((await call('PUT', '/v1/dictionaries', { dictionary: { SQL: 'sequel' } })).status, 200)
  assert.equal(
    (await call('PUT', '/v1/dictionaries', { voice, dictionary: { SQL: 'squirrel' } })).status,
    200,
  )
  await close()
  await open()
  const kept = (await call('GET', '/v1/dictionaries')).json as Dictionaries
  assert.deepEqual(kept, { server: { SQL: 'sequel' }, voices: { [voice]: { SQL: 'squirrel' } } })
  const other = (await call('GET', '/v1/dictionaries', undefined, KEYS[1])).json
  assert.deepEqual(other, { server: {}, voices: {} })
  await call('PUT', '/v1/dictionaries', { voice, dictionary: {} })
  assert.deepEqual(((await call('GET', '/v1/dictionaries')).json as Dictionaries).voices, {})
  await call('PUT', '/v1/dictionaries', { dictionary: {} })
})

it('a kept file that is damaged is left out, and the server starts', async () => {
  await close()
  await writeFile(join(folder, 'dictionaries', `${hashes[0]}.json`), '{"server": 5')
  await open()
  assert.deepEqual((await call('GET', '/v1/dictionaries')).json, { server: {}, voices: {} })
})

it('a request takes the fields on every route', async () => {
  const fields = { language: 'en', dictionary: { SQL: 'sequel' }, text_format: 'plain' }
  const voice = tiny.synthesizer.listVoices()[0]!.id
  const base = `http://127.0.0.1:${server.port}`
  const headers = { authorization: `Bearer ${KEYS[0]}` }
  const speech = await fetch(`${base}/v1/audio/speech`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ input: 'SQL.', voice, response_format: 'pcm', ...fields }),
  })
  assert.equal(speech.status, 200)
  await speech.arrayBuffer()
  const form = new FormData()
  form.set('tts_text', 'SQL.')
  form.set('voice', voice)
  form.set('language', 'en')
  form.set('dictionary', JSON.stringify(fields.dictionary))
  form.set('text_format', 'plain')
  const zeroShot = await fetch(`${base}/inference_zero_shot`, { method: 'POST', headers, body: form })
  assert.equal(zeroShot.status, 200)
  await zeroShot.arrayBuffer()
  form.set('dictionary', 'no JSON')
  const refused = await fetch(`${base}/inference_zero_shot`, { method: 'POST', headers, body: form })
  assert.equal(refused.status, 422)
})

it('what is not said as it is written stands in a header, and a request chooses about code', async () => {
  const base = `http://127.0.0.1:${server.port}`
  const headers = { authorization: `Bearer ${KEYS[0]}` }
  const voice = tiny.synthesizer.listVoices()[0]!.id
  const input = 'Привет, world.\n```\nx = 1\n```\nDone.'
  const answer = await fetch(`${base}/v1/audio/speech`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ input, voice, response_format: 'pcm', code_blocks: 'skip' }),
  })
  assert.equal(answer.status, 200)
  await answer.arrayBuffer()
  assert.match(answer.headers.get('x-text-warning') ?? '', /code.*Cyrillic|Cyrillic.*code/)
  const form = new FormData()
  form.set('tts_text', input)
  form.set('voice', voice)
  const zeroShot = await fetch(`${base}/inference_zero_shot`, { method: 'POST', headers, body: form })
  assert.match(zeroShot.headers.get('x-text-warning') ?? '', /Cyrillic/)
  await zeroShot.arrayBuffer()
  assert.match((await normalised({ input, code_blocks: 'announce' })).text, /code block/)
  const skipped = await normalised({ input, code_blocks: 'skip' })
  assert.doesNotMatch(skipped.text, /code/)
  assert.equal(skipped.warnings.length, 2)
  const broken = await call('POST', '/v1/text/normalize', { input: '<speak>open' })
  assert.equal(broken.status, 422)
  assert.match(JSON.stringify(broken.json), /line 1, column/)
})

it('words for a name that stands for a stored voice are kept for that voice', async () => {
  const { json } = await call('GET', '/v1/audio/voices')
  const { voices } = json as { voices: readonly { id: string; alias_of?: string }[] }
  const alias = voices.find(({ id }) => id === 'alloy')!
  const put = await call('PUT', '/v1/dictionaries', { voice: 'alloy', dictionary: { SQL: 'sequel' } })
  assert.deepEqual((put.json as Dictionaries).voices[alias.alias_of!], { SQL: 'sequel' })
  const { text } = await normalised({ input: 'SQL.', voice: 'alloy' })
  assert.match(text, /sequel/)
  await call('PUT', '/v1/dictionaries', { voice: alias.alias_of, dictionary: {} })
})
