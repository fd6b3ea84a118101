/** One address cannot take every WebSocket, nor hold one without beginning. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { openRawWebSocket, wsFrame } from '../helpers/raw-websocket.ts'
import { startTestServer, TRANSPORTS } from '../helpers/test-server.ts'

const OTHER = 'X-Forwarded-For: 203.0.113.9\r\n'

for (const transport of TRANSPORTS) {
  test(`${transport}: an address gets its share of sockets, others get theirs`, async (t) => {
    const { port } = await startTestServer(t, {
      transport,
      set: ['limits.max_websockets=10', 'server.trustedProxies=127.0.0.1'],
    })
    const greedy = []
    for (let i = 0; i < 10; i++) {
      greedy.push(await openRawWebSocket(port, { headers: 'X-Forwarded-For: 198.51.100.7\r\n' }))
    }
    const statuses = greedy.map(({ head }) => head.slice(9, 12))
    assert.deepEqual(statuses, [...Array(5).fill('101'), ...Array(5).fill('503')])
    for (let i = 0; i < 5; i++) {
      const ws = await openRawWebSocket(port, { headers: OTHER })
      assert.match(ws.head, /^HTTP\/1\.1 101 /)
      greedy.push(ws)
    }
    for (const { socket } of greedy) socket.destroy()
  })

  test(`${transport}: who does not begin is closed soon, pongs or not`, async (t) => {
    const { port, server } = await startTestServer(t, { transport, set: ['server.wsInitTimeoutMs=300'] })
    const silent = await openRawWebSocket(port)
    const ponging = await openRawWebSocket(port)
    const beat = setInterval(() => ponging.send(wsFrame(10, '')), 100)
    const trickling = await openRawWebSocket(port)
    trickling.send(wsFrame(1, '{"prompt_text":"x"}'))
    trickling.send(wsFrame(2, Buffer.alloc(50_000)).subarray(0, 20))
    const drip = setInterval(() => trickling.send(Buffer.alloc(1)), 20)
    assert.deepEqual(await Promise.all([silent.closed, ponging.closed, trickling.closed]), [1008, 1008, 1008])
    clearInterval(beat)
    clearInterval(drip)
    assert.equal(server.counts().websockets, 0)
  })

  test(`${transport}: who has begun keeps the socket`, async (t) => {
    const { port, server } = await startTestServer(t, { transport, set: ['server.wsInitTimeoutMs=1500'] })
    const ws = await openRawWebSocket(port)
    ws.send(wsFrame(1, '{"voice":"anna"}'))
    await new Promise((resolve) => setTimeout(resolve, 2000))
    assert.equal(server.counts().websockets, 1)
    ws.socket.destroy()
  })
}
