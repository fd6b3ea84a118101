/** The client's address behind trusted proxies (X-Forwarded-For), and the key for its rate. */
import { BlockList, isIP } from 'node:net'
import type { RequestHead } from '../transport/transport.ts'

/** Answers whether an address belongs to one of the subnets (CIDR or single addresses). */
export function matchSubnets(subnets: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [address = '', bits] = subnet.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/**
 * The client's address in canonical spelling. X-Forwarded-For is read from its right end, and only as far as the
 * addresses that wrote it are trusted: what a client puts there itself is never reached.
 */
export function clientAddress(head: RequestHead, isTrusted: (address: string) => boolean): string {
  let address = canonicalAddress(head.peer)
  if (!isTrusted(address)) return address
  const forwarded = head.headers
    .filter(([name]) => name === 'x-forwarded-for')
    .flatMap(([, value]) => value.split(','))
  for (const hop of forwarded.reverse()) {
    const next = canonicalAddress(hop.trim())
    if (isIP(next) === 0) break
    address = next
    if (!isTrusted(address)) break
  }
  return address
}

/** One spelling per address; an IPv4 address mapped into IPv6 is the IPv4 address. Other text stays as it is. */
export function canonicalAddress(text: string): string {
  const bare = text.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/%.*$/, '')
  if (isIP(bare) !== 6) return bare.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
  const groups = expandIpv6(bare)
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const [high = 0, low = 0] = groups.slice(6)
    return [high >> 8, high & 255, low >> 8, low & 255].join('.')
  }
  return groups.map((group) => group.toString(16)).join(':')
}

/** IPv4: the address. IPv6: its /64, since one subscriber has that many. */
export function rateKey(address: string): string {
  const canonical = canonicalAddress(address)
  return isIP(canonical) === 6 ? `${canonical.split(':').slice(0, 4).join(':')}::/64` : canonical
}

/** The eight groups of a valid IPv6 address. */
function expandIpv6(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  let text = address
  if (dotted !== null) {
    const [, prefix = '', a = '0', b = '0', c = '0', d = '0'] = dotted
    text = `${prefix}${((Number(a) << 8) | Number(b)).toString(16)}:${((Number(c) << 8) | Number(d)).toString(16)}`
  }
  const [left = '', right] = text.split('::')
  const head = parseGroups(left)
  const tail = right === undefined ? [] : parseGroups(right)
  const gap: number[] = right === undefined ? [] : new Array(8 - head.length - tail.length).fill(0)
  return [...head, ...gap, ...tail]
}

function parseGroups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}
