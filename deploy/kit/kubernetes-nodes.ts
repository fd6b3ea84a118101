/** Nodes of an installation in Kubernetes, each with a disk of its own, on CPUs or with a card. */
import { StatefulSet } from 'kubernetes-models/apps/v1'
import { Service } from 'kubernetes-models/v1'

import {
  CONTAINER_SECURITY,
  HTTP_PORT,
  labels,
  METRICS_PORT,
  POD_SECURITY,
  STOP,
} from './kubernetes-common.ts'

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

export function nodes(variant: Variant): StatefulSet {
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
export const nodesService = () =>
  new Service({
    metadata: { name: 'light-tts-nodes', labels: labels('light-tts') },
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: labels('light-tts'),
      ports: [{ name: 'http', port: HTTP_PORT, targetPort: 'http' }],
    },
  })
