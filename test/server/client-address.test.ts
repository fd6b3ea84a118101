/** Whose request it is, behind one proxy, behind two, and where a client writes the header itself. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import {
  canonicalAddress,
  clientAddress,
  matchSubnets,
  rateKey,
} from '../../src/server/requests/client-address.ts'
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
  assert.equal(addressOf('10.0.0.1', '203.0.113.9, unknown, 10.0.0.2'), '10.0.0.2')
})

it('other headers do not tell, and a subnet is as wide as its bits say', () => {
  const head = { peer: '10.9.8.7', headers: [['forwarded', '203.0.113.9']] } as unknown as RequestHead
  assert.equal(clientAddress(head, isTrusted), '10.9.8.7')
  assert.equal(isTrusted('11.0.0.1'), false)
  assert.equal(isTrusted('fd12::1'), true)
  assert.equal(isTrusted('192.168.1.2'), false)
})

it('an address has one spelling, however it is written', () => {
  for (const [text, canonical] of [
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['::FFFF:cb00:7109', '203.0.113.9'],
    ['203.0.113.9:4711', '203.0.113.9'],
    ['[2001:db8::1]:4711', '2001:db8:0:0:0:0:0:1'],
    ['2001:DB8:0:0::1', '2001:db8:0:0:0:0:0:1'],
    ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:1'],
    ['::ffff:203.0.113.9%eth0', '203.0.113.9'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['::', '0:0:0:0:0:0:0:0'],
    ['::cb00:7109', '0:0:0:0:0:0:cb00:7109'],
    ['unknown', 'unknown'],
  ] as const)
    assert.equal(canonicalAddress(text), canonical, text)
})

it('rates are counted by address, of IPv6 by its /64', () => {
  assert.equal(rateKey('::ffff:203.0.113.9'), '203.0.113.9')
  assert.equal(rateKey('2001:db8:1:2:3::4'), rateKey('2001:db8:1:2:ffff::'))
  assert.notEqual(rateKey('2001:db8:1:2::1'), rateKey('2001:db8:1:3::1'))
})
