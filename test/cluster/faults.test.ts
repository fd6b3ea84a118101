/** What users notice when one of three nodes behind the shipped HAProxy is told to stop, dies or hangs. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import test from 'node:test'
import { skipWithout } from '../helpers/required-tools.ts'
import { until } from '../helpers/until.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { type Heard, isWhole, type Listener, listen, listenOverSocket, looksWhole } from './listeners.ts'

/** Five seconds of streaming at the nodes' pace: on a busy machine the last of many begins while the first is still heard. */
const LONG_TEXT = 'a'.repeat(250)
const SHORT_TEXT = 'b'.repeat(10)
/** Beyond the pass line of 1.5 s, for busy machines: the node's checks are what takes the time. */
const CUT_WITHIN_MS = 4000

/** Streams on every node, all begun: 12 over HTTP and 6 over sockets. */
async function beginStreams({ url }: Cluster): Promise<Listener[]> {
  const streams = [
    ...Array.from({ length: 12 }, () => listen(url, LONG_TEXT)),
    ...Array.from({ length: 6 }, () => listenOverSocket(url, LONG_TEXT)),
  ]
  await Promise.all(streams.map(({ begun }) => begun))
  return streams
}

/** Asks ten times a second until told to stop. */
function keepAsking(url: string): { stop(): Promise<Heard[]> } {
  const asked: Listener[] = []
  const timer = setInterval(() => asked.push(listen(url, SHORT_TEXT)), 100)
  return {
    stop: async () => {
      clearInterval(timer)
      return await Promise.all(asked.map(({ heard }) => heard))
    },
  }
}

const heardBy = async (streams: readonly Listener[]) => await Promise.all(streams.map(({ heard }) => heard))
const activeOn = async (cluster: Cluster) =>
  await Promise.all(cluster.nodes.map((node) => node.metric('light_tts_requests_active')))

const skip = skipWithout('haproxy')

test('three nodes behind HAProxy as it is shipped', { skip }, async (t) => {
  const cluster = await startCluster(t, { script: { chunkMs: 40 }, set: ['server.drainNoticeMs=1500'] })
  const mend = async () => {
    await cluster.nodes[0]!.restart()
    await cluster.untilStates('UP L7OK', 'UP L7OK', 'UP L7OK')
  }

  await t.test('thirty requests at once are spread evenly over three nodes', async () => {
    const streams = Array.from({ length: 30 }, () => listen(cluster.url, LONG_TEXT))
    await Promise.all(streams.map(({ begun }) => begun))
    const active = await activeOn(cluster)
    assert(
      active.every((count) => count >= 9 && count <= 11),
      `spread ${active}`,
    )
    assert((await heardBy(streams)).every(isWhole))
  })

  await t.test(
    'B13 a node that is told to stop loses none of its streams and none of the new ones',
    async () => {
      const streams = await beginStreams(cluster)
      const asking = keepAsking(cluster.url)
      cluster.nodes[0]!.process.kill('SIGTERM')
      await cluster.untilStates('NOLB L7OKC', 'UP L7OK', 'UP L7OK')
      await once(cluster.nodes[0]!.process, 'exit')
      assert.equal(cluster.nodes[0]!.process.exitCode, 0)
      const lost = [...(await heardBy(streams)), ...(await asking.stop())].filter((each) => !isWhole(each))
      assert.deepEqual(lost, [])
      await mend()
    },
  )

  await t.test(
    'B13 a node that is killed loses its own streams, visibly, and nothing that comes later',
    async () => {
      const streams = await beginStreams(cluster)
      const [mine = 0] = await activeOn(cluster)
      cluster.nodes[0]!.process.kill('SIGKILL')
      await once(cluster.nodes[0]!.process, 'exit')
      const asking = keepAsking(cluster.url)
      const heard = await heardBy(streams)
      assert.equal(heard.filter((each) => !isWhole(each)).length, mine)
      assert.deepEqual(heard.filter(looksWhole), [])
      await until(async () => (await cluster.states())[0]!.startsWith('DOWN'), 'the dead node to be down')
      assert.deepEqual(
        (await asking.stop()).filter((each) => !isWhole(each)),
        [],
      )
      await mend()
    },
  )

  await t.test(
    'B13 streams of a node that hangs are cut within about a second, and others are served meanwhile',
    async (t) => {
      const streams = await beginStreams(cluster)
      const [mine = 0] = await activeOn(cluster)
      const stoppedMs = performance.now()
      cluster.nodes[0]!.process.kill('SIGSTOP')
      const asking = keepAsking(cluster.url)
      await until(async () => (await cluster.states())[0]!.startsWith('DOWN'), 'the hung node to be down')
      const heard = await heardBy(streams)
      const cut = heard.filter((each) => !isWhole(each))
      assert(cut.length > 0 && cut.length <= mine, `${cut.length} of ${mine} cut`)
      assert.deepEqual(heard.filter(looksWhole), [])
      const slowest = Math.max(...cut.map(({ endMs }) => endMs - stoppedMs))
      t.diagnostic(`cut after at most ${Math.round(slowest)} ms`)
      assert(slowest < CUT_WITHIN_MS, `cut after ${slowest} ms`)
      const asked = await asking.stop()
      // Those that were on their way to it: cut, or served by another at the second try.
      assert(asked.filter((each) => !isWhole(each)).length <= 1 + asked.length / 3)
      cluster.nodes[0]!.process.kill('SIGCONT')
      await cluster.untilStates('UP L7OK', 'UP L7OK', 'UP L7OK')
      assert.ok(isWhole(await listen(cluster.url, SHORT_TEXT).heard))
    },
  )
})
