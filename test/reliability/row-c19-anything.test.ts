/** C19: whole and mutated requests by HTTP and WebSocket, many at a time, from clients that leave. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import test from 'node:test'
import { mutate } from '../fuzz/mutate.ts'
import { type RawAnswer, statusesOf } from '../helpers/raw-http.ts'
import { SeededRandom } from '../helpers/seeded-random.ts'
import { PROMPT_WAV, TRANSPORTS, zeroShotForm } from '../helpers/test-server.ts'
import { ask, besieged } from './invariant.ts'

const REQUESTS = 2000
const AT_A_TIME = 100
/** Looks without an answer after which a client leaves: it sent half a request. Turns, not time: server and clients share them. */
const PATIENCE_TURNS = 20
const TURN_MS = 5

const WORDS = [
  '\r\n',
  '\r\n\r\n',
  ': ',
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Expect: 100-continue\r\n',
  'Upgrade: websocket\r\n',
  'Connection: close\r\n',
  'HTTP/1.0',
  'POST ',
  '/v1/audio/speech',
  '%2e%2e/',
  '0\r\n\r\n',
  '{"',
  'voice',
  '\x81\x05hello',
  '\x89\x00',
  '\x88\x02\x03\xe8',
]

/** Requests as well-meaning clients send them. */
async function corpus(): Promise<Buffer[]> {
  const head = (line: string, ...headers: string[]) => `${[line, 'Host: a', ...headers].join('\r\n')}\r\n\r\n`
  const post = (path: string, type: string, body: Uint8Array) =>
    Buffer.concat([
      Buffer.from(head(`POST ${path} HTTP/1.1`, `Content-Type: ${type}`, `Content-Length: ${body.length}`)),
      body,
    ])
  const json = (path: string, body: object) =>
    post(path, 'application/json', Buffer.from(JSON.stringify(body)))
  const form = new Response(zeroShotForm())
  const type = form.headers.get('content-type')!
  const bytes = Buffer.from(await form.arrayBuffer())
  const upgrade = head(
    'GET /inference_zero_shot_bistream HTTP/1.1',
    ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  )
  return [
    ...['/health', '/readiness', '/metrics', '/v1/voices', '/v1/status', '/openapi.json', '/nothing'].map(
      (path) => Buffer.from(head(`GET ${path} HTTP/1.1`)),
    ),
    Buffer.from(head('DELETE /v1/voices/bob HTTP/1.1')),
    json('/v1/audio/speech', { input: 'Hello there.', voice: 'anna' }),
    json('/v1/audio/speech', {
      input: 'Hello.',
      voice: 'anna',
      stream_format: 'sse',
      response_format: 'pcm',
    }),
    json('/v1/text/normalize', { input: '3/4 of $5.' }),
    json('/v1/dictionaries', { words: { a: 'b' } }),
    post('/inference_zero_shot', type, bytes),
    post('/v1/voices', type, bytes),
    Buffer.concat([
      Buffer.from(upgrade),
      frame(1, Buffer.from('{"prompt_text":"x"}')),
      frame(2, PROMPT_WAV),
      frame(1, Buffer.from('{"tts_text":"Hello.","finish":true}')),
    ]),
  ]
}

/** One masked frame. */
function frame(opcode: number, payload: Uint8Array): Buffer {
  const length =
    payload.length < 126 ? [0x80 | payload.length] : [0xfe, payload.length >> 8, payload.length & 255]
  return Buffer.concat([Buffer.from([0x80 | opcode, ...length, 0, 0, 0, 0]), payload])
}

/** Sends it in pieces and leaves in one of the ways that clients leave; all that came back. */
function exchange(port: number, bytes: Buffer, random: SeededRandom): Promise<RawAnswer> {
  const cut = random.below(bytes.length + 1)
  const leaving = random.below(4)
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes.subarray(0, cut))
      setImmediate(() => {
        if (leaving === 0) return void socket.resetAndDestroy()
        socket.write(bytes.subarray(cut))
        if (leaving === 1) socket.end()
      })
    })
    let turns = 0
    const patience = setInterval(() => {
      if (++turns >= PATIENCE_TURNS) socket.destroy()
    }, TURN_MS)
    socket.on('data', (piece: Buffer) => {
      parts.push(piece)
      if (leaving >= 2) socket.destroy()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearInterval(patience)
      resolve({ bytes: Buffer.concat(parts), closed: true })
    })
  })
}

for (const transport of TRANSPORTS) {
  test(`${transport}: thousands of requests, right and wrong: none is a fault of the server, and nothing stays held`, async (t) => {
    const { port, url, logs } = await besieged(t, {
      transport,
      script: { samplesPerCharacter: 80 },
      set: ['limits.max_share_per_address=1'],
    })
    const pool = await corpus()
    const random = new SeededRandom(19)
    const seen = new Map<number, number>()
    const one = async () => {
      const bytes = random.below(4) === 0 ? random.pick(pool) : mutate(pool, random, WORDS)
      const answer = await exchange(port, bytes, random)
      for (const status of statusesOf(answer)) seen.set(status, (seen.get(status) ?? 0) + 1)
      const bad = statusesOf(answer).find((status) => status >= 500 && ![501, 503, 505].includes(status))
      assert.equal(
        bad,
        undefined,
        `${JSON.stringify(bytes.toString('latin1').slice(0, 500))}: ${answer.bytes.toString('latin1', 0, 300)}`,
      )
    }
    for (let sent = 0; sent < REQUESTS; sent += AT_A_TIME) {
      await Promise.all(Array.from({ length: AT_A_TIME }, one))
      if (sent % 500 === 0) assert.equal((await ask(`${url}/health`)).status, 200)
    }
    t.diagnostic(JSON.stringify([...seen].sort(([a], [b]) => a - b)))
    assert((seen.get(200) ?? 0) > 20 && (seen.get(400) ?? 0) > 20)
    const errors = logs.filter(({ level }) => Number(level) >= 50)
    assert.deepEqual(errors.slice(0, 3), [])
    assert.equal((await ask(`${url}/inference_zero_shot`, { body: zeroShotForm() })).status, 200)
  })
}
