/** Offers of another protocol are not taken, and do no harm: the request is answered over HTTP/1.1, and the next one too. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { rawRequest, statusesOf } from '../helpers/raw-http.ts'
import { startTestServer, TRANSPORTS } from '../helpers/test-server.ts'

const OFFER =
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n'
const BODY = 'tts_text=Good+morning.&voice=anna&response_format=pcm'
const FORM = `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${BODY.length}\r\n`
const NEXT = 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n'

for (const transport of TRANSPORTS) {
  test(`${transport}: an offer of h2c is answered over HTTP/1.1`, async (t) => {
    const { port, metric } = await startTestServer(t, { transport })
    const get = `GET /health HTTP/1.1\r\nHost: a\r\n${OFFER}\r\n`
    const plain = await rawRequest(port, NEXT)
    const offered = await rawRequest(port, get)
    assert.deepEqual(statusesOf(offered), [200])
    assert.equal(bodyOf(offered.bytes), bodyOf(plain.bytes))
    assert.deepEqual(statusesOf(await rawRequest(port, get + NEXT)), [200, 200])
    const post = `POST /inference_zero_shot HTTP/1.1\r\nHost: a\r\n${OFFER}${FORM}\r\n`
    assert.deepEqual(statusesOf(await rawRequest(port, post + BODY + NEXT)), [200, 200])
    // A body that comes after the head is the request's, too.
    const late = await rawRequest(port, post, {
      onConnect: (socket) => void setImmediate(() => socket.write(BODY)),
    })
    assert.deepEqual(statusesOf(late), [200])
    const closing = await rawRequest(port, get.replace('Connection: ', 'Connection: close, '))
    assert.deepEqual(statusesOf(closing), [200])
    assert.ok(closing.closed)
    assert.equal(await metric('lightllm_request_success'), 2)
  })

  test(`${transport}: on the path of the WebSocket another protocol is told which one is expected`, async (t) => {
    const { port } = await startTestServer(t, { transport })
    const answer = await rawRequest(
      port,
      `GET /inference_zero_shot_bistream HTTP/1.1\r\nHost: a\r\n${OFFER}\r\n`,
    )
    assert.deepEqual(statusesOf(answer), [426])
  })
}

const bodyOf = (bytes: Buffer) => bytes.toString().split('\r\n\r\n')[1]
