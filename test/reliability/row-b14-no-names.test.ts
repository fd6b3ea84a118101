/** B14: the name service falls silent, and Redis is known by a name. Nothing but what needs names is disturbed. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { openCluster } from '../../src/cluster/cluster.ts'
import { isApart, runApart, skipWithoutNetworks } from '../cluster/apart.ts'
import { startNameServer } from '../helpers/name-server.ts'
import { testFolder } from '../helpers/proxy-process.ts'
import { skipWithoutRedis, startRedis } from '../helpers/redis-process.ts'
import { startTestServer } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'
import { clientOf } from '../jobs/job-server.ts'

const RESOLVER = '127.0.0.9'
const NAME_OF_ADDRESS = 12

if (isApart)
  test('a name service that falls silent costs jobs and webhooks a 503, nothing else, until it is back', async (t) => {
    const names = await startNameServer(t, RESOLVER)
    const redis = await startRedis(t)
    const url = `redis://store.example:${redis.port}`
    const lines: string[] = []
    const cluster = await openCluster({ url, prefix: 'test', log: (_, line) => lines.push(line) })
    t.after(() => cluster.close())
    const server = await startTestServer(t, { set: [`cluster.redis=${url}`] })
    const alone = await startTestServer(t)
    const [shared, own] = [clientOf(server), clientOf(alone)]
    const first = (await shared.create({ input: 'Hello.' })).job
    assert.equal((await shared.ended(first.id)).state, 'done')
    assert(names.asked.length > 0)
    names.isSilent = true
    redis.process.kill('SIGKILL')
    await once(redis.process, 'exit')
    await redis.restart()
    await until(() => lines.some((line) => line.includes('is away')), 'the log to tell')
    const times: number[] = []
    const timed = async (create: typeof shared.create, body: object) => {
      const sinceMs = performance.now()
      const { status, headers, job } = await create(body)
      times.push(Math.round(performance.now() - sinceMs))
      assert.deepEqual([status, headers.get('retry-after')], [503, '5'], JSON.stringify(job))
    }
    const webhook = { url: 'http://hooks.example/' }
    for (const { create } of [shared, own]) await timed(create, { input: 'Hello.', webhook })
    await timed(shared.create, { input: 'Hello.' })
    t.diagnostic(`refused after ${times.join(', ')} ms`)
    for (const { ask } of [shared, own]) {
      assert.equal((await ask('/readiness')).status, 200)
      // It looks at a folder: by the threads that also look names up.
      assert.equal((await ask('/metrics')).status, 200)
      const body = JSON.stringify({ input: 'Hello.', voice: 'anna' })
      assert.equal((await ask('/v1/audio/speech', { method: 'POST', body })).status, 200)
    }
    const job = (await own.create({ input: 'Without names.' })).job
    assert.equal((await own.ended(job.id)).state, 'done')
    // The event loop would wait for their answer.
    assert(!names.asked.includes(NAME_OF_ADDRESS), 'no names of peers were asked for')
    names.isSilent = false
    await until(async () => (await shared.ask('/v1/jobs')).status === 200, 'the store to be found again')
    const last = (await shared.create({ input: 'Again.' })).job
    assert.equal((await shared.ended(last.id)).state, 'done')
    assert.equal((await own.create({ input: 'Hello.', webhook })).status, 422, 'a private address again')
  })
else
  test('a silent name service, in a network of its own', {
    skip: skipWithoutNetworks || skipWithoutRedis,
  }, (t) => {
    const resolver = join(testFolder(t), 'resolv.conf')
    writeFileSync(resolver, `nameserver ${RESOLVER}\n`)
    for (const line of runApart(import.meta.url, resolver).match(/^# refused.*$/gm) ?? []) t.diagnostic(line)
  })
