/** The check that every server test ends in is itself shown to fail. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import test from 'node:test'
import { WebSocket } from 'ws'
import { assertAtRest, startTestServer } from '../helpers/test-server.ts'

test('a planted leak of any kind fails the check that nothing is held', async (t) => {
  const started = await startTestServer(t)
  const { synthesizer, metrics, server } = started
  const plants: Record<string, () => () => void> = {
    'a slot': () => {
      synthesizer.active++
      return () => synthesizer.active--
    },
    'a place in the queue': () => {
      synthesizer.queued++
      return () => synthesizer.queued--
    },
    'a voice': () => {
      synthesizer.voicesHeld++
      return () => synthesizer.voicesHeld--
    },
    'a request never counted out': () => {
      metrics.requestCount.inc()
      return () => metrics.requestFailure.inc()
    },
  }
  for (const [name, plant] of Object.entries(plants)) {
    const giveBack = plant()
    await assert.rejects(assertAtRest(started), { message: /still held/ }, name)
    giveBack()
    await assertAtRest(started)
  }
  const socket = new WebSocket(started.wsUrl)
  await once(socket, 'open')
  assert.equal(server.counts().websockets, 1)
  await assert.rejects(assertAtRest(started), { message: /still held/ }, 'a socket')
  socket.close()
  await assertAtRest(started)
})
