/**
 * Messages and forms that are sent in part are held within the upload budget. They are small where no recording is due.
 */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import test from 'node:test'
import { rawRequest, statusesOf } from '../helpers/raw-http.ts'
import { openRawWebSocket, type RawWebSocket, wsFrame } from '../helpers/raw-websocket.ts'
import { startTestServer, type TestServer, TRANSPORTS } from '../helpers/test-server.ts'

const MIB = 1024 * 1024
const INIT = wsFrame(1, '{"prompt_text":"x"}')
/** A recording of 3 MiB of which the last bytes never come. */
const HALF = wsFrame(2, Buffer.alloc(3 * MIB)).subarray(0, -10)

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (holds()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.fail(what)
}

const errorsOf = (ws: RawWebSocket) =>
  ws.frames
    .filter(({ opcode }) => opcode === 1)
    .map(({ payload }) => JSON.parse(payload.toString()).error_code)

async function open(server: TestServer, frames: readonly Buffer[]): Promise<RawWebSocket> {
  const ws = await openRawWebSocket(server.port)
  ws.send(Buffer.concat(frames))
  return ws
}

for (const transport of TRANSPORTS) {
  test(`${transport}: before the first message, and where text is due, a large message is refused early`, async (t) => {
    const server = await startTestServer(t, { transport })
    for (const [name, frames] of [
      ['a recording before init', [HALF]],
      ['a long text before init', [wsFrame(1, 'a'.repeat(2 * MIB)).subarray(0, -10)]],
      [
        'a recording in fragments before init',
        Array.from({ length: 40 }, (_, i) => wsFrame(i === 0 ? 2 : 0, Buffer.alloc(20_000), { fin: false })),
      ],
      ['a second recording', [wsFrame(1, '{"voice":"anna"}'), HALF]],
    ] as const) {
      const ws = await open(server, frames)
      assert.equal(await ws.closed, 1009, name)
      assert.deepEqual(errorsOf(ws), ['FILE_TOO_LARGE'], name)
    }
    assert.equal(server.server.counts().uploadBytes, 0)
  })

  test(`${transport}: parts of recordings count in the upload budget, and what is beyond it is refused`, async (t) => {
    const server = await startTestServer(t, {
      transport,
      set: ['limits.max_upload_bytes=10MB', 'limits.max_file_size=4MB', 'limits.max_share_per_address=1'],
    })
    const held = () => server.server.counts().uploadBytes
    const sockets: RawWebSocket[] = []
    for (let i = 1; i <= 3; i++) {
      sockets.push(await open(server, [INIT, HALF]))
      await until(() => held() > i * 3 * MIB - 200_000, 'half-sent recordings are counted')
    }
    const fourth = await open(server, [INIT, HALF])
    assert.equal(await fourth.closed, 1013)
    assert.deepEqual(errorsOf(fourth), ['OVERLOADED'])
    assert.ok(held() <= 10 * MIB)
    for (const { socket } of sockets) socket.destroy()
    await until(() => held() === 0, 'what was held for those who left is given back')
  })

  test(`${transport}: one address holds no more than its share`, async (t) => {
    const server = await startTestServer(t, {
      transport,
      set: ['limits.max_upload_bytes=10MB', 'limits.max_file_size=4MB', 'limits.max_share_per_address=0.4'],
    })
    const first = await open(server, [INIT, HALF])
    await until(() => server.server.counts().uploadBytes > 3 * MIB - 200_000, 'the first is held')
    const second = await open(server, [INIT, HALF])
    assert.equal(await second.closed, 1013)
    first.socket.destroy()
  })

  test(`${transport}: a text field of a form counts as it arrives, too`, async (t) => {
    const server = await startTestServer(t, { transport })
    const socket = connect(server.port, '127.0.0.1')
    t.after(() => socket.destroy())
    socket.write(
      `${FORM}Content-Length: 9000000\r\n\r\n--b\r\nContent-Disposition: form-data; name="tts_text"\r\n\r\n`,
    )
    socket.write(Buffer.alloc(3 * MIB, 0x61))
    await until(() => server.server.counts().uploadBytes >= 3 * MIB, 'the field is counted')
    socket.destroy()
    await until(() => server.server.counts().uploadBytes === 0, 'it is given back')
  })

  test(`${transport}: a body in crumbs is refused, and so is JSON with millions of values, each for little work`, async (t) => {
    const { port } = await startTestServer(t, { transport })
    const crumbs = Buffer.from('1\r\na\r\n'.repeat(20_000))
    const values = [
      '[' + '{},'.repeat(3e6),
      '['.repeat(5e6),
      `{"a":[${'"",'.repeat(2e6)}`,
      `{"a":"${'\\"'.repeat(2e6)}"}`,
    ]
    const requests: [request: Buffer, said: RegExp][] = [
      [
        Buffer.concat([Buffer.from(`${FORM}Transfer-Encoding: chunked\r\n\r\n`), crumbs]),
        /a body in pieces of 64/,
      ],
      ...values.map((json): [Buffer, RegExp] => [post('application/json', json), /got a larger one/]),
      [post('application/x-www-form-urlencoded', 'a=b&'.repeat(1e6)), /at most 30 fields/],
      [post('application/x-www-form-urlencoded', `tts_text=${'+'.repeat(5e6)}`), /of at most 65536 bytes/],
    ]
    for (const [request, said] of requests) {
      const answer = await rawRequest(port, request)
      assert.deepEqual(statusesOf(answer), [400], String(said))
      assert.match(answer.bytes.toString('latin1'), said)
    }
  })
}

const POST = 'POST /inference_zero_shot HTTP/1.1\r\nHost: a\r\n'
const FORM = `${POST}Content-Type: multipart/form-data; boundary=b\r\n`

function post(type: string, body: string): Buffer {
  return Buffer.from(`${POST}Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
}
