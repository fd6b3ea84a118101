/** The operator's files: made from their typed objects, valid by their schemas, and fitting each other and the server. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { DASHBOARD_QUERIES } from '../../deploy/kit/dashboard.ts'
import { kubernetesObjects } from '../../deploy/kit/kubernetes.ts'
import type { Variant } from '../../deploy/kit/kubernetes-nodes.ts'
import { kitFiles } from '../../deploy/kit/main.ts'
import { ALERTS } from '../../deploy/kit/rules.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { KeyRing } from '../../src/server/requests/key-ring.ts'
import type { ServerContext } from '../../src/server/requests/server-context.ts'
import { listRoutes } from '../../src/server/server.ts'
import { testFolder } from '../helpers/proxy-process.ts'
import { PYTHON, skipWithoutPython } from '../helpers/python.ts'
import { isRequired, skipWithout } from '../helpers/required-tools.ts'
import { startTestServer } from '../helpers/test-server.ts'
import { at, LANES_STOP_MS, run } from './kit-files.ts'

const VARIANTS: readonly Variant[] = ['cpu', 'gpu']
// biome-ignore lint/suspicious/noExplicitAny: objects of many kinds, looked at as they are written.
type Loose = any
const objects = (variant: Variant): Loose[] => kubernetesObjects(variant).map((object) => object.toJSON())
const podsOf = (all: Loose[]) => all.filter(({ kind }) => ['Deployment', 'StatefulSet'].includes(kind))
const includes = (labels: Loose, selector: Loose) =>
  Object.entries(selector).every(([name, value]) => labels?.[name] === value)
const node = (all: Loose[]) => podsOf(all).find(({ metadata }) => metadata.name === 'light-tts')
const envOf = (container: Loose): Record<string, string> =>
  Object.fromEntries(container.env.map(({ name, value }: Loose) => [name, value]))

/** Why Kubernetes' schemas are left out, or false. */
function skipWithoutSchemas(): string | false {
  const reason = skipWithoutPython()
  if (reason !== false || isRequired('python')) return reason
  const has = run(PYTHON, '-c', 'import kubernetes_validate').ok
  return has ? false : 'no kubernetes-validate in the Python of test/acceptance/requirements.txt'
}

it('the files in deploy/ are what their objects say; `node dist/deploy/kit/main.js` writes them', () => {
  const others = Object.entries(kitFiles()).filter(([name, text]) => readFileSync(at(name), 'utf8') !== text)
  assert.deepEqual(
    others.map(([name]) => name),
    [],
  )
})

