/** HTTP/1.0 on both transports: no chunks, the connection closes with the answer, and a cut never passes for an end. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import test from 'node:test'
import { rawRequest, statusesOf } from '../helpers/raw-http.ts'
import { startTestServer, TRANSPORTS, zeroShotForm } from '../helpers/test-server.ts'

async function postForm(changes: Record<string, string>, version = '1.0'): Promise<Buffer> {
  const encoded = new Request('http://x/', { method: 'POST', body: zeroShotForm(changes) })
  const body = Buffer.from(await encoded.arrayBuffer())
  const head =
    `POST /inference_zero_shot HTTP/${version}\r\nContent-Type: ${encoded.headers.get('content-type')}\r\n` +
    `Content-Length: ${body.length}\r\n${version === '1.1' ? 'Host: a\r\nConnection: close\r\n' : ''}\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

const bodyOf = (bytes: Buffer) => bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)
const headOf = (bytes: Buffer) => bytes.toString('latin1', 0, bytes.indexOf('\r\n\r\n'))

for (const transport of TRANSPORTS) {
  test(`${transport}: answers to HTTP/1.0 need no Host, have their length, and close`, async (t) => {
    const { port } = await startTestServer(t, { transport })
    for (const [request, status] of [
      ['GET /health HTTP/1.0\r\n\r\n', 200],
      ['HEAD /readiness HTTP/1.0\r\nUser-Agent: check\r\n\r\n', 200],
      ['OPTIONS /health HTTP/1.0\r\n\r\n', 405],
      ['GET /nope HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', 404],
    ] as const) {
      const answer = await rawRequest(port, request, { quietMs: 500 })
      assert.deepEqual(statusesOf(answer), [status], request)
      assert.ok(answer.closed, `${request}: the connection closes`)
      assert.doesNotMatch(headOf(answer.bytes), /transfer-encoding/i)
      assert.match(headOf(answer.bytes), /\r\nconnection: close\r\n/i)
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(headOf(answer.bytes))?.[1])
      const sent = bodyOf(answer.bytes).length
      assert.equal(sent, request.startsWith('HEAD') ? 0 : length)
    }
  })

  test(`${transport}: speech in HTTP/1.0 is the same bytes, without chunks`, async (t) => {
    const { port } = await startTestServer(t, { transport })
    for (const stream of ['true', 'false']) {
      const old = await rawRequest(port, await postForm({ stream, seed: '5', response_format: 'pcm' }), {
        quietMs: 1500,
      })
      assert.deepEqual(statusesOf(old), [200])
      assert.ok(old.closed)
      assert.doesNotMatch(headOf(old.bytes), /transfer-encoding|content-length/i)
      const form = zeroShotForm({ stream, seed: '5', response_format: 'pcm' })
      const now = await fetch(`http://127.0.0.1:${port}/inference_zero_shot`, { method: 'POST', body: form })
      assert.ok(bodyOf(old.bytes).equals(Buffer.from(await now.arrayBuffer())))
    }
  })

  test(`${transport}: speech in HTTP/1.0 that fails half way is reset, not ended`, async (t) => {
    const { port } = await startTestServer(t, { transport, script: { failAtChunk: 3 } })
    const request = await postForm({ stream: 'true' })
    const how = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(request))
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
      socket.on('end', () => resolve('ended'))
      socket.resume()
    })
    assert.equal(how, 'ECONNRESET')
  })
}
