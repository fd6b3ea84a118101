/** Connections on their way from Node's accept to uWebSockets.js: clients that leave in that moment harm nothing. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import test from 'node:test'
import { isPlainRequest } from '../../src/server/transport/plain-request.ts'
import { rawRequest, statusesOf } from '../helpers/raw-http.ts'
import { startTestServer, TRANSPORTS } from '../helpers/test-server.ts'

const GET = 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n'
const POST = 'POST /query_tts_model HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel'

for (const transport of TRANSPORTS) {
  test(`${transport}: 900 clients that send a request and leave at once`, async (t) => {
    const { port } = await startTestServer(t, { transport })
    const countDescriptors = () => readdirSync('/proc/self/fd').length
    assert.deepEqual(statusesOf(await rawRequest(port, GET)), [200])
    const before = process.platform === 'linux' ? countDescriptors() : 0
    const leave = (i: number) =>
      new Promise<void>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => {
          socket.write([GET, POST, GET.slice(0, 20)][i % 3]!, () => {
            if (i % 2 === 0) socket.resetAndDestroy()
            else socket.destroy()
          })
        })
        socket.on('error', () => {})
        socket.on('close', () => resolve())
      })
    for (let i = 0; i < 900; i += 50) await Promise.all(Array.from({ length: 50 }, (_, k) => leave(i + k)))
    // Later on a connection, and behind a request that is not answered.
    const leaveLater = (i: number) =>
      new Promise<void>((resolve) => {
        const socket = connect(port, '127.0.0.1', () => socket.write(GET))
        socket.once('data', () => {
          socket.write(['X'.repeat(9), `${POST}lo${GET}`, POST, `${GET}\r\n`][i % 4]!, () => {
            if (i % 2 === 0) socket.resetAndDestroy()
            else socket.destroy()
          })
        })
        socket.on('error', () => {})
        socket.on('close', () => resolve())
      })
    for (let i = 0; i < 400; i += 50)
      await Promise.all(Array.from({ length: 50 }, (_, k) => leaveLater(i + k)))
    assert.deepEqual(statusesOf(await rawRequest(port, GET)), [200])
    if (process.platform !== 'linux') return
    for (let i = 0; i < 300 && countDescriptors() > before; i++)
      await new Promise((ok) => setTimeout(ok, 100))
    assert.ok(countDescriptors() <= before, 'no descriptor is left behind')
  })
}

test('a server that is closed twice is closed', async (t) => {
  for (const transport of TRANSPORTS) {
    const { port, server } = await startTestServer(t, { transport })
    assert.deepEqual(statusesOf(await rawRequest(port, GET)), [200])
    await server.close()
    await server.close()
  }
})

test('only one whole ordinary request is plain', () => {
  const plain = ['', 'Content-Length: 0\r\n', 'Connection: close\r\nX-A: \r\n', 'Connection: Keep-Alive\r\n']
  for (const headers of plain)
    assert.ok(isPlainRequest(Buffer.from(`GET /a?b HTTP/1.1\r\nHost: a\r\n${headers}\r\n`)))
  assert.ok(isPlainRequest(Buffer.from(POST)), 'the rest of a body may come later')
  const odd = [
    '',
    GET.slice(0, -1),
    `${GET}${GET}`,
    `${POST}lo${GET}`,
    GET.replace('1.1', '1.0'),
    GET.replace('GET', 'BREW'),
    GET.replace('GET ', 'GET  '),
    GET.replace('/health', 'http://a/health'),
    GET.replace('Host: a', 'Host: a\r\nHost: b'),
    GET.replace('Host: a', 'X: a'),
    GET.replace('Host: a', 'Host : a'),
    GET.replace('Host: a', 'Host: a\r\n b'),
    GET.replace('Host: a', 'Host: a\nX: b'),
    GET.replace('Host: a', 'Host: a\r\nUpgrade: websocket'),
    GET.replace('Host: a', 'Host: a\r\nTransfer-Encoding: chunked'),
    GET.replace('Host: a', 'Host: a\r\nExpect: 100-continue'),
    GET.replace('Host: a', 'Host: a\r\nConnection: close, upgrade'),
    GET.replace('Host: a', 'Host: a\r\nContent-Length: 1\r\nContent-Length: 1'),
    GET.replace('Host: a', `Host: a\r\nX: ${'a'.repeat(4000)}`),
    `\r\n${GET}`,
  ]
  for (const text of odd) assert.ok(!isPlainRequest(Buffer.from(text)), JSON.stringify(text.slice(0, 60)))
})
