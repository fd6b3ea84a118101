/** Restarts, reloads and a slow node under load: minutes of a cluster's life in seconds. `npm run -s cluster-test`. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import test from 'node:test'
import { skipWithout } from '../helpers/required-tools.ts'
import { patient, startCluster } from './cluster.ts'
import { isWhole, type Listener, listen, listenOverSocket, post } from './listeners.ts'

const TEXT = 'a'.repeat(60)

const skip = skipWithout('haproxy')
const heardBy = async (streams: readonly Listener[]) => await Promise.all(streams.map(({ heard }) => heard))

/** Streams, sockets and uploads beyond what the balancer can send twice, eight a second. */
function keepLoad(url: string): { stop(): Promise<void> } {
  const asked: Listener[] = []
  const padded = JSON.stringify({ input: TEXT, voice: 'anna', response_format: 'pcm', sample_rate: 16_000 })
  const kinds = [
    () => listen(url, TEXT),
    () => listenOverSocket(url, TEXT),
    () => post(url, '/v1/audio/speech', padded.padEnd(60_000), { 'Content-Type': 'application/json' }, TEXT),
  ]
  const timer = setInterval(() => asked.push(kinds[asked.length % kinds.length]!()), 125)
  return {
    stop: async () => {
      clearInterval(timer)
      const heard = await heardBy(asked)
      assert(heard.length > 10)
      assert.deepEqual(
        heard.filter((each) => !isWhole(each)),
        [],
      )
    },
  }
}

test('a restart of all nodes, one after the other, under load loses nothing', { skip }, async (t) => {
  const cluster = await startCluster(t, {
    script: { chunkMs: 40 },
    // Longer than a late check: what the balancer does not know of yet is still taken.
    set: ['server.drainNoticeMs=5000'],
    change: patient,
  })
  const load = keepLoad(cluster.url)
  for (const node of cluster.nodes) {
    node.process.kill('SIGTERM')
    await once(node.process, 'exit')
    assert.equal(node.process.exitCode, 0)
    await node.restart()
    await cluster.untilStates('UP L7OK', 'UP L7OK', 'UP L7OK')
  }
  await load.stop()
})

test('a reload of the balancer under load loses nothing', { skip }, async (t) => {
  const cluster = await startCluster(t, { script: { chunkMs: 40 }, change: patient })
  const load = keepLoad(cluster.url)
  for (let i = 0; i < 2; i++) {
    await cluster.reload()
    await cluster.untilStates('UP L7OK', 'UP L7OK', 'UP L7OK')
    await listen(cluster.url, TEXT).heard
  }
  await load.stop()
})

test('a node five times slower than the others gets at most half of their share', { skip }, async (t) => {
  const cluster = await startCluster(t, {
    script: [{ chunkMs: 100 }, { chunkMs: 20 }, { chunkMs: 20 }],
    change: patient,
  })
  const endMs = performance.now() + 12_000
  const listener = async () => {
    while (performance.now() < endMs) assert.ok(isWhole(await listen(cluster.url, 'a'.repeat(20)).heard))
  }
  await Promise.all(Array.from({ length: 12 }, listener))
  const [slow = 0, second = 0, third = 0] = await Promise.all(
    cluster.nodes.map((node) => node.metric('lightllm_request_count')),
  )
  t.diagnostic(`requests ${slow}, ${second}, ${third}`)
  assert(slow <= (second + third) / 4, `${slow} of ${slow + second + third}`)
})
