/** What can be read from the example for Envoy: the same nodes, checks and bounds as HAProxy's, and the server's own limits. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load-config.ts'
import { repoRoot } from '../helpers/paths.ts'

const read = (name: string) => readFileSync(join(repoRoot, 'deploy', name), 'utf8')
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1]!)

it('the example for Envoy is YAML and agrees with haproxy.cfg and with the settings', () => {
  const envoy = read('envoy.yaml')
  const haproxy = read('haproxy.cfg')
  parse(envoy)
  assert.deepEqual(all(envoy, /address: (10\.\S+),/g), [
    ...new Set(all(haproxy, /server \S+ (10\.[\d.]+):/g)),
  ])
  const perNode = all(haproxy, /maxconn (\d+)/g).map(Number)
  const together = perNode.reduce((sum, count) => sum + count, 0)
  assert.deepEqual(all(envoy, /max_(?:requests|connections): (\d+)/g).map(Number), [together, together])
  assert(haproxy.includes('GET /readiness') && envoy.includes('path: /readiness'))
  const { server } = loadConfig({})
  const longest = Math.max(server.requestTimeoutMs, server.writeStallMs)
  for (const seconds of [
    ...all(envoy, /stream_idle_timeout: (\d+)s/g),
    ...all(haproxy, /timeout (?:server|client) (\d+)s/g),
  ])
    assert(Number(seconds) * 1000 > longest, `${seconds} s is shorter than what the node itself waits`)
})
