/** Whose request it is, behind one proxy, behind two, and where a client writes the header itself. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { clientAddress, matchSubnets } from '../../src/server/requests/client-address.ts'
import type { RequestHead } from '../../src/server/transport/transport.ts'

const isTrusted = matchSubnets(['10.0.0.0/8', '192.168.1.1', 'fd00::/8'])

const addressOf = (peer: string, ...forwarded: string[]) =>
  clientAddress(
    {
      peer,
      headers: forwarded.map((value) => ['x-forwarded-for', value] as const),
    } as unknown as RequestHead,
    isTrusted,
  )

it('an untrusted peer is the client, whatever it says', () => {
  assert.equal(addressOf('203.0.113.9'), '203.0.113.9')
  assert.equal(addressOf('203.0.113.9', '198.51.100.1'), '203.0.113.9')
  assert.equal(addressOf('203.0.113.9', '10.0.0.1, 10.0.0.2'), '203.0.113.9')
})

it('behind one trusted proxy the client is the address that this proxy wrote', () => {
  assert.equal(addressOf('10.0.0.1', '203.0.113.9'), '203.0.113.9')
  assert.equal(addressOf('10.0.0.1', '198.51.100.1, 203.0.113.9'), '203.0.113.9')
  assert.equal(addressOf('10.0.0.1', '198.51.100.1', '203.0.113.9'), '203.0.113.9')
})

it('behind two the header is read through the trusted hop, and no further than the first that is not', () => {
  assert.equal(addressOf('10.0.0.1', '203.0.113.9, 192.168.1.1'), '203.0.113.9')
  assert.equal(addressOf('10.0.0.1', '203.0.113.9', '192.168.1.1'), '203.0.113.9')
  // What the client wrote itself stands left of its own address, and looks like a trusted chain.
  assert.equal(addressOf('10.0.0.1', '198.51.100.1, 10.0.0.7, 203.0.113.9, 192.168.1.1'), '203.0.113.9')
  assert.equal(addressOf('fd00::1', '198.51.100.1, 203.0.113.9, fd00::2'), '203.0.113.9')
})

it('all hops trusted: the outermost; none or no address: the last that is known', () => {
  assert.equal(addressOf('10.0.0.1', '10.0.0.3, 10.0.0.2'), '10.0.0.3')
  assert.equal(addressOf('10.0.0.1'), '10.0.0.1')
  assert.equal(addressOf('10.0.0.1', 'unknown, 10.0.0.2'), '10.0.0.2')
})
