/**
 * Names by which the server may be asked. A page may point a name of its own at an address that only its visitor reaches
 * (DNS rebinding): to the browser it is then a page of the server. What it cannot do is ask by another name.
 */
import { isIP } from 'node:net'
import { TtsError } from '../../core/errors.ts'
import { headerOf, type RequestHead } from '../transport/transport.ts'

/** Throws INVALID_REQUEST (421) for a name that is not listed. Addresses and localhost are nothing that a page can point elsewhere. */
export function assertHost(head: RequestHead, allowed: readonly string[]): void {
  if (allowed.length === 0) return
  const name = nameOf(headerOf(head, 'host') ?? '')
  if (name === 'localhost' || name.endsWith('.localhost') || isIP(name) !== 0) return
  if (allowed.some((each) => (each.startsWith('.') ? name.endsWith(each) : name === each))) return
  const detail = 'expected a name of server.allowedHosts, an address or localhost in Host, got another'
  throw new TtsError('INVALID_REQUEST', 'Host not allowed', detail, { status: 421 })
}

/** Without port, brackets and the root's dot. */
function nameOf(host: string): string {
  return host
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
}
