/** Jobs over HTTP: from a text to audio that can be loaded in parts, across restarts, limits, owners and faults. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { startTestServer, type TestServerOptions, TRANSPORTS } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'
import { beforeSpeech, bookOf, clientOf, type Job, newFolder, start } from './job-server.ts'

for (const transport of TRANSPORTS)
  test(`a text becomes audio that can be loaded whole or in parts (${transport})`, async (t) => {
    const { create, ended, ask, metric } = await start(t, { transport, script: { samplesPerCharacter: 80 } })
    const chapters = [
      { title: 'Eins', input: bookOf(2) },
      { title: '二', input: 'Short.' },
    ]
    const made = await create({ chapters, title: '一本书 "x"', response_format: 'wav', sample_rate: 16_000 })
    assert.equal(made.status, 202, JSON.stringify(made.job))
    assert.equal(made.headers.get('location'), `/v1/jobs/${made.job.id}`)
    const job = await ended(made.job.id)
    assert.deepEqual([job.state, job.progress, job.parts], ['done', 1, { done: 3, total: 3 }])
    assert.deepEqual(
      job.chapters.map(({ title }) => title),
      ['Eins', '二'],
    )
    assert.equal(job.chapters[0]!.end, job.chapters[1]!.start)
    const whole = await ask(`/v1/jobs/${job.id}/audio`)
    const bytes = Buffer.from(await whole.arrayBuffer())
    assert.deepEqual(
      ['content-length', 'accept-ranges', 'content-type', 'etag'].map((name) => whole.headers.get(name)),
      [String(bytes.length), 'bytes', 'audio/wav', `"${createHash('sha256').update(bytes).digest('hex')}"`],
    )
    assert.match(
      whole.headers.get('content-disposition')!,
      /filename="___ _x_\.wav"; filename\*=UTF-8''%E4%B8%80/,
    )
    assert.equal(bytes.length, job.bytes)
    // The header tells the true length.
    assert.equal(bytes.readUInt32LE(40), bytes.length - 44)
    assert.equal(job.chapters[1]!.end, (bytes.length - 44) / 2 / 16_000)
    const etag = whole.headers.get('etag')!
    for (const [headers, status, expected] of [
      [{ Range: 'bytes=0-9' }, 206, bytes.subarray(0, 10)],
      [{ Range: 'bytes=70000-' }, 206, bytes.subarray(70_000)],
      [{ Range: 'bytes=-7' }, 206, bytes.subarray(-7)],
      [{ Range: 'bytes=5-5', 'If-Range': etag }, 206, bytes.subarray(5, 6)],
      [{ Range: 'bytes=5-5', 'If-Range': '"other"' }, 200, bytes],
      [{ Range: 'bytes=0-1,4-5' }, 200, bytes],
      [{ 'If-None-Match': etag }, 304, Buffer.alloc(0)],
    ] as const) {
      const part = await ask(`/v1/jobs/${job.id}/audio`, { headers })
      const got = Buffer.from(await part.arrayBuffer())
      assert.deepEqual([part.status, got.compare(expected)], [status, 0], JSON.stringify(headers))
      if (status === 206) assert.match(part.headers.get('content-range')!, new RegExp(`/${bytes.length}$`))
    }
    const beyond = await ask(`/v1/jobs/${job.id}/audio`, { headers: { Range: `bytes=${bytes.length}-` } })
    assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, `bytes */${bytes.length}`])
    assert.match(((await beyond.json()) as { detail: string }).detail, /expected a range within the/)
    const head = await ask(`/v1/jobs/${job.id}/audio`, { method: 'HEAD' })
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(bytes.length)])
    assert.equal(await metric('light_tts_jobs_total{outcome="done"}'), 1)
    assert.deepEqual(await (await ask(`/v1/jobs/${job.id}`, { method: 'DELETE' })).json(), {
      id: job.id,
      deleted: true,
    })
    assert.equal((await ask(`/v1/jobs/${job.id}/audio`)).status, 404)
  })

test('a slow client gets every byte of a long file, one that leaves holds nothing', async (t) => {
  for (const transport of TRANSPORTS) {
    const { create, ended, url, server } = await start(t, {
      transport,
      script: { samplesPerCharacter: 3000 },
    })
    const { job } = await create({ input: bookOf(3), response_format: 'pcm', sample_rate: 16_000 })
    const { bytes } = await ended(job.id)
    assert(bytes! > 2e6, String(bytes))
    const answer = await fetch(`${url}/v1/jobs/${job.id}/audio`)
    const digest = createHash('sha256')
    let got = 0
    for await (const piece of answer.body!) {
      got += piece.length
      digest.update(piece)
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.deepEqual([got, `"${digest.digest('hex')}"`], [bytes, answer.headers.get('etag')])
    const leaving = new AbortController()
    await fetch(`${url}/v1/jobs/${job.id}/audio`, { signal: leaving.signal })
    leaving.abort()
    await until(() => server.counts().exchanges === 0, 'the exchange to end')
  }
})

test('a restart goes on where it was, and gives what it would have given', async (t) => {
  const folder = await newFolder(t)
  const body = { input: bookOf(6), response_format: 'flac', title: 'Weiter' }
  const options: TestServerOptions = { set: [`jobs.dir=${folder}`], script: { samplesPerCharacter: 40 } }
  const first = await startTestServer(t, options)
  beforeSpeech(first, 4, () => {
    first.synthesizer.script.hangAtChunk = 0
  })
  const { job } = await clientOf(first).create(body)
  await until(async () => (await clientOf(first).find(job.id)).parts.done === 3, 'three parts')
  await first.server.drain()
  const { parts, state } = await clientOf(first).find(job.id)
  assert.deepEqual([state, parts.done], ['running', 3])
  assert.equal((await clientOf(first).create(body)).status, 503)
  await first.server.close()
  const kept = (await readdir(join(folder, job.id, 'parts'))).sort()
  assert.equal(kept.length, 3)
  // What a kill leaves of a write, and what a failing disk makes of a part.
  await writeFile(join(folder, job.id, 'parts', '000005.part.1.1.partial'), 'half')
  const damaged = await readFile(join(folder, job.id, 'parts', kept[0]!))
  damaged[damaged.length - 40]! ^= 1
  await writeFile(join(folder, job.id, 'parts', kept[0]!), damaged)
  const second = await startTestServer(t, options)
  const client = clientOf(second)
  const done = await client.ended(job.id)
  assert.equal(done.state, 'done', JSON.stringify(done.error))
  // Those that were missing, and the damaged one.
  assert.equal(second.synthesizer.spoken.length, 4)
  const resumed = (await client.ask(`/v1/jobs/${job.id}/audio`)).headers.get('etag')
  const again = await client.create(body)
  await client.ended(again.job.id)
  assert.equal((await client.ask(`/v1/jobs/${again.job.id}/audio`)).headers.get('etag'), resumed)
  assert.deepEqual(await readdir(join(folder, job.id)), ['audio.flac'])
})

test('a job belongs to its key; others find nothing', async (t) => {
  const hash = (key: string) => createHash('sha256').update(key).digest('hex')
  const server = await start(t, { set: [`server.apiKeys=["${hash('one')}","${hash('two')}"]`] })
  const [one, two] = [clientOf(server, 'one'), clientOf(server, 'two')]
  const { job } = await one.create({ input: 'Mine.' })
  await one.ended(job.id)
  for (const path of [`/v1/jobs/${job.id}`, `/v1/jobs/${job.id}/audio`])
    for (const method of path.endsWith('audio') ? ['GET'] : ['GET', 'DELETE'])
      assert.equal((await two.ask(path, { method })).status, 404, `${method} ${path}`)
  const listOf = async ({ ask }: ReturnType<typeof clientOf>) =>
    ((await (await ask('/v1/jobs')).json()) as { data: Job[] }).data.map(({ id }) => id)
  assert.deepEqual([await listOf(one), await listOf(two)], [[job.id], []])
  assert.equal((await clientOf(server).ask('/v1/jobs')).status, 401)
})

test('what cannot become a job is refused with what was expected', async (t) => {
  const { create, ask } = await start(t, {
    set: ['jobs.maxCharacters=5000', 'jobs.maxPerCaller=2', 'jobs.maxBytes=20000000'],
    script: { hangAtChunk: 0 },
  })
  for (const [body, status, words] of [
    [{}, 400, /input or chapters, got neither/],
    [{ input: 'a', chapters: [{ input: 'b' }] }, 400, /got both/],
    [{ input: ' \n' }, 400, /input: expected some text/],
    [{ input: '?! …' }, 422, /letters or digits/],
    [{ input: 'a'.repeat(5001) }, 422, /5000 characters/],
    [{ input: '\ud800' }, 400, /UTF-8/],
    [{ input: 'a', title: '\ud800' }, 400, /title: expected text in UTF-8/],
    [{ input: 'a', voice: 'nobody' }, 404, /stored voice, got "nobody"/],
    [{ input: 'a', response_format: 'wma' }, 422, /response_format/],
    [{ input: 'a', response_format: 'mp3', sample_rate: 9000 }, 422, /for mp3/],
    [{ input: 'a', sped: 2 }, 400, /Unknown field/],
    [{ input: 'a', webhook: { url: 'file:///etc/passwd' } }, 422, /http or https/],
    [{ input: 'a', webhook: { url: 'http://u:p@example.com/' } }, 422, /without a user/],
    [{ input: 'a', webhook: { url: 'http://169.254.169.254/latest' } }, 422, /public address/],
    [{ input: 'a', webhook: { url: 'http://localhost:1/' } }, 422, /public address/],
    [{ input: 'a', webhook: { url: 'http://[::ffff:10.0.0.1]/' } }, 422, /public address/],
    [{ input: 'a', webhook: { url: 'http://2130706433/' } }, 422, /public address/],
    [{ input: 'word '.repeat(999) }, 507, /bytes/],
  ] as const) {
    const { status: got, job } = await create(body)
    assert.equal(got, status, JSON.stringify([body, job]).slice(0, 300))
    assert.match(`${job.message}: ${job.detail}`, words)
  }
  assert.equal((await create({ input: 'One.' })).status, 202)
  assert.equal((await create({ input: 'Two.' })).status, 202)
  const third = await create({ input: 'Three.' })
  assert.deepEqual([third.status, third.job.error_code], [429, 'RATE_LIMITED'])
  for (const id of ['../jobs.db', 'x', 'a'.repeat(32), '%00'])
    assert.equal((await ask(`/v1/jobs/${encodeURIComponent(id)}`)).status, 404)
  assert.equal((await ask('/v1/jobs?limit=0')).status, 422)
  const { data } = (await (await ask('/v1/jobs')).json()) as { data: Job[] }
  assert.equal((await ask(`/v1/jobs/${data[0]!.id}/audio`)).status, 409)
  for (const { id } of data) assert.equal((await ask(`/v1/jobs/${id}`, { method: 'DELETE' })).status, 200)
})

test('a removed job stops at once and leaves nothing; a fault is tried again, then told', async (t) => {
  const { create, ended, ask, synthesizer, folder, metric } = await start(t, { script: { hangAtChunk: 0 } })
  const { job } = await create({ input: bookOf(3) })
  await until(() => synthesizer.active === 1, 'a part under way')
  await ask(`/v1/jobs/${job.id}`, { method: 'DELETE' })
  await until(() => synthesizer.active === 0, 'it to stop')
  await until(async () => !(await readdir(folder)).includes(job.id), 'its folder to go')
  synthesizer.script.hangAtChunk = undefined
  synthesizer.script.failAtChunk = 0
  beforeSpeech({ synthesizer }, 3, () => {
    synthesizer.script.failAtChunk = undefined
  })
  const failing = (await create({ input: 'This fails, then works.' })).job
  assert.equal((await ended(failing.id)).state, 'done')
  synthesizer.script.failAtChunk = 0
  synthesizer.script.failCode = 'VOICE_NOT_FOUND'
  const failed = await ended((await create({ input: 'This fails for good.' })).job.id)
  assert.deepEqual([failed.state, failed.error?.error_code], ['failed', 'VOICE_NOT_FOUND'])
  assert.equal(await metric('light_tts_jobs_total{outcome="removed"}'), 1)
  assert.equal(await metric('light_tts_jobs_total{outcome="failed"}'), 1)
  assert.equal(await metric('light_tts_jobs_unfinished'), 0)
})

test('jobs are batch work of one client, and a short job does not wait for a book', async (t) => {
  const { create, ended, synthesizer } = await start(t, { script: { slots: 1, samplesPerCharacter: 40 } })
  await synthesizer.takeSlot().taken
  const book = (await create({ input: bookOf(5) })).job
  const short = (await create({ input: 'Short.' })).job
  synthesizer.freeSlot()
  for (const { id } of [book, short]) await ended(id)
  assert(synthesizer.live.every(({ priority, client }) => priority === 'batch' && client === 'jobs'))
  assert.equal(
    synthesizer.spoken.findIndex(({ text }) => text === 'Short.'),
    1,
  )
})

test('what has ended is removed after its time, also what an earlier process left', async (t) => {
  const folder = await newFolder(t)
  const first = await start(t, { folder })
  const { job } = await first.create({ input: 'Old.' })
  await first.ended(job.id)
  await first.server.close()
  await writeFile(join(folder, 'mine.txt'), 'not a job')
  await rm(join(folder, 'f'.repeat(32)), { recursive: true, force: true })
  const second = await start(t, { folder, set: ['jobs.keepHours=0.0000001'] })
  await until(async () => (await second.ask(`/v1/jobs/${job.id}`)).status === 404, 'the old job to go')
  await until(async () => !(await readdir(folder)).includes(job.id), 'its folder to go')
  assert((await readdir(folder)).includes('mine.txt'))
})

test('without the setting there are no jobs, and nothing is made where none are asked for', async (t) => {
  const folder = await newFolder(t)
  const off = await start(t, { folder, set: ['jobs.enabled=false'] })
  assert.equal((await off.create({ input: 'a' })).status, 404)
  const on = await start(t, { folder })
  assert.deepEqual(await (await on.ask('/v1/jobs')).json(), { object: 'list', data: [] })
  assert.equal((await on.ask(`/v1/jobs/${'0'.repeat(32)}`)).status, 404)
  assert.deepEqual(await readdir(folder), [])
})
