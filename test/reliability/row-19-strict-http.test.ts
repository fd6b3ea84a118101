/** Every malformed request is answered once, with one exact status, and counted as the client's fault: on both transports. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { later, type RawAnswer, rawRequest, statusesOf } from '../helpers/raw-http.ts'
import { startTestServer, TRANSPORTS } from '../helpers/test-server.ts'

const HOST = 'Host: tts.test\r\n'
const GET = `GET /health HTTP/1.1\r\n${HOST}`
const POST = `POST /query_tts_model HTTP/1.1\r\n${HOST}`
const headers = (count: number) => Array.from({ length: count }, (_, i) => `X-${i}: a\r\n`).join('')

/** What is sent → the status of the only answer. */
const TABLE: Record<string, [request: string | Buffer, status: number]> = {
  // Lines and names
  'folded header': [`${GET}X-A: a\r\n b\r\n\r\n`, 400],
  'folded first header': [`GET /health HTTP/1.1\r\n Host: tts.test\r\n\r\n`, 400],
  'line feeds alone': [`GET /health HTTP/1.1\nHost: tts.test\n\n`, 400],
  'line feed alone after a header': [`${GET}X-A: a\nX-B: b\r\n\r\n`, 400],
  'line feed alone at the end': [`${GET}X-A: a\r\n\n`, 400],
  'carriage return alone': [`${GET}X-A: a\rX-B: b\r\n\r\n`, 400],
  'carriage returns alone': [`GET /health HTTP/1.1\rHost: tts.test\r\r`, 400],
  'blank before the colon': [`${GET}X-A : a\r\n\r\n`, 400],
  'tab before the colon': [`${GET}X-A\t: a\r\n\r\n`, 400],
  'blank in a name': [`${GET}X A: a\r\n\r\n`, 400],
  'no name': [`${GET}: a\r\n\r\n`, 400],
  'no colon': [`${GET}nothing\r\n\r\n`, 400],
  'a name beyond ASCII': [Buffer.from(`${GET}X-\xe9: a\r\n\r\n`, 'latin1'), 400],
  'NUL in a value': [`${GET}X-A: a\0b\r\n\r\n`, 400],
  'NUL in a name': [`${GET}X-\0: a\r\n\r\n`, 400],
  'control character in a value': [`${GET}X-A: a\x01b\r\n\r\n`, 400],
  'DEL in a value': [`${GET}X-A: a\x7fb\r\n\r\n`, 400],
  // Hosts
  'no Host': ['GET /health HTTP/1.1\r\n\r\n', 400],
  'two Hosts': [`${GET}Host: tts.test\r\n\r\n`, 400],
  // Sizes
  '97 headers': [`${GET}${headers(96)}\r\n`, 431],
  '96 headers': [`${GET}${headers(95)}\r\n`, 200],
  '2000 headers': [`${GET}${headers(2000)}\r\n`, 431],
  'a header of 17 KB': [`${GET}X-A: ${'a'.repeat(17_000)}\r\n\r\n`, 431],
  'a head of 100 KB': [`${GET}X-A: ${'a'.repeat(100_000)}\r\n\r\n`, 431],
  'a target of 9000 bytes': [`GET /${'a'.repeat(9000)} HTTP/1.1\r\n${HOST}\r\n`, 414],
  // The request line
  'unknown method': [`BREW /health HTTP/1.1\r\n${HOST}\r\n`, 501],
  'method in lower case': [`get /health HTTP/1.1\r\n${HOST}\r\n`, 501],
  'method with a blank before it': [` GET /health HTTP/1.1\r\n${HOST}\r\n`, 400],
  'method that no route has': [`PROPFIND /health HTTP/1.1\r\n${HOST}\r\n`, 405],
  'DELETE where there is none': [`DELETE /health HTTP/1.1\r\n${HOST}\r\n`, 405],
  TRACE: [`TRACE /health HTTP/1.1\r\n${HOST}\r\n`, 405],
  CONNECT: [`CONNECT elsewhere:443 HTTP/1.1\r\n${HOST}\r\n`, 405],
  'absolute target, which a proxy sends': [`GET http://tts.test/health HTTP/1.1\r\n${HOST}\r\n`, 200],
  'absolute target of another host': [`GET http://other.test/health HTTP/1.1\r\n${HOST}\r\n`, 400],
  'target without slash': [`GET health HTTP/1.1\r\n${HOST}\r\n`, 400],
  'no target': [`GET HTTP/1.1\r\n${HOST}\r\n`, 400],
  'blank in the target': [`GET /hea lth HTTP/1.1\r\n${HOST}\r\n`, 400],
  'blank after the version': [`GET /health HTTP/1.1 \r\n${HOST}\r\n`, 400],
  'tabs between': [`GET\t/health\tHTTP/1.1\r\n${HOST}\r\n`, 400],
  'control character in the target': [`GET /health\x01 HTTP/1.1\r\n${HOST}\r\n`, 400],
  'NUL in the target': [`GET /health\0 HTTP/1.1\r\n${HOST}\r\n`, 400],
  'bytes beyond ASCII in the target': [Buffer.from(`GET /h\xe9 HTTP/1.1\r\n${HOST}\r\n`, 'latin1'), 400],
  'no version, as HTTP/0.9': ['GET /health\r\n\r\n', 505],
  'HTTP/1.2': [`GET /health HTTP/1.2\r\n${HOST}\r\n`, 505],
  'HTTP/2.0': [`GET /health HTTP/2.0\r\n${HOST}\r\n`, 505],
  'HTTP/0.9': [`GET /health HTTP/0.9\r\n${HOST}\r\n`, 505],
  'the start of HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  'version in lower case': [`GET /health http/1.1\r\n${HOST}\r\n`, 400],
  'another protocol': [`GET /health SIP/2.0\r\n${HOST}\r\n`, 400],
  garbage: [Buffer.from([0xff, 0xfe, 0, 1, 2, 3, 13, 10, 13, 10]), 400],
  'a TLS hello': [Buffer.from('16030100c8010000c40303a1b2c3d4e5f60102', 'hex'), 400],
  'an SSH banner': ['SSH-2.0-OpenSSH_9.2\r\n', 400],
  'blank lines first': [`\r\n\r\n${GET}\r\n`, 200],
  // Framing
  'two equal lengths': [`${POST}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`, 400],
  'two lengths': [`${POST}Content-Length: 5\r\nContent-Length: 50\r\n\r\nhello`, 400],
  'a list of lengths': [`${POST}Content-Length: 5, 5\r\n\r\nhello`, 400],
  'signed length': [`${POST}Content-Length: +5\r\n\r\nhello`, 400],
  'negative length': [`${POST}Content-Length: -5\r\n\r\nhello`, 400],
  'hexadecimal length': [`${POST}Content-Length: 0x5\r\n\r\nhello`, 400],
  'length beyond 64 bits': [`${POST}Content-Length: 18446744073709551621\r\n\r\nhello`, 400],
  'empty length': [`${POST}Content-Length:\r\n\r\n`, 400],
  'length and chunked': [`${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
  'chunked and length': [`${POST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`, 400],
  'chunked twice': [`${POST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`, 400],
  'gzip and chunked': [`${POST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 400],
  'almost chunked': [`${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 400],
  identity: [`${POST}Transfer-Encoding: identity\r\n\r\n0\r\n\r\n`, 400],
  'two codings': [`${POST}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
  'folded coding': [`${POST}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`, 400],
  'chunked in HTTP/1.0': [
    `POST /query_tts_model HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  'chunk size in letters': [`${POST}Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n`, 400],
  'chunk longer than said': [`${POST}Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n`, 400],
  'unknown expectation': [`${POST}Expect: a-miracle\r\nContent-Length: 0\r\n\r\n`, 417],
  'a handshake with a body': [
    `POST /inference_zero_shot_bistream HTTP/1.1\r\n${HOST}Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 1\r\n\r\na`,
    400,
  ],
  'a handshake of HTTP/1.0': [
    `GET /inference_zero_shot_bistream HTTP/1.0\r\n${HOST}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    400,
  ],
}

/** Requests that uWebSockets.js serves when they come first on a connection. */
const ORDINARY = `GET /health HTTP/1.1\r\n${HOST}\r\n`
const HALF_BODY = `${POST}Content-Length: 5\r\n\r\nhe`

/** Every byte in a header's name, in its value and in a target → the status of the only answer. */
const BYTES = Array.from({ length: 256 }, (_, code) => code).flatMap(
  (code): [request: Buffer, status: number][] => {
    const byte = String.fromCharCode(code)
    const isToken = /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(byte)
    const close = `${HOST}Connection: close\r\n`
    const bytes = (text: string) => Buffer.from(text, 'latin1')
    return [
      [bytes(`GET /health HTTP/1.1\r\n${close}X${byte}A: a\r\n\r\n`), isToken || byte === ':' ? 200 : 400],
      [
        bytes(`GET /health HTTP/1.1\r\n${close}X-A: a${byte}b\r\n\r\n`),
        byte === '\t' || (code >= 0x20 && code !== 0x7f) ? 200 : 400,
      ],
      [bytes(`GET /health?${byte}a HTTP/1.1\r\n${close}\r\n`), code > 0x20 && code < 0x7f ? 200 : 400],
    ]
  },
)

for (const transport of TRANSPORTS) {
  test(`${transport}: any byte in a name, a value or a target has its one answer`, async (t) => {
    const { port } = await startTestServer(t, { transport })
    const wrong: string[] = []
    for (let i = 0; i < BYTES.length; i += 96) {
      await Promise.all(
        BYTES.slice(i, i + 96).map(async ([request, status]) => {
          const statuses = statusesOf(await rawRequest(port, request, { quietMs: 15_000 }))
          if (statuses.join() !== String(status))
            wrong.push(`${JSON.stringify(request.toString('latin1'))}: expected ${status}, got ${statuses}`)
        }),
      )
    }
    assert.deepEqual(wrong, [])
  })

  test(`${transport}: each malformed request has its one status, and none is a fault of the server`, async (t) => {
    const { port, metric } = await startTestServer(t, { transport })
    const wrong: string[] = []
    await Promise.all(
      Object.entries(TABLE).map(async ([name, [request, status]]) => {
        const statuses = statusesOf(await rawRequest(port, request, { quietMs: 300 }))
        if (statuses.join() !== String(status)) wrong.push(`${name}: expected ${status}, got ${statuses}`)
      }),
    )
    assert.deepEqual(wrong, [])
    assert.equal(await metric('light_tts_http_responses_total{route="other",status="5xx"}'), 0)
    assert.ok((await metric('light_tts_http_responses_total{route="malformed",status="refused"}')) > 0)
  })

  test(`${transport}: as a later request of a connection it has the same status, once`, async (t) => {
    const { port, metric } = await startTestServer(t, { transport })
    const wrong: string[] = []
    await Promise.all(
      Object.entries(TABLE).map(async ([name, [request, status]]) => {
        const statuses = statusesOf(await later(port, [ORDINARY, ORDINARY], request))
        const expected = `200,200,${status}`
        if (statuses.join() !== expected) wrong.push(`${name}: expected ${expected}, got ${statuses}`)
      }),
    )
    assert.deepEqual(wrong, [])
    assert.equal(await metric('light_tts_http_responses_total{route="other",status="5xx"}'), 0)
  })

  test(`${transport}: behind a request that is not answered it waits for its turn`, async (t) => {
    const { port } = await startTestServer(t, { transport })
    const wrong: string[] = []
    await Promise.all(
      Object.entries(TABLE).map(async ([name, [request, status]]) => {
        const behind = Buffer.concat([Buffer.from('llo'), Buffer.from(request)])
        const ways: [how: string, answers: RawAnswer][] = [
          ['late', await later(port, [], HALF_BODY, behind)],
          [
            'at once',
            await rawRequest(port, Buffer.concat([Buffer.from(HALF_BODY), behind]), { quietMs: 300 }),
          ],
          ['then', await later(port, [ORDINARY], HALF_BODY, behind)],
        ]
        for (const [how, answers] of ways) {
          const statuses = statusesOf(answers).join()
          const expected = how === 'then' ? `200,200,${status}` : `200,${status}`
          if (statuses !== expected) wrong.push(`${name}, ${how}: expected ${expected}, got ${statuses}`)
        }
      }),
    )
    assert.deepEqual(wrong, [])
  })

  test(`${transport}: behind a streamed answer it waits for the end, and both are whole`, async (t) => {
    const { port } = await startTestServer(t, { transport, script: { chunkMs: 80 } })
    const body = JSON.stringify({
      input: 'Hello.',
      voice: 'anna',
      response_format: 'pcm',
      stream_format: 'audio',
    })
    const speech = `POST /v1/audio/speech HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    for (const [behind, status] of [
      ['GET /health HTTP/1.1\r\nHost : a\r\n\r\n', 400],
      // More than is held for it.
      [`${GET}X-A: ${'a'.repeat(400_000)}\r\n\r\n`, 431],
      [`${POST}Content-Length: 400000\r\n\r\n${' '.repeat(400_000)}`, 200],
      [ORDINARY, 200],
    ] as const) {
      const answer = await later(port, [], speech, Buffer.from(behind))
      assert.deepEqual(statusesOf(answer), [200, status])
      assert.match(answer.bytes.toString('latin1'), /\r\n0\r\n\r\nHTTP\/1\.1 /)
    }
  })
}
