/** A peer of a WebSocket that asks and asks, and reads no answer: what waits for it is bounded. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import test from 'node:test'
import { WebSocketServer } from 'ws'
import { NodeSocket } from '../../src/server/transport/node-websocket.ts'
import type { WsClosed } from '../../src/server/transport/transport.ts'
import { openRawWebSocket } from '../helpers/raw-websocket.ts'

/** More than the kernel keeps for a connection and what may wait beside it. */
const MOST_SENDS = 4000

test('a peer that reads nothing is left once a megabyte waits for it', async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const [[ws, request], peer] = await Promise.all([
    once(server, 'connection'),
    openRawWebSocket(port, { path: '/', paused: true }),
  ])
  t.after(() => peer.socket.destroy())
  const ends: WsClosed[] = []
  const socket = new NodeSocket(ws, request.socket as Socket)
  socket.listen({
    ...{ message: () => {}, arriving: () => {}, drained: () => {}, pong: () => {} },
    closed: (how) => ends.push(how),
  })
  const answer = 'a'.repeat(8192)
  let most = 0
  for (let i = 0; i < MOST_SENDS && !socket.closed; i++) {
    socket.send(answer)
    most = Math.max(most, socket.bufferedBytes)
    await new Promise(setImmediate)
  }
  assert.equal(socket.closed, true)
  assert.deepEqual(ends, [{ code: 1006, reason: '' }])
  assert(most < 2 * 1024 * 1024, `${most} bytes waited`)
})
