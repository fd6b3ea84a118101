/** A network that falls apart: a node's, the store's, and one of two balancers. `npm run -s cluster-test`. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test from 'node:test'
import { freePort } from '../../bench/server/free-port.ts'
import { openCluster } from '../../src/cluster/cluster.ts'
import { createRateLimiter } from '../../src/server/limits/rate-limit.ts'
import { skipWithoutRedis } from '../helpers/redis-process.ts'
import { findProgram, skipWithout } from '../helpers/required-tools.ts'
import { until } from '../helpers/until.ts'
import { Cables, isApart, runApart, skipWithoutNetworks } from './apart.ts'
import { nodeStates, startCluster } from './cluster.ts'
import { isWhole, listen } from './listeners.ts'

const TEXT = 'a'.repeat(60)
const UP = ['UP L7OK', 'UP L7OK', 'UP L7OK']

if (isApart) {
  test('a node whose cable is pulled loses its own streams, visibly; the others go on, and it comes back', async (t) => {
    const cables = new Cables()
    const cluster = await startCluster(t, { home: cables, script: { chunkMs: 60 } })
    const streams = Array.from({ length: 12 }, () => listen(cluster.url, TEXT))
    await Promise.all(streams.map(({ begun }) => begun))
    const pulledMs = performance.now()
    const [home] = cluster.nodes[0]!.address.split(':') as [string]
    cables.pull(home)
    const meanwhile: ReturnType<typeof listen>[] = []
    const timer = setInterval(() => meanwhile.push(listen(cluster.url, 'Hi.')), 100)
    await until(async () => (await cluster.states())[0]!.startsWith('DOWN'), 'the balancer to notice')
    clearInterval(timer)
    const heard = await Promise.all(streams.map((stream) => stream.heard))
    const lost = heard.filter((each) => !isWhole(each))
    assert(lost.length > 0 && lost.length <= 6, `${lost.length} of 12`)
    // Each of them knows: cut, and not taken for the whole.
    for (const { complete, bytes, expected } of lost) assert(!complete && bytes < expected)
    const slowest = Math.max(...lost.map(({ endMs }) => endMs - pulledMs))
    const answers = await Promise.all(meanwhile.map((each) => each.heard))
    const failed = answers.filter((each) => !isWhole(each))
    t.diagnostic(
      `${lost.length} of 12 streams cut within ${slowest.toFixed(0)} ms; ${failed.length} of ${answers.length} new ones failed`,
    )
    assert(failed.length <= answers.length / 3, 'most of the new ones go elsewhere')
    for (const { complete, status } of failed) assert(!complete || status >= 500, String(status))
    for (let i = 0; i < 12; i++)
      assert(isWhole(await listen(cluster.url, 'Hi.').heard), 'nothing later is lost')
    cables.plug(home)
    await cluster.untilStates(...UP)
    assert(isWhole(await listen(cluster.url, TEXT).heard))
  })

  test('of two balancers one is killed: its own streams are cut, visibly; the other serves on', async (t) => {
    const cluster = await startCluster(t, { script: { chunkMs: 60 } })
    const second = await cluster.balancer()
    await until(
      async () => (await nodeStates(second.admin).catch(() => [])).join() === UP.join(),
      'the second',
    )
    const ownStreams = Array.from({ length: 6 }, () => listen(second.url, TEXT))
    const others = Array.from({ length: 6 }, () => listen(cluster.url, TEXT))
    await Promise.all([...ownStreams, ...others].map(({ begun }) => begun))
    const worker = Number(await second.worker())
    process.kill(worker, 'SIGKILL')
    second.process.kill('SIGKILL')
    const cut = await Promise.all(ownStreams.map(({ heard }) => heard))
    assert(cut.every(({ complete }) => !complete))
    assert((await Promise.all(others.map(({ heard }) => heard))).every(isWhole))
    assert(isWhole(await listen(cluster.url, TEXT).heard))
    for (const node of cluster.nodes)
      await until(
        async () => (await node.metric('light_tts_requests_active')) === 0,
        'slots to be given back',
      )
  })

  test('a store that is cut off is waited for briefly, once, and counts again when it is back', {
    skip: skipWithoutRedis,
  }, async (t) => {
    const cables = new Cables()
    const port = await freePort()
    const program = findProgram('redis-server') ?? findProgram('valkey-server')!
    const args = ['--port', String(port), '--bind', '0.0.0.0', '--protected-mode', 'no', '--save', '']
    const store = spawn('unshare', ['--net', program, ...args], { stdio: 'ignore' })
    t.after(() => store.kill('SIGKILL'))
    await once(store, 'spawn')
    const home = cables.join(store.pid!)
    const url = `redis://${home}:${port}`
    const lines: string[] = []
    const open = () => openCluster({ url, prefix: 'test', log: (_, line) => lines.push(line) })
    const [one, two] = await Promise.all([open(), open()])
    t.after(() => [one, two].map((each) => each.close()))
    await until(() => one.counts.nodes() === 2 && two.counts.nodes() === 2, 'nodes to know of each other')
    const limiter = createRateLimiter('10/hour', { shared: one.counts })
    cables.pull(home)
    const times: number[] = []
    for (let i = 0; i < 20; i++) {
      const sinceMs = performance.now()
      await limiter.consume(`key${i}`)
      times.push(performance.now() - sinceMs)
    }
    t.diagnostic(
      `first ${times[0]!.toFixed(0)} ms, the other 19 together ${sum(times.slice(1)).toFixed(0)} ms`,
    )
    // Five of ten: its part while it is alone.
    const asked = Array.from({ length: 10 }, () => limiter.consume('alone'))
    assert.equal((await Promise.allSettled(asked)).filter(({ status }) => status === 'fulfilled').length, 5)
    await until(() => lines.some((line) => line.includes('away')), 'the log to tell')
    cables.plug(home)
    const { client } = one.counts as { client: { status: string; isLate: boolean } }
    await until(() => client.status === 'ready' && !client.isLate, 'the connection to come back')
    const again = Array.from({ length: 15 }, () => limiter.consume('together'))
    assert.equal((await Promise.allSettled(again)).filter(({ status }) => status === 'fulfilled').length, 10)
  })
} else {
  const skip = skipWithoutNetworks || skipWithout('haproxy')
  test('cables that are pulled, in networks of their own', { skip }, (t) => {
    for (const line of runApart(import.meta.url).match(/^# .* ms.*$/gm) ?? []) t.diagnostic(line)
  })
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
