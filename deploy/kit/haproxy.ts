/** The shipped HAProxy configuration with the pods of a headless service instead of fixed addresses. */
import { readFileSync } from 'node:fs'

/** `deploy/haproxy.cfg`, seen from `dist/deploy/kit`. */
const SHIPPED = new URL('../../../deploy/haproxy.cfg', import.meta.url)

/** Each backend checks its pods itself: those found by name cannot follow another backend's checks. */
export function kubernetesHaproxy(service: string, count: number): string {
  const checks = /^ {2}default-server check .*$/m
  const shipped = readFileSync(SHIPPED, 'utf8')
  const [check] = checks.exec(shipped)!
  const health = '  option httpchk GET /readiness\n  http-check expect status 200\n'
  const text = shipped
    .replace(/^#.*\n/gm, '')
    .replace(/^ {2}#.*\n/gm, '')
    .replace('bind :80', 'bind :8000\n  http-request return status 200 if { path /balancer }')
    .replace(
      /^defaults$/m,
      'resolvers kubernetes\n  parse-resolv-conf\n  hold valid 2s\n  hold obsolete 10s\ndefaults',
    )
    .replace(checks, `${check} resolvers kubernetes init-addr none`)
    .replace(/^ {2}server node1 \S+( track \S+)?(.*)$/gm, `  server-template node ${count} ${service}$2`)
    .replace(/^ {2}server node\d .*\n/gm, '')
    .replace(
      /^ {2}default-server on-marked-down shutdown-sessions$/gm,
      `${check} resolvers kubernetes init-addr none`,
    )
  // Every backend says how it checks, once.
  return text
    .split(/^(?=backend )/m)
    .map((part) =>
      part.startsWith('backend ') && !part.includes('option httpchk')
        ? part.replace('  http-check disable-on-404\n', `${health}  http-check disable-on-404\n`)
        : part,
    )
    .join('')
}
