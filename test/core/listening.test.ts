/** An address that cannot be bound is refused with what was expected of it. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:net'
import { it, type TestContext } from 'node:test'
import { listening } from '../../src/core/listening.ts'

function server(t: TestContext): Server {
  const made = createServer()
  t.after(() => made.close())
  return made
}

it('by the reason of the refusal', async (t) => {
  const first = server(t)
  await listening(first, { host: '127.0.0.1', port: 0 })
  const { port } = first.address() as { port: number }
  const refused: [string, number, RegExp][] = [
    ['127.0.0.1', port, /expected 127\.0\.0\.1:\d+ for metrics to be free, got: .*EADDRINUSE/],
    // Of a block that is kept for documentation (RFC 5737): no machine has it.
    [
      '192.0.2.7',
      0,
      /expected 192\.0\.2\.7:0 for metrics to be an address of this machine, got: .*EADDRNOTAVAIL/,
    ],
    ['no-such-host.invalid', 0, /for metrics to have a host name that resolves, got: /],
    ['2001:db8::7', 0, /expected \[2001:db8::7\]:0 for metrics to be /],
  ]
  for (const [host, at, detail] of refused)
    await assert.rejects(listening(server(t), { host, port: at }, ' for metrics'), {
      code: 'BAD_CONFIG',
      detail,
    })
})

it('a failure to accept a connection does not end the process', async (t) => {
  const open = server(t)
  await listening(open, { host: '127.0.0.1', port: 0 })
  open.emit('error', new Error('accept EMFILE'))
  open.emit('error', new Error('accept EMFILE'))
})
