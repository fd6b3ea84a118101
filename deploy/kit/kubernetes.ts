/**
 * The Kubernetes objects of an installation: nodes with a disk of their own each, HAProxy before them, one Redis between
 * them, and KEDA for how many.
 */
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1'
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { ConfigMap, Secret, Service } from 'kubernetes-models/v1'
import { kubernetesHaproxy } from './haproxy.ts'
import { QUEUE_SECONDS, USED_NODES } from './queries.ts'

export const HTTP_PORT = 8080
export const METRICS_PORT = 9464
/** Longest stop: notice to balancers, running streams, lanes. In seconds. */
export const STOP = { preStop: 5, notice: 5, drain: 120, lanes: 10 } as const
const MAX_NODES = 20
/** A first start converts its model: minutes for half a billion weights. */
const START_MINUTES = 15

export type Variant = 'cpu' | 'gpu'

const VARIANTS = {
  cpu: {
    image: 'light-tts:latest',
    devices: 'cpu:4',
    requests: { cpu: '4', memory: '3Gi' },
    limits: { memory: '6Gi' },
    node: {},
  },
  // The image of deploy/Dockerfile.cuda, which has NVIDIA's libraries in it.
  gpu: {
    image: 'light-tts:cuda',
    devices: 'cuda:0',
    requests: { cpu: '4', memory: '8Gi' },
    limits: { memory: '16Gi', 'nvidia.com/gpu': '1' },
    node: {
      tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' as const, effect: 'NoSchedule' as const }],
    },
  },
}

const labels = (name: string) => ({
  'app.kubernetes.io/name': name,
  'app.kubernetes.io/part-of': 'light-tts',
})

/** No rights beyond its own files. */
const POD_SECURITY = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' as const } }
const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
}

function nodes(variant: Variant): StatefulSet {
  const { image, devices, requests, limits, node } = VARIANTS[variant]
  const set = (name: string, value: string) => ({ name: `LIGHT_TTS_${name}`, value })
  return new StatefulSet({
    metadata: { name: 'light-tts', labels: labels('light-tts') },
    spec: {
      serviceName: 'light-tts-nodes',
      replicas: 2,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels: labels('light-tts') },
      template: {
        metadata: {
          labels: labels('light-tts'),
          annotations: {
            'prometheus.io/scrape': 'true',
            'prometheus.io/port': String(METRICS_PORT),
            'prometheus.io/path': '/metrics',
          },
        },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: { ...POD_SECURITY, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
          terminationGracePeriodSeconds: STOP.preStop + STOP.notice + STOP.drain + STOP.lanes + 5,
          ...node,
          containers: [
            {
              name: 'light-tts',
              image,
              // Without the parent of `start`: the kubelet is the supervisor.
              args: ['serve'],
              ports: [
                { name: 'http', containerPort: HTTP_PORT },
                { name: 'metrics', containerPort: METRICS_PORT },
              ],
              env: [
                set('DEVICES', devices),
                set('SERVER_METRICS_PORT', String(METRICS_PORT)),
                set('SERVER_METRICS_HOST', '0.0.0.0'),
                set('SERVER_DRAIN_NOTICE_MS', String(1000 * STOP.notice)),
                set('SERVER_DRAIN_MS', String(1000 * STOP.drain)),
                set('SERVER_TRUSTED_PROXIES', '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16'),
                set('SERVER_KEYS_FILE', '/etc/light-tts/keys.yaml'),
                set('CLUSTER_REDIS', 'redis://light-tts-redis:6379'),
              ],
              resources: { requests, limits },
              startupProbe: {
                httpGet: { path: '/readiness', port: 'http' },
                periodSeconds: 5,
                failureThreshold: (START_MINUTES * 60) / 5,
              },
              readinessProbe: { httpGet: { path: '/readiness', port: 'http' }, periodSeconds: 2 },
              livenessProbe: {
                httpGet: { path: '/liveness', port: 'http' },
                periodSeconds: 10,
                timeoutSeconds: 5,
                failureThreshold: 6,
              },
              // Endpoints are told before the signal comes.
              lifecycle: { preStop: { exec: { command: ['sleep', String(STOP.preStop)] } } },
              securityContext: CONTAINER_SECURITY,
              volumeMounts: [
                { name: 'data', mountPath: '/data' },
                { name: 'tmp', mountPath: '/tmp' },
                { name: 'keys', mountPath: '/etc/light-tts', readOnly: true },
              ],
            },
          ],
          volumes: [
            { name: 'tmp', emptyDir: {} },
            { name: 'keys', secret: { secretName: 'light-tts-keys' } },
          ],
        },
      },
      // Bundles and voices outlive their pod. In a cluster every node has a copy of all voices.
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '20Gi' } } },
        },
      ],
    },
  })
}

/** Every pod by its own address, draining ones too: HAProxy asks each for its readiness. */
const nodesService = () =>
  new Service({
    metadata: { name: 'light-tts-nodes', labels: labels('light-tts') },
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: labels('light-tts'),
      ports: [{ name: 'http', port: HTTP_PORT, targetPort: 'http' }],
    },
  })

