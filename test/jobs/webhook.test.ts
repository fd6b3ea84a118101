/** News of jobs: signed, tried again, told once, and never sent to an address that only the server reaches. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { createMetrics } from '../../src/core/metrics.ts'
import { lockFolder } from '../../src/jobs/folder-lock.ts'
import { JobKeeper, type KeeperOptions } from '../../src/jobs/job-keeper.ts'
import { callableAddress, isPublicAddress, parseWebhook } from '../../src/jobs/webhook-address.ts'
import { ScriptedSynthesizer } from '../helpers/scripted-synthesizer.ts'
import { until } from '../helpers/until.ts'

const CALLER = { owner: undefined, client: 'a' }

async function receiver(t: TestContext, statuses: number[]) {
  const calls: { readonly headers: Record<string, unknown>; readonly body: string; readonly path: string }[] =
    []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (piece) => (body += piece))
    request.on('end', () => {
      calls.push({ headers: request.headers, body, path: request.url! })
      response
        .writeHead(statuses[Math.min(calls.length, statuses.length) - 1]!, { Location: '/elsewhere' })
        .end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { calls, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/news` }
}

async function keeper(t: TestContext, options: Partial<KeeperOptions> = {}) {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'light-tts-news-')))
  const metrics = createMetrics()
  const opened = await JobKeeper.open({
    ...{ dir, concurrency: 1, maxPerCaller: 9, maxBytes: 1e9, keepMs: 1e9, webhookHosts: ['127.0.0.1'] },
    ...{ synthesizer: new ScriptedSynthesizer(), metrics, log: () => {}, retryMs: [1, 1, 1] },
    ...options,
  })
  t.after(async () => {
    await opened.close()
    await rm(dir, { recursive: true, force: true })
  })
  const create = (url: string, secret?: string) =>
    opened.create(
      {
        ...{ title: 'News', chapters: [{ title: '', text: 'Hello.' }], model: 'default', voice: 'anna' },
        ...{ format: 'pcm', sampleRate: 16_000, speed: 1, seed: 0, text: {}, webhook: { url, secret } },
      },
      CALLER,
      1,
    )
  const webhook = async (id: string) => (await opened.find(id, CALLER)).webhook
  return { dir, keeper: opened, create, webhook, metrics }
}

test('a webhook is signed, tried again with the same id, and told once', async (t) => {
  const { calls, url } = await receiver(t, [500, 302, 200])
  const { create, webhook } = await keeper(t)
  const { job, webhookSecret } = await create(url)
  await until(async () => (await webhook(job.id))?.state === 'delivered', 'its delivery')
  assert.deepEqual(
    calls.map(({ path }) => path),
    ['/news', '/news', '/news'],
  )
  assert.equal(new Set(calls.map(({ headers }) => headers['webhook-id'])).size, 1)
  for (const { headers, body } of calls) {
    assert.deepEqual(JSON.parse(body), {
      type: 'job.done',
      job: { id: job.id, state: 'done', title: 'News' },
    })
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const key = Buffer.from(webhookSecret!.slice('whsec_'.length), 'base64')
    const expected = createHmac('sha256', key).update(signed).digest('base64')
    assert.equal(headers['webhook-signature'], `v1,${expected}`)
    assert(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000) < 600)
  }
  const own = await create(url, 'a secret of my own')
  await until(() => calls.length === 4, 'another call')
  const { headers, body } = calls[3]!
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const expected = createHmac('sha256', 'a secret of my own').update(signed).digest('base64')
  assert.equal(headers['webhook-signature'], `v1,${expected}`)
  assert.equal(own.webhookSecret, 'a secret of my own')
})

test('after the last try it is given up; a restart goes on with what was not told', async (t) => {
  const { calls, url } = await receiver(t, [503])
  const { create, webhook, metrics } = await keeper(t)
  const { job } = await create(url)
  await until(async () => (await webhook(job.id))?.state === 'failed', 'it to be given up')
  assert.deepEqual([calls.length, (await webhook(job.id))?.tries], [4, 4])
  assert.match(await metrics.registry.metrics(), /light_tts_webhooks_total\{outcome="failed"\} 4/)
  const later = await receiver(t, [500, 200])
  const first = await keeper(t, { retryMs: [100_000] })
  const told = await first.create(later.url)
  await until(async () => (await first.webhook(told.job.id))?.state === 'waiting', 'the first try')
  await first.keeper.close()
  const second = await keeper(t, { dir: first.dir, now: () => Date.now() + 200_000 })
  await until(async () => (await second.webhook(told.job.id))?.state === 'delivered', 'its delivery')
})

test('a clock that is put back by an hour delays no webhook', async (t) => {
  const { calls, url } = await receiver(t, [500, 500, 200])
  let shiftMs = 0
  const { create, webhook } = await keeper(t, { now: () => Date.now() + shiftMs, retryMs: [30, 30, 30] })
  const { job } = await create(url)
  await until(() => calls.length === 1, 'the first try')
  shiftMs = -3_600_000
  await until(async () => (await webhook(job.id))?.state === 'delivered', 'its delivery')
  const other = await create(url)
  await until(async () => (await webhook(other.job.id))?.state === 'delivered', "the other's")
})

test('a folder has one server at a time', async (t) => {
  const first = await keeper(t)
  await assert.rejects(keeper(t, { dir: first.dir }), {
    code: 'STORAGE_FAILED',
    detail: /which another server uses/,
  })
  await first.keeper.close()
  const mark = (host: string, pid: number) =>
    writeFile(join(first.dir, 'server.lock'), JSON.stringify({ host, pid }))
  await mark(hostname(), process.ppid)
  await assert.rejects(lockFolder(first.dir), { detail: /which another server uses/ })
  await mark('elsewhere', 1)
  await assert.rejects(lockFolder(first.dir), { detail: /which another server uses/ })
  await (await lockFolder(first.dir, -1)).release()
  for (const pid of [process.pid, 2 ** 30]) {
    await mark(hostname(), pid)
    await (await lockFolder(first.dir)).release()
  }
  await keeper(t, { dir: first.dir })
})

test('addresses of private networks are no public ones, however they are written', async () => {
  for (const address of [
    '0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.168.1.1 192.0.2.1',
    '198.18.0.1 203.0.113.9 224.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 fc00::1 fd12::1',
    'fe80::1 ff02::1 2001:db8::1 2002:7f00:1:: 64:ff9b::7f00:1 ::127.0.0.1 2001::1 nonsense 1.2.3',
  ].flatMap((line) => line.split(' ')))
    assert.equal(isPublicAddress(address), false, address)
  for (const address of [
    '1.1.1.1',
    '172.32.0.1',
    '8.8.8.8',
    '2606:4700::1111',
    '::ffff:1.1.1.1',
    '100.128.0.1',
  ])
    assert.equal(isPublicAddress(address), true, address)
  for (const host of [
    '127.1',
    '0x7f.1',
    '2130706433',
    '[::1]',
    '[::ffff:7f00:1]',
    'localhost',
    '017700000001',
    '10.0.0.1',
  ])
    await assert.rejects(callableAddress(new URL(`http://${host}/`), []), { detail: /public address/ }, host)
  assert.equal(await callableAddress(new URL('http://127.0.0.1/'), ['127.0.0.1']), '127.0.0.1')
  assert.equal(await callableAddress(new URL('http://[::1]/'), ['*']), '::1')
  for (const url of [
    'ftp://example.com',
    'javascript:1',
    'http://',
    'http://a:b@example.com',
    '//example.com',
    '',
  ])
    assert.throws(() => parseWebhook(url), { detail: /http or https/ }, url)
})
