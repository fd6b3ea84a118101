/**
 * The Kubernetes objects of an installation: nodes with a disk of their own each, HAProxy before them, one Redis between
 * them, and KEDA for how many.
 */
import { Secret } from 'kubernetes-models/v1'

import { labels } from './kubernetes-common.ts'
import { nodes, nodesService, type Variant } from './kubernetes-nodes.ts'
import { budgets, policies, scaler } from './kubernetes-rules.ts'
import { balancer, store } from './kubernetes-services.ts'

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