function balancer(): (ConfigMap | Deployment | Service)[] {
  const name = 'light-tts-haproxy'
  return [
    new ConfigMap({
      metadata: { name, labels: labels(name) },
      data: { 'haproxy.cfg': kubernetesHaproxy(`light-tts-nodes:${HTTP_PORT}`, MAX_NODES) },
    }),
    new Deployment({
      metadata: { name, labels: labels(name) },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels(name) },
        template: {
          metadata: { labels: labels(name) },
          spec: {
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: { ...POD_SECURITY, runAsUser: 99 },
            terminationGracePeriodSeconds: STOP.drain,
            containers: [
              {
                name: 'haproxy',
                image: 'haproxy:2.8',
                args: ['-W', '-db', '-f', '/etc/haproxy/haproxy.cfg'],
                ports: [{ name: 'http', containerPort: 8000 }],
                resources: { requests: { cpu: '500m', memory: '128Mi' }, limits: { memory: '512Mi' } },
                readinessProbe: { httpGet: { path: '/balancer', port: 'http' }, periodSeconds: 2 },
                // The image's stop signal is SIGUSR1: it ends with its last stream.
                lifecycle: { preStop: { exec: { command: ['sleep', String(STOP.preStop)] } } },
                securityContext: CONTAINER_SECURITY,
                volumeMounts: [{ name: 'config', mountPath: '/etc/haproxy', readOnly: true }],
              },
            ],
            volumes: [{ name: 'config', configMap: { name } }],
          },
        },
      },
    }),
    new Service({
      metadata: { name: 'light-tts', labels: labels(name) },
      spec: { selector: labels(name), ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    }),
  ]
}

function store(): (StatefulSet | Service)[] {
  const name = 'light-tts-redis'
  return [
    new StatefulSet({
      metadata: { name, labels: labels(name) },
      spec: {
        serviceName: name,
        replicas: 1,
        selector: { matchLabels: labels(name) },
        template: {
          metadata: { labels: labels(name) },
          spec: {
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: { ...POD_SECURITY, runAsUser: 999, fsGroup: 999 },
            containers: [
              {
                name: 'redis',
                image: 'valkey/valkey:8',
                // Voices are kept here, so nothing may be evicted.
                args: ['--appendonly', 'yes', '--maxmemory', '1gb', '--maxmemory-policy', 'noeviction'],
                ports: [{ name: 'redis', containerPort: 6379 }],
                resources: { requests: { cpu: '250m', memory: '1Gi' }, limits: { memory: '2Gi' } },
                readinessProbe: { tcpSocket: { port: 'redis' }, periodSeconds: 5 },
                securityContext: CONTAINER_SECURITY,
                volumeMounts: [{ name: 'data', mountPath: '/data' }],
              },
            ],
          },
        },
        volumeClaimTemplates: [
          {
            apiVersion: 'v1',
            kind: 'PersistentVolumeClaim',
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } } },
          },
        ],
      },
    }),
    new Service({
      metadata: { name, labels: labels(name) },
      spec: { selector: labels(name), ports: [{ name: 'redis', port: 6379, targetPort: 'redis' }] },
    }),
  ]
}

/** Who reaches whom: clients the balancer, the balancer the nodes, nodes the store; nothing else leaves a node but names. */
function policies(): NetworkPolicy[] {
  const pods = (name: string) => ({ podSelector: { matchLabels: labels(name) } })
  const names = {
    ports: [
      { protocol: 'UDP' as const, port: 53 },
      { protocol: 'TCP' as const, port: 53 },
    ],
  }
  return [
    new NetworkPolicy({
      metadata: { name: 'light-tts' },
      spec: {
        podSelector: { matchLabels: labels('light-tts') },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          { from: [pods('light-tts-haproxy')], ports: [{ port: HTTP_PORT }] },
          {
            from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
            ports: [{ port: METRICS_PORT }],
          },
        ],
        egress: [{ to: [pods('light-tts-redis')], ports: [{ port: 6379 }] }, names],
      },
    }),
    new NetworkPolicy({
      metadata: { name: 'light-tts-redis' },
      spec: {
        podSelector: { matchLabels: labels('light-tts-redis') },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: [pods('light-tts')], ports: [{ port: 6379 }] }],
      },
    }),
  ]
}

const budgets = () =>
  ['light-tts', 'light-tts-haproxy'].map(
    (name) =>
      new PodDisruptionBudget({
        metadata: { name, labels: labels(name) },
        spec: { maxUnavailable: 1, selector: { matchLabels: labels(name) } },
      }),
  )

/** As many nodes as the larger of two asks for. A node that speaks is never idle to it: streams under way count. */
const scaler = () =>
  new ScaledObject({
    metadata: { name: 'light-tts', labels: labels('light-tts') },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'light-tts' },
      minReplicaCount: 2,
      maxReplicaCount: MAX_NODES,
      pollingInterval: 15,
      cooldownPeriod: 300,
      advanced: {
        horizontalPodAutoscalerConfig: {
          behavior: {
            scaleUp: { stabilizationWindowSeconds: 15 },
            scaleDown: {
              stabilizationWindowSeconds: 300,
              policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }],
            },
          },
        },
      },
      triggers: [
        // Nodes' worth of streams, over three quarters of a node each.
        prometheus(USED_NODES, '0.75', 'AverageValue'),
        // Half a second in the queue doubles nothing yet; a second does.
        prometheus(QUEUE_SECONDS, '0.5', 'Value'),
      ],
    },
  })

function prometheus(query: string, threshold: string, metricType: 'AverageValue' | 'Value') {
  return {
    type: 'prometheus',
    metricType,
    metadata: { serverAddress: 'http://prometheus.monitoring:9090', query, threshold },
  }
}

/** Keys by hash; see docs/operations.md. This one's key is `change-me`. */
const keys = () =>
  new Secret({
    metadata: { name: 'light-tts-keys', labels: labels('light-tts') },
    stringData: {
      'keys.yaml':
        'keys:\n  - name: first\n    sha256: e2186dbdb1bb4193608605e84f33208765b5693b55edd4f730a719a100eeea6f\n',
    },
  })

/** All objects of one variant, in the order in which they are applied. */
export function kubernetesObjects(variant: Variant) {
  return [
    keys(),
    ...store(),
    nodesService(),
    nodes(variant),
    ...balancer(),
    ...policies(),
    ...budgets(),
    scaler(),
  ]
}
