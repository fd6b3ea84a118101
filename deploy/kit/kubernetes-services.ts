/** What stands around the nodes: HAProxy before them, one Redis between them. */
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1'
import { ConfigMap, Service } from 'kubernetes-models/v1'
import { kubernetesHaproxy } from './haproxy.ts'

import { CONTAINER_SECURITY, HTTP_PORT, labels, MAX_NODES, POD_SECURITY, STOP } from './kubernetes-common.ts'

export function balancer(): (ConfigMap | Deployment | Service)[] {
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

export function store(): (StatefulSet | Service)[] {
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
