/** The example for Envoy: what it says beside HAProxy's configuration and the settings, and Envoy itself with it before real servers. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { it, type TestContext } from 'node:test'
import { parse } from 'yaml'
import { freePort } from '../../bench/server/free-port.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { isWhole, type Listener, listen, listenOverSocket } from '../cluster/listeners.ts'
import { repoRoot } from '../helpers/paths.ts'
import { startProxy, testFolder } from '../helpers/proxy-process.ts'
import { findProgram, skipWithout } from '../helpers/required-tools.ts'
import { startTestServer, type TestServer } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'

const SHIPPED = join(repoRoot, 'deploy', 'envoy.yaml')
const read = (name: string) => readFileSync(join(repoRoot, 'deploy', name), 'utf8')
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1]!)
const skip = skipWithout('envoy')
const TEXT = 'b'.repeat(20)

it('the example for Envoy is YAML and agrees with haproxy.cfg and with the settings', () => {
  const envoy = read('envoy.yaml')
  const haproxy = read('haproxy.cfg')
  parse(envoy)
  assert.deepEqual(all(envoy, /address: (10\.\S+),/g), [
    ...new Set(all(haproxy, /server \S+ (10\.[\d.]+):/g)),
  ])
  const perNode = all(haproxy, /maxconn (\d+)/g).map(Number)
  const together = perNode.reduce((sum, count) => sum + count, 0)
  assert.deepEqual(all(envoy, /max_(?:requests|connections|retries): (\d+)/g).map(Number), [
    together,
    together,
    together,
  ])
  assert(haproxy.includes('GET /readiness') && envoy.includes('path: /readiness'))
  const { server } = loadConfig({})
  const longest = Math.max(server.requestTimeoutMs, server.writeStallMs)
  for (const seconds of [
    ...all(envoy, /stream_idle_timeout: (\d+)s/g),
    ...all(haproxy, /timeout (?:server|client) (\d+)s/g),
  ])
    assert(Number(seconds) * 1000 > longest, `${seconds} s is shorter than what the node itself waits`)
})

it('Envoy takes the example as it is shipped, and finds nothing in it that is going away', { skip }, () => {
  const { status, stderr } = spawnSync(findProgram('envoy')!, ['--mode', 'validate', '-c', SHIPPED], {
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
  assert.doesNotMatch(stderr, /\[(?:warning|error|critical)\]/)
})

/** Envoy as shipped before these servers; resolves once it sends work to all of them. */
async function startEnvoy(t: TestContext, servers: readonly TestServer[]): Promise<string> {
  const [port, admin, folder] = [await freePort(), await freePort(), testFolder(t)]
  const here = (at: number) => `127.0.0.1, port_value: ${at}`
  const nodes = servers.map(({ port: at }) => here(at))
  const endpoint = /^ +- endpoint: .*10\.0\.0\.1(\d), port_value: 8080.*\n/gm
  const config = read('envoy.yaml')
    .replace('0.0.0.0, port_value: 80 ', `${here(port)} `)
    // On a starved machine a healthy node answers later than it allows.
    .replace('timeout: 0.4s', 'timeout: 10s')
    .replace(endpoint, (line, number: string) => {
      const node = nodes[Number(number) - 1]
      return node === undefined ? '' : line.replace(/10\.\S+ port_value: 8080/, node)
    })
  assert(!config.includes('10.0.0.') && nodes.every((node) => config.includes(node)))
  const path = join(folder, 'envoy.yaml')
  writeFileSync(path, `${config}admin: { address: { socket_address: { address: ${here(admin)} } } }\n`)
  const args = ['--base-id', String(port), '--concurrency', '1', '-l', 'error', '-c', path]
  await startProxy(t, 'envoy', args, port)
  const states = async () => await (await fetch(`http://127.0.0.1:${admin}/clusters`)).text()
  await until(
    async () => (await states()).split('::health_flags::healthy').length === servers.length + 1,
    'both to be healthy',
  )
  return `http://127.0.0.1:${port}`
}

const heardBy = async (listeners: readonly Listener[]) =>
  await Promise.all(listeners.map(({ heard }) => heard))
const areWhole = async (listeners: readonly Listener[]) =>
  assert.deepEqual(
    (await heardBy(listeners)).map(isWhole),
    listeners.map(() => true),
  )

test('behind Envoy speech passes over HTTP and WebSocket; a node that drains gets nothing new and keeps its streams', {
  skip,
}, async (t) => {
  const slow = { script: { chunkMs: 40 } }
  const [first, second] = [await startTestServer(t, slow), await startTestServer(t, slow)]
  const url = await startEnvoy(t, [first, second])
  await areWhole([listen(url, TEXT), listenOverSocket(url, TEXT)])
  const streams = Array.from({ length: 6 }, () => listen(url, 'b'.repeat(150)))
  await Promise.all(streams.map(({ begun }) => begun))
  const drained = first.server.drain()
  const before = first.synthesizer.cancelled
  // What comes to it meanwhile is refused there and sent to the other.
  await areWhole(Array.from({ length: 8 }, () => listen(url, TEXT)))
  await areWhole(streams)
  assert.equal(first.synthesizer.cancelled, before)
  await drained
})

test('behind Envoy a node without room is replaced by another', { skip }, async (t) => {
  const full = await startTestServer(t, { script: { slots: 0, queueLimit: 0 } })
  const url = await startEnvoy(t, [full, await startTestServer(t)])
  await areWhole(Array.from({ length: 8 }, () => listen(url, TEXT)))
})

test('behind Envoy what a client says of its own address does not reach the nodes', { skip }, async (t) => {
  const set = ['limits.rate_limit=3/hour', 'server.trustedProxies=127.0.0.1']
  const url = await startEnvoy(t, [await startTestServer(t, { set })])
  const statuses = []
  for (const fake of ['1.2.3.4', '5.6.7.8', '9.9.9.9', '2001:db8::1']) {
    const { status } = await listen(url, TEXT, { 'X-Forwarded-For': fake, Forwarded: `for=${fake}` }).heard
    statuses.push(status)
  }
  assert.deepEqual(statuses, [200, 200, 200, 429])
})
