/** Jobs behind HAProxy: nodes are killed while they speak one, others finish it, and its end is told once. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type TestContext } from 'node:test'

import { skipWithoutRedis, startRedis } from '../helpers/redis-process.ts'
import { skipWithout } from '../helpers/required-tools.ts'
import { until } from '../helpers/until.ts'
import { bookOf, clientOf } from '../jobs/job-server.ts'
import { type ClusterNode, startCluster } from './cluster.ts'

const PARTS = 6
/** ms before each tenth of a second of speech: a part takes seconds. */
const SLOW_MS = 100

async function receiver(t: TestContext) {
  const calls: string[] = []
  const server = createServer((request, response) => {
    request.resume()
    calls.push(String(request.headers['webhook-id']))
    response.writeHead(200).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { calls, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

test('B13 a job whose nodes are killed with -9 is finished by the others, with the same bytes, and told once', {
  skip: skipWithout('haproxy') || skipWithoutRedis,
}, async (t) => {
  const redis = await startRedis(t)
  const news = await receiver(t)
  const cluster = await startCluster(t, {
    set: [`cluster.redis=${redis.url}`, 'jobs.webhookHosts=["127.0.0.1"]'],
    script: { samplesPerCharacter: 40, chunkMs: SLOW_MS },
  })
  const { create, find, ended, ask } = clientOf(cluster)
  const body = {
    input: bookOf(PARTS),
    response_format: 'flac',
    webhook: { url: news.url, secret: 'x'.repeat(16) },
  }
  const { job } = await create(body)
  const spoken = ({ metric }: ClusterNode) => metric('light_tts_job_audio_seconds_total')
  const [a, b, c] = cluster.nodes as [ClusterNode, ClusterNode, ClusterNode]
  await until(async () => (await spoken(a)) > 0 && (await spoken(b)) > 0, 'parts of two nodes')
  const { parts, state } = await find(job.id)
  assert.equal(state, 'running', 'they are killed while they speak')
  for (const node of [a, b]) {
    node.process.kill('SIGKILL')
    await once(node.process, 'exit')
  }
  // Of both: with a node that it finds dead the balancer closes the idle connections that its last answers came over.
  const areDown = async () => (await cluster.states()).slice(0, 2).every((state) => state.startsWith('DOWN'))
  await until(areDown, 'the balancer to notice')
  assert((await find(job.id)).parts.done >= parts.done, 'what was spoken is kept')
  const done = await ended(job.id)
  assert.deepEqual([done.state, done.parts.done], ['done', PARTS])
  await until(() => news.calls.length > 0, 'its news')
  const made = (await spoken(c)) * 16_000
  const again = await create({ ...body, title: 'again' })
  await ended(again.job.id)
  const tags = await Promise.all(
    [job.id, again.job.id].map(async (id) => (await ask(`/v1/jobs/${id}/audio`)).headers.get('etag')),
  )
  assert.equal(tags[0], tags[1])
  await until(() => news.calls.length === 2, 'the news of both')
  assert.equal(new Set(news.calls).size, 2)
  const all = (await spoken(c)) * 16_000 - made
  assert(made < all, `${made} samples of ${all}: what others had spoken was not spoken again`)
})
