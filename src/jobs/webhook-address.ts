/**
 * Which addresses a webhook may reach. A client names the address. Without this rule it could make the server ask what
 * the server's own network alone reaches: other services, a cloud's metadata.
 */
import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { TtsError } from '../core/errors.ts'

const LOOKUP_LIMIT_MS = 5000

/** Everything that is not the public internet: RFC 6890 and what followed. */
const SPECIAL = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const

/** IPv6 has one public block; in it these are not, or lead to IPv4 addresses of any kind. */
const PUBLIC_V6 = ['2000::', 3] as const
const SPECIAL_V6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const

const special = new BlockList()
for (const [address, bits] of SPECIAL) special.addSubnet(address, bits, 'ipv4')
const specialV6 = new BlockList()
for (const [address, bits] of SPECIAL_V6) specialV6.addSubnet(address, bits, 'ipv6')
const publicV6 = new BlockList()
publicV6.addSubnet(...PUBLIC_V6, 'ipv6')

/** Whether an address is one of the public internet. IPv4 within IPv6 is judged as IPv4. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address)
  if (version === 4) return !special.check(address, 'ipv4')
  if (version !== 6) return false
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return isPublicAddress(mapped)
  return publicV6.check(address, 'ipv6') && !specialV6.check(address, 'ipv6')
}

/** Throws INVALID_PARAMETER for what is no address of http or https, or has a user and password in it. */
export function parseWebhook(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:'
  if (url !== undefined && isHttp && url.username === '' && url.password === '') return url
  throw new TtsError(
    'INVALID_PARAMETER',
    'Invalid parameter',
    'webhook.url: expected an http or https address without a user, got another',
  )
}

/** None where the name is known to have none. Throws DEADLINE_EXCEEDED where names cannot be looked up now. */
async function addressesOf(host: string): Promise<readonly { readonly address: string }[]> {
  const found = lookup(host, { all: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EAI_AGAIN') throw noNames(error)
    return []
  })
  // A name server that is silent is waited for by the system for half a minute and more.
  const late = new AbortController()
  const limit = pause(LOOKUP_LIMIT_MS, undefined, { signal: late.signal, ref: false }).then(
    () => Promise.reject(noNames(undefined)),
    () => [],
  )
  return await Promise.race([found, limit]).finally(() => late.abort())
}

function noNames(cause: unknown): TtsError {
  const detail = 'webhook.url: the name service of this server does not answer, so its host cannot be checked'
  const options = { retryAfterSeconds: 5, cause }
  return new TtsError('DEADLINE_EXCEEDED', 'Name service not reachable', detail, options)
}

/** One address of a host that may be called. Throws DEADLINE_EXCEEDED where names cannot be looked up. Throws INVALID_PARAMETER where it has none; `allowed` are hosts that always may. */
export async function callableAddress(url: URL, allowed: readonly string[]): Promise<string> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const found = isIP(host) > 0 ? [{ address: host }] : await addressesOf(host)
  const isAllowed = allowed.includes('*') || allowed.includes(host)
  const usable = found.find(({ address }) => isAllowed || isPublicAddress(address))
  if (usable !== undefined) return usable.address
  const detail =
    found.length === 0
      ? 'webhook.url: expected a host that can be found, got one that cannot'
      : 'webhook.url: expected a public address, got a private one; see the setting jobs.webhookHosts'
  throw new TtsError('INVALID_PARAMETER', 'Invalid parameter', detail)
}
