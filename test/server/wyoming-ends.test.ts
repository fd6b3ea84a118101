/** Connections of the Wyoming protocol that end badly: nothing of them stays. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import test from 'node:test'
import { freePort } from '../../bench/server/free-port.ts'
import { startTestServer } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'

const DESCRIBE = '{"type":"describe"}\n'

/** Both ends of connections lie in this process. */
const openSockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length

/** Sends all of it, hears why it is refused, and hangs up. */
async function refusedAfter(port: number, bytes: string): Promise<string> {
  const socket = await opened(port)
  let heard = ''
  socket.on('data', (piece) => {
    heard += piece
  })
  socket.write(bytes)
  await until(() => heard.includes('\n'), 'the refusal')
  socket.end()
  socket.destroy()
  return heard
}

async function opened(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

test('what a client sends behind a malformed event, or beyond its share, keeps no connection open', async (t) => {
  const port = await freePort()
  const { server } = await startTestServer(t, { set: [`wyoming.port=${port}`, 'limits.max_websockets=4'] })
  const before = openSockets()
  // Two are one address's share.
  for (let i = 0; i < 5; i++)
    assert.match(await refusedAfter(port, `no event\n${'more '.repeat(40_000)}`), /"error"/, `client ${i}`)
  await until(() => server.counts().websockets === 0, 'the places of malformed clients')
  const kept = [await opened(port), await opened(port)]
  await until(() => server.counts().websockets === 2, 'both places')
  for (let i = 0; i < 10; i++) assert.match(await refusedAfter(port, DESCRIBE), /OVERLOADED/)
  await until(() => openSockets() === before + 4, 'the ends of refused connections')
  for (const socket of kept) socket.destroy()
  await until(() => openSockets() === before, 'the ends of all')
})

test('a client that is hung up on, and does not hang up itself, is cut', async (t) => {
  const port = await freePort()
  const { server } = await startTestServer(t, { set: [`wyoming.port=${port}`] })
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  socket.resume()
  socket.write('no event\n')
  await once(socket, 'end')
  await until(() => server.counts().websockets === 0, 'its place')
})
