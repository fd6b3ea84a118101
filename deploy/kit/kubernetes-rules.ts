/** Rules of an installation in Kubernetes: what reaches what, how many may be missing, how many there are. */
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { HTTP_PORT, labels, MAX_NODES, METRICS_PORT } from './kubernetes-common.ts'
import { QUEUE_SECONDS, USED_NODES } from './queries.ts'

/**
 * What reaches what: clients the balancer, the balancer the nodes, nodes the store. Nothing else leaves a node but
 * names.
 */
export function policies(): NetworkPolicy[] {
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

export const budgets = () =>
  ['light-tts', 'light-tts-haproxy'].map(
    (name) =>
      new PodDisruptionBudget({
        metadata: { name, labels: labels(name) },
        spec: { maxUnavailable: 1, selector: { matchLabels: labels(name) } },
      }),
  )

/** As many nodes as the larger of two asks for. A node that speaks is never idle to it: streams under way count. */
export const scaler = () =>
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
