/** What a kill between two steps leaves of a job in Redis is found and gone on with; what ended is removed after its time. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type TestContext } from 'node:test'
import { createMetrics } from '../../src/core/metrics.ts'
import { ClusterJobs, type ClusterJobsOptions } from '../../src/jobs/cluster-jobs.ts'
import { mayTakePart } from '../../src/jobs/pull-policy.ts'
import { type RedisProcess, skipWithoutRedis as skip, startRedis } from '../helpers/redis-process.ts'
import { ScriptedSynthesizer } from '../helpers/scripted-synthesizer.ts'
import { until } from '../helpers/until.ts'
import { bookOf } from './job-server.ts'

const CALLER = { owner: undefined, client: 'a' }
/** Of a clock that is ahead, so that what is looked for after minutes is looked for now. */
const LATER_MS = 400_000

async function open(t: TestContext, { url }: RedisProcess, options: Partial<ClusterJobsOptions> = {}) {
  const synthesizer = new ScriptedSynthesizer({ samplesPerCharacter: 40 })
  const jobs = await ClusterJobs.open({
    ...{ url, prefix: 'test', synthesizer, metrics: createMetrics(), log: () => {} },
    ...{ concurrency: 1, maxPerCaller: 9, maxBytes: 1e9, keepMs: 1e9, webhookHosts: ['127.0.0.1'] },
    retryMs: [1, 1, 1],
    ...options,
  })
  t.after(() => jobs.close())
  const create = async (text: string, webhook?: { url: string }) => {
    const said = { title: '', chapters: [{ title: '', text }], model: 'default', voice: 'anna', webhook }
    const asked = { ...said, format: 'pcm', sampleRate: 16_000, speed: 1, seed: 0, text: {} } as const
    return (await jobs.create(asked, CALLER, 1)).job.id
  }
  const isDone = async (id: string) => (await jobs.find(id, CALLER)).state === 'done'
  return { jobs, synthesizer, create, isDone }
}

/** Removes all tickets, and lets the next node look after jobs at once. */
async function loseTickets(redis: RedisProcess): Promise<void> {
  const keys = (await redis.ask('KEYS', 'test:tickets:*')) as string[]
  await redis.ask('DEL', 'test:jobs:tended', 'none', ...keys)
}

test('a job whose node ended before its tickets were there is spoken by another', { skip }, async (t) => {
  const redis = await startRedis(t)
  const first = await open(t, redis)
  const id = await first.create(bookOf(3))
  await first.jobs.close()
  await loseTickets(redis)
  const second = await open(t, redis, { now: () => Date.now() + LATER_MS })
  second.jobs.resume()
  await until(() => second.isDone(id).catch(() => false), 'the job')
  assert.equal(second.synthesizer.spoken.length, 3)
})

test('news whose ticket was lost are told once, and tried again until they are taken', {
  skip,
}, async (t) => {
  const statuses = [500, 503, 200]
  const calls: unknown[] = []
  const server = createServer((request, response) => {
    request.resume()
    calls.push(request.headers['webhook-id'])
    response.writeHead(statuses[calls.length - 1] ?? 200).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const redis = await startRedis(t)
  const first = await open(t, redis)
  const id = await first.create('Hello.', {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  })
  await redis.ask('HSET', `test:jobs:job:${id}`, 'state', 'done', 'finished', '1', 'webhookState', 'waiting')
  await redis.ask('SADD', 'test:jobs:untold', id)
  await first.jobs.close()
  await loseTickets(redis)
  const nodes = [await open(t, redis), await open(t, redis)]
  for (const { jobs } of nodes) jobs.resume()
  const state = async () => (await nodes[0]!.jobs.find(id, CALLER).catch(() => undefined))?.webhook?.state
  await until(async () => (await state()) === 'delivered', 'its delivery')
  assert.deepEqual([calls.length, new Set(calls).size], [3, 1])
  assert.equal((await redis.ask('SCARD', 'test:jobs:untold')) as number, 0)
})

test('a part that took four nodes along ends its job, with the reason', { skip }, async (t) => {
  const redis = await startRedis(t)
  const { jobs, create } = await open(t, redis)
  const id = await create('This one kills.')
  await until(async () => (await redis.ask('EXISTS', `test:tickets:parts:${id}-0`)) === 1, 'its ticket')
  await redis.ask('HSET', `test:tickets:parts:${id}-0`, 'stc', '4')
  jobs.resume()
  await until(async () => (await jobs.find(id, CALLER)).state === 'failed', 'its end')
  const { error } = await jobs.find(id, CALLER)
  assert.deepEqual([error?.code, /ended or hung, 4 of them/.test(error!.detail)], ['INTERNAL', true])
})

test('a spoken part that the store lost is spoken again', { skip }, async (t) => {
  const redis = await startRedis(t)
  const { jobs, create, isDone, synthesizer } = await open(t, redis)
  const id = await create(bookOf(3))
  const speak = synthesizer.speak.bind(synthesizer)
  synthesizer.speak = (text, options) => {
    if (synthesizer.spoken.length === 2) void redis.ask('HDEL', `test:jobs:part:${id}`, '0')
    return speak(text, options)
  }
  jobs.resume()
  await until(() => isDone(id), 'the job')
  assert.equal(synthesizer.spoken.length, 4)
  const audio = await jobs.audio(id, CALLER)
  assert(audio.bytes > 3 * 600 * 40)
})

test('what has ended goes after its time, with all that it had in the store', { skip }, async (t) => {
  const redis = await startRedis(t)
  const first = await open(t, redis)
  const id = await first.create('Old.')
  first.jobs.resume()
  await until(() => first.isDone(id), 'the job')
  await first.jobs.close()
  await redis.ask('DEL', 'test:jobs:tended')
  const second = await open(t, redis, { now: () => Date.now() + LATER_MS, keepMs: 1000 })
  second.jobs.resume()
  await until(async () => (await redis.ask('EXISTS', `test:jobs:job:${id}`)) === 0, 'it to go')
  const left = ((await redis.ask('KEYS', 'test:jobs:*')) as string[]).sort()
  assert.deepEqual(
    left.filter((key) => !/:(turn|tended)$/.test(key)),
    ['test:jobs:bytes'],
  )
})

test('a node takes parts while it has less than half of the listeners that it can carry', () => {
  const device = { slots: { used: 0, total: 8 } }
  const status = { state: 'ready', active: 0, devices: [device] } as unknown as Parameters<
    typeof mayTakePart
  >[0]
  const capacity = (load: number | undefined) => ({ audioSecondsPerSecond: 9, listeners: 8, load })
  for (const [changes, own, expected] of [
    [{}, 0, true],
    [{ state: 'loading' }, 0, false],
    [{ state: 'failed' }, 0, false],
    [{ active: 4 }, 0, false],
    [{ active: 4 }, 1, true],
    [{ active: 9, capacity: capacity(0.49) }, 0, true],
    [{ capacity: capacity(0.5) }, 0, false],
    [{ active: 4, capacity: capacity(undefined) }, 0, false],
    [{ devices: [] }, 0, false],
  ] as const)
    assert.equal(
      mayTakePart({ ...status, ...changes } as typeof status, own),
      expected,
      JSON.stringify(changes),
    )
})