for (const variant of VARIANTS) {
  it(`${variant}: manifests are valid, and a field that is missing is found`, () => {
    for (const object of kubernetesObjects(variant)) object.validate()
    const broken = kubernetesObjects(variant).find(({ kind }) => kind === 'StatefulSet')!
    delete (broken as Loose).spec.selector
    assert.throws(() => broken.validate())
  })

  it(`${variant}: selectors, ports, claims and targets of the manifests exist`, () => {
    const all = objects(variant)
    const pods = podsOf(all)
    for (const { spec, metadata } of pods) {
      assert(includes(spec.template.metadata.labels, spec.selector.matchLabels), metadata.name)
      const { containers, volumes = [] } = spec.template.spec
      const there = [...volumes, ...(spec.volumeClaimTemplates ?? []).map((each: Loose) => each.metadata)]
      for (const { ports, volumeMounts, readinessProbe, startupProbe, livenessProbe } of containers) {
        for (const { name } of volumeMounts)
          assert(
            there.some((volume: Loose) => volume.name === name),
            `${metadata.name}: ${name}`,
          )
        for (const probe of [readinessProbe, startupProbe, livenessProbe].filter(Boolean)) {
          const { port } = probe.httpGet ?? probe.tcpSocket
          assert(
            ports.some(({ name }: Loose) => name === port),
            `${metadata.name}: ${port}`,
          )
        }
      }
    }
    const matching = (selector: Loose) =>
      pods.filter(({ spec }) => includes(spec.template.metadata.labels, selector))
    const portsOf = (found: Loose[]) =>
      found.flatMap(({ spec }) => spec.template.spec.containers.flatMap(({ ports }: Loose) => ports))
    for (const { kind, metadata, spec } of all) {
      if (kind === 'Service') {
        const found = matching(spec.selector)
        assert.equal(found.length, 1, metadata.name)
        for (const { targetPort } of spec.ports)
          assert(
            portsOf(found).some(({ name }: Loose) => name === targetPort),
            metadata.name,
          )
      }
      if (kind === 'PodDisruptionBudget') assert.equal(matching(spec.selector.matchLabels).length, 1)
      if (kind === 'NetworkPolicy') {
        const found = matching(spec.podSelector.matchLabels)
        assert.equal(found.length, 1)
        for (const { ports } of spec.ingress)
          for (const { port } of ports)
            assert(
              portsOf(found).some(({ containerPort }: Loose) => containerPort === port),
              `${port}`,
            )
        for (const { to = [], from = [] } of [...spec.ingress, ...(spec.egress ?? [])])
          for (const { podSelector } of [...to, ...from])
            if (podSelector !== undefined) assert.equal(matching(podSelector.matchLabels).length, 1)
      }
      if (kind === 'ScaledObject')
        assert(
          all.some(
            (each) =>
              each.kind === spec.scaleTargetRef.kind && each.metadata.name === spec.scaleTargetRef.name,
          ),
        )
      if (kind === 'StatefulSet')
        assert(all.some((each) => each.kind === 'Service' && each.metadata.name === spec.serviceName))
    }
  })

  it(`${variant}: no pod has rights beyond its own files, and all of them are bounded in memory`, () => {
    for (const { spec, metadata } of podsOf(objects(variant))) {
      const { securityContext, containers, automountServiceAccountToken } = spec.template.spec
      assert.equal(automountServiceAccountToken, false)
      assert.equal(securityContext.runAsNonRoot, true)
      assert(securityContext.runAsUser > 0, metadata.name)
      assert.equal(securityContext.seccompProfile.type, 'RuntimeDefault')
      for (const { securityContext: own, resources } of containers) {
        assert.deepEqual(own, {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        })
        assert(resources.limits.memory && resources.requests.cpu)
      }
    }
  })

  it(`${variant}: probes, settings, times and disks fit the server`, () => {
    const all = objects(variant)
    const { spec } = node(all)
    const pod = spec.template.spec
    const [container] = pod.containers
    const routes = listRoutes({ config: loadConfig({}), keys: { isOpen: true } } as unknown as ServerContext)
    for (const name of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      const { path } = container[name].httpGet
      assert(
        routes.some(({ pattern, policy }) => pattern === path && policy === 'public'),
        path,
      )
    }
    const config = loadConfig({ env: envOf(container) })
    const stopMs = config.server.drainNoticeMs + config.server.drainMs + LANES_STOP_MS
    const preStopMs = 1000 * Number(container.lifecycle.preStop.exec.command[1])
    assert(1000 * pod.terminationGracePeriodSeconds > preStopMs + stopMs)
    // The balancer sees the 404 within two of its checks.
    assert(config.server.drainNoticeMs >= 1500)
    // Half a billion weights take minutes the first time.
    assert(container.startupProbe.periodSeconds * container.startupProbe.failureThreshold >= 600)
    assert.equal(Number(spec.template.metadata.annotations['prometheus.io/port']), config.server.metricsPort)
    const ports = container.ports.map(({ containerPort }: Loose) => containerPort)
    assert.deepEqual(ports, [config.server.port, config.server.metricsPort])
    const image = readFileSync(at('Dockerfile'), 'utf8')
    const claimed = container.volumeMounts.find(
      ({ name }: Loose) => name === spec.volumeClaimTemplates[0].metadata.name,
    ).mountPath
    for (const name of ['VOICES_DIR', 'JOBS_DIR', 'CACHE_DIR'])
      assert(new RegExp(`LIGHT_TTS_${name}=${claimed}/`).test(image), `${name} outlives its pod`)
    assert.match(image, /USER node/)
    const gpus = Number(container.resources.limits['nvidia.com/gpu'] ?? 0)
    assert.equal(gpus, config.devices.filter((device) => device.startsWith('cuda')).length)
    const [, redisHost, redisPort] = /^redis:\/\/([\w-]+):(\d+)$/.exec(config.cluster.redis)!
    const service = all.find(({ kind, metadata }) => kind === 'Service' && metadata.name === redisHost)
    assert.equal(service.spec.ports[0].port, Number(redisPort))
  })

  it(`${variant}: the keys of the secret are keys, and the balancer's configuration is one`, {
    skip: skipWithout('haproxy'),
  }, (t) => {
    const all = objects(variant)
    const folder = testFolder(t)
    const keys = join(folder, 'keys.yaml')
    writeFileSync(keys, all.find(({ kind }) => kind === 'Secret').stringData['keys.yaml'])
    const ring = new KeyRing([], keys, assert.fail)
    t.after(() => ring.close())
    assert.equal(ring.size, 1)
    const haproxy = join(folder, 'haproxy.cfg')
    const text = all.find(({ kind }) => kind === 'ConfigMap').data['haproxy.cfg']
    writeFileSync(haproxy, text)
    const { ok, output } = run('haproxy', '-c', '-f', haproxy)
    assert(ok, output)
    // Draining pods stay in the name, or their streams would be cut.
    const service = all.find(({ metadata }) => metadata.name === 'light-tts-nodes')
    assert.equal(service.spec.publishNotReadyAddresses, true)
    assert.equal(text.match(/server-template node \d+ light-tts-nodes:8080/g).length, 3)
  })
}

