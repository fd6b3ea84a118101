/** One, two and three nodes with eight simulated slots each: how many are heard at a time, and what the parts between cost. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { openCluster } from '../../src/cluster/cluster.ts'
import { createRateLimiter } from '../../src/server/limits/rate-limit.ts'
import { skipWithoutRedis, startRedis } from '../helpers/redis-process.ts'
import { skipWithout } from '../helpers/required-tools.ts'
import { startCluster } from './cluster.ts'
import { isWhole, listen } from './listeners.ts'

const SLOTS = 8
/** Three seconds at real time: longer than anything waits in the line. */
const TEXT = 'a'.repeat(60)

/** CPU seconds that a process has used. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

test('listeners grow with nodes, and the balancer is far from its end', {
  skip: skipWithout('haproxy'),
}, async (t) => {
  const heard: number[] = []
  for (const nodes of [1, 2, 3]) {
    const cluster = await startCluster(t, {
      nodes,
      script: { slots: SLOTS, queueLimit: 0, chunkMs: 100 },
      change: (config) => config.replaceAll('maxconn 24', `maxconn ${SLOTS}`),
    })
    const before = cpuSeconds(await cluster.worker())
    const asked = Array.from({ length: 4 * SLOTS }, () => listen(cluster.url, TEXT))
    const answers = await Promise.all(asked.map((each) => each.heard))
    const whole = answers.filter(isWhole)
    assert(answers.every(({ status }) => status === 200 || status === 503))
    heard.push(whole.length)
    const audioSeconds = whole.reduce((sum, { bytes }) => sum + bytes / 32_000, 0)
    const cost = (1000 * (cpuSeconds(await cluster.worker()) - before)) / audioSeconds
    t.diagnostic(
      `${nodes} nodes: ${whole.length} listeners; HAProxy ${cost.toFixed(2)} ms of CPU per second of audio, checks included`,
    )
  }
  assert.deepEqual(heard, [SLOTS, 2 * SLOTS, 3 * SLOTS])
})

test('counting in Redis costs little for each request', { skip: skipWithoutRedis }, async (t) => {
  const redis = await startRedis(t)
  const cluster = await openCluster({ url: redis.url, prefix: 'test', log: () => {} })
  t.after(() => cluster.close())
  const limiter = createRateLimiter('100000/hour', { shared: cluster.counts })
  const count = 10_000
  for (let i = 0; i < count; i += 10)
    await Promise.all(Array.from({ length: 10 }, (_, j) => limiter.consume(`key${(i + j) % 1000}`)))
  const told = String(await redis.ask('INFO', 'commandstats'))
  const [, calls = '0', micros = '0'] =
    /cmdstat_evalsha:calls=(\d+),usec=\d+,usec_per_call=([\d.]+)/.exec(told) ?? []
  t.diagnostic(`Redis: ${micros} µs for each of ${calls} counts`)
  // The others were counted by the node alone, since the machine was too busy for an answer in time.
  assert(Number(calls) > 100, calls)
  assert(Number(micros) < 1000)
})
