/** Messages that are sent in part are held within the upload budget, and are small where no recording is due. */
import assert from 'node:assert/strict'
import test from 'node:test'
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
}
