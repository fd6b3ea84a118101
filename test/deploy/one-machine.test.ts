/** The compose file and the systemd unit: they fit the server and the other files, and leave time to drain. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load-config.ts'
import { testFolder } from '../helpers/proxy-process.ts'
import { findProgram, skipWithout } from '../helpers/required-tools.ts'
import { at, LANES_STOP_MS, run } from './kit-files.ts'

// biome-ignore lint/suspicious/noExplicitAny: objects of many kinds, looked at as they are written.
type Loose = any

it("the compose file's addresses, settings and files fit the others", () => {
  const { services, networks } = parse(readFileSync(at('compose.yaml'), 'utf8'), { merge: true })
  const haproxy = readFileSync(at('haproxy.cfg'), 'utf8')
  const nodes = Object.entries<Loose>(services).filter(([name]) => name.startsWith('node'))
  const addresses = nodes.map(([, service]) => service.networks.speech.ipv4_address)
  assert.deepEqual(addresses, [
    ...new Set([...haproxy.matchAll(/server \S+ (10\.[\d.]+):8080/g)].map(([, ip]) => ip)),
  ])
  assert.equal(networks.speech.ipam.config[0].subnet, '10.0.0.0/24')
  for (const [name, { environment, stop_grace_period, volumes }] of nodes) {
    const { server, cluster } = loadConfig({ env: environment })
    assert(
      1000 * Number.parseInt(stop_grace_period, 10) > server.drainNoticeMs + server.drainMs + LANES_STOP_MS,
    )
    assert(services[new URL(cluster.redis).hostname], cluster.redis)
    assert.deepEqual(server.trustedProxies, [services.haproxy.networks.speech.ipv4_address])
    assert.deepEqual(volumes, [`${name}:/data`])
  }
  const targets = parse(readFileSync(at('prometheus/prometheus.yml'), 'utf8')).scrape_configs[0]
    .static_configs[0].targets
  assert.deepEqual(
    targets,
    addresses.map((address) => `${address}:9464`),
  )
  for (const { volumes = [] } of Object.values<Loose>(services))
    for (const volume of volumes)
      if (volume.startsWith('./')) assert(existsSync(at(volume.split(':')[0])), volume)
})

it('the compose file is one as docker-compose reads it', { skip: skipWithout('docker-compose') }, (t) => {
  const { ok, output } = run('docker-compose', '--file', at('compose.yaml'), 'config')
  assert(ok, output)
  // As it is merged and read: three nodes with the same image.
  assert.equal(output.match(/image: light-tts$/gm)?.length, 3)
  const wrong = join(testFolder(t), 'compose.yaml')
  writeFileSync(wrong, readFileSync(at('compose.yaml'), 'utf8').replaceAll('restart:', 'restarts:'))
  assert.match(run('docker-compose', '--file', wrong, 'config', '-q').output, /Unsupported config option/)
})

it('the systemd unit is one, lets streams finish, and has no rights beyond its own folders', {
  skip: findProgram('systemd-analyze') === undefined && 'no systemd-analyze here',
}, () => {
  const { ok, output } = run('systemd-analyze', 'verify', at('light-tts.service'))
  assert(ok, output)
  const unit = readFileSync(at('light-tts.service'), 'utf8')
  const { server } = loadConfig({})
  const seconds = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])
  assert(1000 * seconds > server.drainNoticeMs + server.drainMs + LANES_STOP_MS)
  const env = Object.fromEntries(
    [...unit.matchAll(/\b(LIGHT_TTS_\w+)=(\S+)/g)].map(([, name, value]) => [name!, value]),
  )
  const { voicesDir, cacheDir, jobs } = loadConfig({ env })
  assert(voicesDir.startsWith('/var/lib/light-tts') && cacheDir.startsWith('/var/cache/light-tts'))
  assert(jobs.dir.startsWith('/var/lib/light-tts'), 'the rest of the disk is read-only')
  assert.match(unit, /^Type=notify$/m)
  assert.match(unit, /^NotifyAccess=all$/m, 'the server is a child of the command')
})
