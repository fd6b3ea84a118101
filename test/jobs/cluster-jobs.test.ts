/** Jobs of several nodes over a real Redis: made on one, spoken on any, told, handed out and removed by all. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import test from 'node:test'
import { skipWithoutRedis as skip } from '../helpers/redis-process.ts'
import { until } from '../helpers/until.ts'
import { type ClusterServer, occupy, startNodes } from './cluster-server.ts'
import { bookOf, clientOf, type Job, start } from './job-server.ts'

const LONG = { script: { samplesPerCharacter: 40 } }

test('a job made on one node is spoken by others, and every node tells of it, lists it, and hands its audio out', {
  skip,
}, async (t) => {
  const { nodes } = await startNodes(t, [LONG, LONG, LONG])
  const [a, b, c] = nodes as [ClusterServer, ClusterServer, ClusterServer]
  const body = {
    chapters: [
      { title: 'Eins', input: bookOf(8) },
      { title: '二', input: 'Short.' },
    ],
    title: '一本书',
    response_format: 'wav',
  }
  const made = await a.create(body)
  assert.equal(made.status, 202, JSON.stringify(made.job))
  const done = await b.ended(made.job.id)
  assert.deepEqual([done.state, done.progress, done.parts], ['done', 1, { done: 9, total: 9 }])
  assert.equal(
    nodes.reduce((sum, { synthesizer }) => sum + synthesizer.spoken.length, 0),
    9,
    'each part once',
  )
  const alone = await start(t, LONG)
  const same = await alone.ended((await alone.create(body)).job.id)
  const tags = new Set<string | null>()
  for (const { ask } of [...nodes, alone]) {
    const isAlone = ask === alone.ask
    const audio = await ask(`/v1/jobs/${isAlone ? same.id : done.id}/audio`)
    const bytes = Buffer.from(await audio.arrayBuffer())
    assert.equal(`"${createHash('sha256').update(bytes).digest('hex')}"`, audio.headers.get('etag'))
    assert.equal(bytes.length, done.bytes)
    tags.add(audio.headers.get('etag'))
  }
  assert.equal(tags.size, 1, 'what a node alone makes, and the same on all')
  const strip = ({ id, ...rest }: Job) => ({ ...rest, created_at: 0, finished_at: 0, expires_at: 0 })
  assert.deepEqual(strip(done), strip(same), 'the same JSON')
  const part = await c.ask(`/v1/jobs/${done.id}/audio`, { headers: { Range: 'bytes=262140-262150' } })
  assert.deepEqual([part.status, (await part.arrayBuffer()).byteLength], [206, 11], 'over the end of a piece')
  const { data } = (await (await c.ask('/v1/jobs')).json()) as { data: Job[] }
  assert.deepEqual(
    data.map(({ id }) => id),
    [done.id],
  )
  assert.equal((await b.ask(`/v1/jobs/${done.id}`, { method: 'DELETE' })).status, 200)
  for (const { ask } of nodes) {
    assert.equal((await ask(`/v1/jobs/${done.id}`)).status, 404)
    assert.equal((await ask(`/v1/jobs/${done.id}/audio`)).status, 404)
  }
})

test('nothing of a removed job is left in the store', { skip }, async (t) => {
  const { nodes, redis } = await startNodes(t, [{ script: { hangAtChunk: 0 } }, {}])
  const [a, b] = nodes as [ClusterServer, ClusterServer]
  occupy(b)
  const { job } = await a.create({ input: bookOf(3) })
  await until(() => a.synthesizer.active === 1, 'a part under way')
  assert.equal((await b.ask(`/v1/jobs/${job.id}`, { method: 'DELETE' })).status, 200)
  await until(() => a.synthesizer.active === 0, 'it to stop')
  const left = async () =>
    ((await redis.ask('KEYS', 'light-tts:jobs:*')) as string[]).filter((key) => !/:(turn|tended)$/.test(key))
  await until(async () => {
    const keys = await left()
    return keys.length === 1 && keys[0] === 'light-tts:jobs:bytes'
  }, 'all of it to go')
  assert.equal(await redis.ask('GET', 'light-tts:jobs:bytes'), '0')
  const tickets = async () => (await redis.ask('ZCARD', 'light-tts:tickets:parts:prioritized')) as number
  await until(async () => (await tickets()) === 0, 'its tickets to go')
})

test('the same request again is the same job until ten minutes after its end; with another seed it is another', {
  skip,
}, async (t) => {
  const { nodes } = await startNodes(t, [{}, {}])
  const [a, b] = nodes as [ClusterServer, ClusterServer]
  for (const node of nodes) occupy(node)
  const body = { input: bookOf(2), seed: undefined }
  const first = await a.create(body)
  const again = await b.create(body)
  assert.deepEqual([again.status, again.job.id], [202, first.job.id])
  assert.notEqual((await b.create({ ...body, seed: 5 })).job.id, first.job.id)
  await b.ask(`/v1/jobs/${first.job.id}`, { method: 'DELETE' })
  assert.notEqual((await a.create(body)).job.id, first.job.id, 'removed: another')
})

test('a job belongs to its key on every node; limits count on all together', { skip }, async (t) => {
  const hash = (key: string) => createHash('sha256').update(key).digest('hex')
  const set = [`server.apiKeys=["${hash('one')}","${hash('two')}"]`, 'jobs.maxPerCaller=2']
  const { nodes } = await startNodes(t, [{ set }, { set }])
  for (const node of nodes) occupy(node)
  const [one, two, elsewhere] = [
    clientOf(nodes[0]!, 'one'),
    clientOf(nodes[0]!, 'two'),
    clientOf(nodes[1]!, 'one'),
  ]
  const { job } = await one.create({ input: 'One.' })
  assert.equal((await two.ask(`/v1/jobs/${job.id}`)).status, 404)
  assert.equal((await two.ask(`/v1/jobs/${job.id}`, { method: 'DELETE' })).status, 404)
  assert.deepEqual(await (await two.ask('/v1/jobs')).json(), { object: 'list', data: [] })
  assert.equal((await elsewhere.ask(`/v1/jobs/${job.id}`)).status, 200)
  assert.equal((await elsewhere.ask(`/v1/jobs/${job.id}/audio`)).status, 409)
  await elsewhere.create({ input: 'Two.' })
  const third = await one.create({ input: 'Three.' })
  assert.deepEqual([third.status, third.headers.get('retry-after')], [429, '60'])
  assert.equal((await two.create({ input: 'Mine.' })).status, 202)
})

test('a node that has half of the listeners it can carry takes no part; another one does', {
  skip,
}, async (t) => {
  const { nodes } = await startNodes(t, [LONG, LONG])
  const [a, b] = nodes as [ClusterServer, ClusterServer]
  const free = occupy(a)
  const { job } = await a.create({ input: bookOf(3) })
  assert.equal((await b.ended(job.id)).state, 'done')
  assert.deepEqual([a.synthesizer.spoken.length, b.synthesizer.spoken.length], [0, 3])
  occupy(b)
  const own = (await a.create({ input: bookOf(2) })).job
  free()
  assert.equal((await a.ended(own.id)).state, 'done')
})

test('a short job does not wait for a book, and what is full is told', { skip }, async (t) => {
  const { nodes } = await startNodes(t, [
    { set: ['cluster.maxJobBytes=100MB', 'jobs.maxPerCaller=9'], ...LONG },
  ])
  const [{ create, ended, synthesizer, metric }] = nodes as [ClusterServer]
  const free = occupy(nodes[0]!)
  const book = (await create({ input: bookOf(5) })).job
  const short = (await create({ input: 'Short.' })).job
  const full = await create({ input: bookOf(40) })
  assert.deepEqual([full.status, full.job.error_code], [507, 'STORAGE_FAILED'], full.job.detail)
  free()
  for (const { id } of [book, short]) assert.equal((await ended(id)).state, 'done')
  assert(synthesizer.spoken.findIndex(({ text }) => text === 'Short.') <= 2)
  assert.equal(await metric('light_tts_jobs_total{outcome="done"}'), 2)
  assert(synthesizer.live.every(({ priority, client }) => priority === 'batch' && client === 'jobs'))
})

test('a fault is tried again, then told; what is told fails on every node', { skip }, async (t) => {
  const { nodes } = await startNodes(t, [{}, {}])
  const [a, b] = nodes as [ClusterServer, ClusterServer]
  occupy(b)
  a.synthesizer.script.failAtChunk = 0
  const mended = (await a.create({ input: 'This fails, then works.' })).job
  await until(() => a.synthesizer.spoken.length >= 2, 'a second try')
  a.synthesizer.script.failAtChunk = undefined
  assert.equal((await b.ended(mended.id)).state, 'done')
  a.synthesizer.script.failAtChunk = 0
  a.synthesizer.script.failCode = 'VOICE_NOT_FOUND'
  const failed = await b.ended((await a.create({ input: 'This fails for good.' })).job.id)
  assert.deepEqual([failed.state, failed.error?.error_code], ['failed', 'VOICE_NOT_FOUND'])
})

test('a node that stops gives its part back, and another goes on with what is spoken', {
  skip,
}, async (t) => {
  const { nodes } = await startNodes(t, [LONG, LONG])
  const [a, b] = nodes as [ClusterServer, ClusterServer]
  const free = occupy(b)
  const speak = a.synthesizer.speak.bind(a.synthesizer)
  a.synthesizer.speak = (text, options) => {
    if (a.synthesizer.spoken.length === 3) a.synthesizer.script.hangAtChunk = 0
    return speak(text, options)
  }
  const { job } = await a.create({ input: bookOf(6) })
  await until(() => a.synthesizer.spoken.length === 4, 'the part that hangs')
  await a.server.drain()
  assert.equal((await a.create({ input: 'More.' })).status, 503)
  assert.equal((await a.find(job.id)).parts.done, 3)
  free()
  assert.equal((await b.ended(job.id)).state, 'done')
  assert.equal(b.synthesizer.spoken.length, 3, 'what was missing')
})

test('without its store jobs are refused with 503, all else goes on, and what was spoken meanwhile is kept', {
  skip,
}, async (t) => {
  const { nodes, redis } = await startNodes(t, [{ script: { chunkMs: 100 } }])
  const [{ create, find, ended, ask, synthesizer, url }] = nodes as [ClusterServer]
  const { job } = await create({ input: 'Spoken while the store hangs.' })
  await until(() => synthesizer.active === 1, 'a part under way')
  redis.process.kill('SIGSTOP')
  const isAway = async (path: string, init?: RequestInit) => {
    const answer = await ask(path, init)
    const { error_code, detail } = (await answer.json()) as Job
    assert.deepEqual(
      [answer.status, error_code, answer.headers.get('retry-after')],
      [503, 'STORAGE_FAILED', '5'],
      detail,
    )
  }
  await isAway(`/v1/jobs/${job.id}`)
  await isAway('/v1/jobs')
  await isAway('/v1/jobs', { method: 'POST', body: JSON.stringify({ input: 'New.', voice: 'anna' }) })
  await isAway(`/v1/jobs/${job.id}`, { method: 'DELETE' })
  await isAway(`/v1/jobs/${job.id}/audio`)
  synthesizer.script.chunkMs = 0
  assert.equal((await fetch(`${url}/readiness`)).status, 200)
  const speech = await fetch(`${url}/v1/audio/speech`, {
    method: 'POST',
    body: JSON.stringify({ input: 'Hello.', voice: 'anna' }),
  })
  assert.equal(speech.status, 200)
  assert((await speech.arrayBuffer()).byteLength > 100)
  redis.process.kill('SIGCONT')
  assert.equal((await ended(job.id)).state, 'done')
  redis.process.kill('SIGKILL')
  await once(redis.process, 'exit')
  await isAway(`/v1/jobs/${job.id}`)
  await redis.restart()
  await until(async () => (await ask(`/v1/jobs/${job.id}`)).status === 404, 'the store to be back, empty')
  const next = (await create({ input: 'After it.' })).job
  assert.equal((await ended(next.id)).state, 'done')
  assert.equal((await find(next.id)).state, 'done')
})