it("Kubernetes' own schemas accept the manifests and refuse an unknown field", {
  skip: skipWithoutSchemas(),
}, (t) => {
  const validate = (files: readonly string[]) =>
    run(PYTHON, '-m', 'kubernetes_validate', '--strict', '-k', '1.31', ...files)
  const core = (text: string) =>
    text
      .split('---\n')
      .filter((part) => !part.includes('kind: ScaledObject'))
      .join('---\n')
  const folder = testFolder(t)
  const files = VARIANTS.map((variant) => {
    const file = join(folder, `${variant}.yaml`)
    writeFileSync(file, core(readFileSync(at(`kubernetes/${variant}/light-tts.yaml`), 'utf8')))
    return file
  })
  const { ok, output } = validate(files)
  assert(ok, output)
  const wrong = join(folder, 'wrong.yaml')
  writeFileSync(wrong, readFileSync(files[0]!, 'utf8').replace('serviceName:', 'serviceNmae:'))
  assert(!validate([wrong]).ok)
})

it('every name that alerts, dashboard and scaler ask for is in a real scrape, with its labels', async (t) => {
  const { url } = await startTestServer(t)
  const text = await (await fetch(`${url}/metrics`)).text()
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name!, type!]))
  const triggers = VARIANTS.flatMap((variant) =>
    objects(variant)
      .filter(({ kind }) => kind === 'ScaledObject')
      .flatMap(({ spec }) => spec.triggers.map(({ metadata }: Loose) => metadata.query)),
  )
  const queries = [...ALERTS.map(({ expr }) => expr), ...DASHBOARD_QUERIES, ...triggers]
  assert(queries.length > 30)
  for (const query of queries) {
    const names = query.match(/\b(?:light_tts|lightllm|process|nodejs)_\w+/g) ?? []
    assert(names.length > 0 || query.startsWith('up{'), query)
    for (const name of names) {
      const type = types.get(name) ?? types.get(name.replace(/_bucket$/, ''))
      assert(type !== undefined, `${name} of ${query}`)
      // A rate of what may fall, or a counter without its rate, says nothing.
      const isRated = new RegExp(`(rate|increase)\\(${name}`).test(query)
      assert.equal(isRated, type !== 'gauge', `${name} is a ${type} in ${query}`)
    }
  }
})

it('alerts fire when they should and are silent when they should, by promtool', {
  skip: skipWithout('promtool'),
}, () => {
  for (const args of [
    ['check', 'rules', at('prometheus/rules.yaml')],
    ['test', 'rules', at('prometheus/rules.test.yaml')],
    ['check', 'config', at('prometheus/prometheus.yml')],
  ]) {
    const { ok, output } = run('promtool', ...args)
    assert(ok, output)
  }
})
