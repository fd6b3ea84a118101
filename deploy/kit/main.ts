/**
 * `node dist/deploy/kit/main.js`: writes what is made from typed objects into `deploy/`: manifests, alerts, dashboard.
 * The files are kept in the repository: using them needs no build. A test says that they are these.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { dashboard } from './dashboard.ts'
import { kubernetesObjects } from './kubernetes.ts'
import type { Variant } from './kubernetes-nodes.ts'
import { ruleFile, ruleTests } from './rules.ts'

const MADE = '# Made by `node dist/deploy/kit/main.js` from deploy/kit; change it there.\n'
const NOT_APPLIED = `${MADE}# Its schemas and how its parts fit are tested (test/deploy/kit.test.ts); it was never applied to a cluster.
# Needs KEDA, Prometheus in the namespace \`monitoring\`, and an image: docker build -f deploy/Dockerfile -t light-tts .
`

/** Kubernetes reads YAML 1.1, where `yes` without quotes is no text. */
const yaml = (value: unknown) =>
  stringify(value, { aliasDuplicateObjects: false, lineWidth: 120, version: '1.1' })
const manifests = (variant: Variant) =>
  NOT_APPLIED +
  kubernetesObjects(variant)
    .map((object) => yaml(object.toJSON()))
    .join('---\n')

/** Path under `deploy/` → content. */
export function kitFiles(): Readonly<Record<string, string>> {
  return {
    'kubernetes/cpu/light-tts.yaml': manifests('cpu'),
    'kubernetes/gpu/light-tts.yaml': manifests('gpu'),
    'prometheus/rules.yaml': MADE + yaml(ruleFile()),
    'prometheus/rules.test.yaml': `${MADE}# promtool test rules deploy/prometheus/rules.test.yaml\n${yaml(ruleTests('rules.yaml'))}`,
    'grafana/dashboards/light-tts.json': `${JSON.stringify(dashboard(), null, 2)}\n`,
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(kitFiles())) {
    const path = fileURLToPath(new URL(`../../../deploy/${name}`, import.meta.url))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    console.log(`deploy/${name}`)
  }
}
