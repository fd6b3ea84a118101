/** Both transports answer the same bytes, and refuse the same hostile framing. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { loadUws } from '../../src/server/transport/uws-library.ts'
import { type RawAnswer, rawRequest, readChunked, statusesOf } from '../helpers/raw-http.ts'
import { startTestServer, TRANSPORTS, zeroShotForm } from '../helpers/test-server.ts'

const HOST = 'Host: tts.test\r\nX-Request-Id: contract-1\r\n'

/** A form as `fetch` would send it, with a fixed boundary. */
async function formRequest(changes: Record<string, string | Blob | null> = {}): Promise<Buffer> {
  const encoded = new Request('http://x/', { method: 'POST', body: zeroShotForm(changes) })
  const boundary = /boundary=(.*)$/.exec(encoded.headers.get('content-type') ?? '')?.[1] ?? ''
  const body = Buffer.from(
    Buffer.from(await encoded.arrayBuffer())
      .toString('latin1')
      .replaceAll(boundary, 'fixed-boundary'),
    'latin1',
  )
  const head =
    `POST /inference_zero_shot HTTP/1.1\r\n${HOST}Content-Type: multipart/form-data; boundary=fixed-boundary\r\n` +
    `Content-Length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

/** The fork for old systems writes the names of its own headers in lower case, as it must not matter. */
const WRITES_LOWER_CASE = TRANSPORTS.includes('uws') && loadUws().name === '@rjweb/uws'

/** The answer without its date. Where its chunks begin is not promised: newer versions of Node merge them. */
function masked(answer: RawAnswer): string {
  const end = answer.bytes.indexOf('\r\n\r\n') + 4
  const head = answer.bytes.toString('latin1', 0, end)
  const chunked = /transfer-encoding: chunked/i.test(head) ? readChunked(answer.bytes) : undefined
  const body = chunked?.body ?? answer.bytes.subarray(end)
  const text = `${head}${body.toString('latin1')}${chunked?.complete === false ? ' (cut)' : ''}`.replaceAll(
    /(\r\ndate): [^\r]*/gi,
    '$1: masked',
  )
  if (!WRITES_LOWER_CASE) return text
  return text.replaceAll(/\r\n(?:Date|Connection|Content-Length|Transfer-Encoding):/g, (name) =>
    name.toLowerCase(),
  )
}

test('every answer has the same bytes on both transports', async (t) => {
  const requests: Record<string, string | Buffer> = {
    health: `GET /health HTTP/1.1\r\n${HOST}\r\n`,
    'health, asked with a trailing slash': `GET /health/ HTTP/1.1\r\n${HOST}\r\n`,
    'head of health': `HEAD /health HTTP/1.1\r\n${HOST}\r\n`,
    'health, then close': `GET /health HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
    models: `GET /query_tts_model HTTP/1.1\r\n${HOST}\r\n`,
    'models by POST': `POST /query_tts_model HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`,
    'openai models': `GET /v1/models HTTP/1.1\r\n${HOST}\r\n`,
    'unknown path': `GET /nope HTTP/1.1\r\n${HOST}\r\n`,
    'health, asked in HTTP/1.0': `GET /health HTTP/1.0\r\n${HOST}\r\n`,
    'models in HTTP/1.0, kept alive': `GET /v1/models HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n\r\n`,
    'wrong method': `DELETE /inference_zero_shot HTTP/1.1\r\n${HOST}\r\n`,
    trace: `TRACE /health HTTP/1.1\r\n${HOST}\r\n`,
    'websocket path without upgrade': `GET /inference_zero_shot_bistream HTTP/1.1\r\n${HOST}\r\n`,
    'no content type': `POST /inference_zero_shot HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\nab`,
    'chunked body of the wrong type': `POST /inference_zero_shot HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n`,
    'two lengths': `POST /query_tts_model HTTP/1.1\r\n${HOST}Host: again\r\nContent-Length: 0\r\n\r\n`,
    preflight: `OPTIONS /v1/models HTTP/1.1\r\n${HOST}Origin: https://page.test\r\nAccess-Control-Request-Method: GET\r\n\r\n`,
    'a page of an allowed origin': `GET /v1/models HTTP/1.1\r\n${HOST}Origin: https://page.test\r\n\r\n`,
    'a page of another origin': `GET /v1/models HTTP/1.1\r\n${HOST}Origin: https://evil.test\r\n\r\n`,
    'speech whole': await formRequest(),
    'speech streamed': await formRequest({ stream: 'true' }),
    'speech of a missing text': await formRequest({ tts_text: null }),
    'speech too fast': await formRequest({ speed: '9' }),
    'openai speech': openAi({
      model: 'tts-1',
      input: 'Hello',
      voice: 'anna',
      response_format: 'wav',
      sample_rate: 16000,
    }),
    'openai events': openAi({
      input: 'Hi',
      voice: 'anna',
      response_format: 'pcm',
      sample_rate: 16000,
      stream_format: 'sse',
    }),
    'openai, not JSON': `POST /v1/audio/speech HTTP/1.1\r\n${HOST}Content-Length: 1\r\n\r\n{`,
    'refused upgrade':
      `GET /elsewhere HTTP/1.1\r\n${HOST}Upgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    'upgrade of an old version':
      `GET /inference_zero_shot_bistream HTTP/1.1\r\n${HOST}Upgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    'accepted upgrade':
      `GET /inference_zero_shot_bistream HTTP/1.1\r\n${HOST}Upgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Protocol: chat, light-tts\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  }
  const answers: Record<string, string>[] = []
  for (const transport of TRANSPORTS) {
    const { port } = await startTestServer(t, { transport, set: ['server.allowedOrigins=https://page.test'] })
    const seen: Record<string, string> = {}
    for (const [name, request] of Object.entries(requests)) {
      const answer = await rawRequest(port, request, { quietMs: 250 })
      assert.equal(statusesOf(answer).length, 1, `${transport}: one answer to "${name}"`)
      seen[name] = masked(answer)
    }
    answers.push(seen)
  }
  assert.match(
    answers[0]!['speech whole'] ?? '',
    /^HTTP\/1\.1 200 OK\r\nContent-Type: application\/octet-stream\r\n/,
  )
  assert.match(answers[0]!['speech whole'] ?? '', /\r\ntransfer-encoding: chunked\r\n/i)
  for (const other of answers.slice(1)) assert.deepEqual(other, answers[0])
})

function openAi(body: object): string {
  const text = JSON.stringify(body)
  return `POST /v1/audio/speech HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`
}

/** What follows each hostile head: a request that must never be answered as a second one. */
const SMUGGLED = `GET /health HTTP/1.1\r\n${HOST}\r\n`

const HOSTILE_HEADS: Record<string, string> = {
  'two equal lengths': 'Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello',
  'two different lengths': 'Content-Length: 5\r\nContent-Length: 50\r\n\r\nhello',
  'a list as length': 'Content-Length: 5, 5\r\n\r\nhello',
  'length and chunked': 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'chunked and length': 'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
  'chunked twice': 'Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n',
  'gzip and chunked': 'Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  'almost chunked': 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
  identity: 'Transfer-Encoding: identity\r\n\r\n0\r\n\r\n',
  'coding on two lines': 'Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'folded coding': 'Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n',
  'signed length': 'Content-Length: +5\r\n\r\nhello',
  'negative length': 'Content-Length: -5\r\n\r\nhello',
  'hexadecimal length': 'Content-Length: 0x5\r\n\r\nhello',
  'length beyond 2^64': 'Content-Length: 18446744073709551621\r\n\r\nhello',
  'empty length': 'Content-Length:\r\n\r\n',
  'space before the colon': 'Content-Length : 5\r\n\r\nhello',
  'NUL in a header': 'X-A: a\0b\r\nContent-Length: 0\r\n\r\n',
  'two hosts': 'Host: other\r\nContent-Length: 0\r\n\r\n',
  'a bad chunk size': 'Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n',
  'too many headers': `${Array.from({ length: 120 }, (_, i) => `X-${i}: a\r\n`).join('')}Content-Length: 0\r\n\r\n`,
  'too large headers': `${Array.from({ length: 40 }, (_, i) => `X-${i}: ${'a'.repeat(800)}\r\n`).join('')}Content-Length: 0\r\n\r\n`,
}

for (const transport of TRANSPORTS) {
  test(`${transport}: hostile framing is refused or cut, and never answered twice`, async (t) => {
    const { port } = await startTestServer(t, { transport })
    await Promise.all(
      Object.entries(HOSTILE_HEADS).map(async ([name, rest]) => {
        const answer = await rawRequest(port, `POST /query_tts_model HTTP/1.1\r\n${HOST}${rest}${SMUGGLED}`, {
          quietMs: 400,
        })
        const statuses = statusesOf(answer)
        assert.ok(statuses.length <= 1, `${name}: got ${statuses.join(' and ')}`)
        assert.ok(
          statuses.every((status) => [400, 413, 417, 431, 505].includes(status)),
          `${name}: got ${statuses.join(' and ')}`,
        )
      }),
    )
    for (const target of [
      'http://elsewhere/health',
      'elsewhere:443',
      '/health\x01',
      `/${'a'.repeat(9000)}`,
    ]) {
      const answer = await rawRequest(port, `GET ${target} HTTP/1.1\r\n${HOST}\r\n`)
      assert.ok(
        statusesOf(answer).every((status) => status >= 400),
        `${target.slice(0, 20)} is not served`,
      )
    }
    assert.deepEqual(statusesOf(await rawRequest(port, SMUGGLED)), [200], 'a good request still succeeds')
  })

  test(`${transport}: a streamed response that fails half way has no closing chunk`, async (t) => {
    const { port, metric } = await startTestServer(t, { transport, script: { failAtChunk: 3 } })
    const answer = await rawRequest(port, await formRequest({ stream: 'true' }), { quietMs: 300 })
    const { body, complete } = readChunked(answer.bytes)
    assert.equal(statusesOf(answer)[0], 200)
    assert.equal(body.length, 44 + 3 * 3200, 'what was made before the fault arrives')
    assert.ok(!complete && answer.closed, 'the response is visibly cut')
    assert.equal(await metric('light_tts_requests_total{transport="http",outcome="failed"}'), 1)
  })

  test(`${transport}: a failure before the first sample is an ordinary refusal without internals`, async (t) => {
    const { url, logs } = await startTestServer(t, { transport, script: { failAtChunk: 0 } })
    for (const stream of ['true', 'false']) {
      const response = await fetch(`${url}/inference_zero_shot`, {
        method: 'POST',
        body: zeroShotForm({ stream }),
      })
      assert.equal(response.status, 500)
      assert.deepEqual(await response.json(), {
        message: 'Internal server error',
        detail: 'The request failed inside the server',
        error_code: 'LANE_FAILED',
      })
    }
    assert.ok(JSON.stringify(logs).includes('secret: slot 7'), 'the log has what the client must not see')
  })
}
