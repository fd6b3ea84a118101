/** What the Kubernetes objects share: ports, times, labels, and that pods have no rights. */

export const HTTP_PORT = 8080
export const METRICS_PORT = 9464
/** Longest stop: notice to balancers, running streams, lanes. In seconds. */
export const STOP = { preStop: 5, notice: 5, drain: 120, lanes: 10 } as const
export const MAX_NODES = 20
export const labels = (name: string) => ({
  'app.kubernetes.io/name': name,
  'app.kubernetes.io/part-of': 'light-tts',
})

/** No rights beyond its own files. */
export const POD_SECURITY = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' as const } }
export const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
}
