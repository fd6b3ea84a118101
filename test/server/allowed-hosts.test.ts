/** Names by which a server is asked: with a list no page can make the server its own by pointing its name at it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import test from 'node:test'
import { WebSocket } from 'ws'
import { rawRequest, statusesOf } from '../helpers/raw-http.ts'
import { startTestServer, TRANSPORTS } from '../helpers/test-server.ts'

const GOOD = [
  'tts.example',
  'TTS.Example:8080',
  'tts.example.',
  'a.b.inner.test',
  '127.0.0.1',
  '10.0.0.7:8080',
]
const ALWAYS = ['[::1]:8080', 'localhost', 'localhost:1', 'voice.localhost']
const FOREIGN = [
  'evil.test',
  'tts.example.evil.test',
  'eviltts.example',
  'inner.test',
  '127.0.0.1.evil.test',
  '1',
]

for (const transport of TRANSPORTS) {
  test(`${transport}: with a list other names are refused before anything is done, on every route`, async (t) => {
    const set = ['server.allowedHosts=tts.example,.inner.test']
    const { port, synthesizer } = await startTestServer(t, { transport, set })
    const ask = async (line: string, host: string) =>
      statusesOf(await rawRequest(port, `${line} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`))
    for (const host of [...GOOD, ...ALWAYS]) assert.deepEqual(await ask('GET /v1/voices', host), [200], host)
    for (const host of FOREIGN) {
      assert.deepEqual(await ask('GET /v1/voices', host), [421], host)
      assert.deepEqual(await ask('GET /health', host), [421], host)
      // Its own page, as the browser sees it.
      const own = `POST /v1/text/normalize HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://${host}\r\nContent-Length: 13\r\nConnection: close\r\n\r\n{"input":"a"}`
      assert.deepEqual(statusesOf(await rawRequest(port, own)), [421], host)
    }
    const upgraded = async (host: string) => {
      const url = `ws://127.0.0.1:${port}/inference_zero_shot_bistream`
      const socket = new WebSocket(url, { headers: { Host: host }, origin: `http://${host}` })
      const opened = once(socket, 'open').then(
        () => 101,
        (error: Error) => Number(/\d{3}/.exec(error.message)?.[0]),
      )
      const status = await opened
      socket.terminate()
      return status
    }
    assert.equal(await upgraded('tts.example'), 101)
    assert.equal(await upgraded('evil.test'), 421)
    assert.equal(synthesizer.prepared.length, 0)
  })

  test(`${transport}: without a list any name will do`, async (t) => {
    const { port } = await startTestServer(t, { transport })
    for (const host of FOREIGN) {
      const answer = await rawRequest(
        port,
        `GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      )
      assert.deepEqual(statusesOf(answer), [200], host)
    }
  })
}
