/** What breaks the WebSocket protocol ends in a close frame with the code that says so, and pings are bounded. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { openRawWebSocket, wsFrame } from '../helpers/raw-websocket.ts'
import { startTestServer, TRANSPORTS } from '../helpers/test-server.ts'

/** What is sent → the code of the close frame. */
const TABLE: Record<string, [frames: Buffer, code: number]> = {
  'reserved bit 1': [wsFrame(1, '{}', { rsv: 4 }), 1002],
  'reserved bit 2': [wsFrame(1, '{}', { rsv: 2 }), 1002],
  'unknown data opcode': [wsFrame(3, 'x'), 1002],
  'unknown control opcode': [wsFrame(11, 'x'), 1002],
  'unmasked text': [wsFrame(1, '{}', { mask: false }), 1002],
  'unmasked recording': [wsFrame(2, Buffer.alloc(3000), { mask: false }), 1002],
  'unmasked ping': [wsFrame(9, '', { mask: false }), 1002],
  'fragmented ping': [wsFrame(9, 'x', { fin: false }), 1002],
  'long ping': [wsFrame(9, Buffer.alloc(126)), 1002],
  'continuation of nothing': [wsFrame(0, 'x'), 1002],
  'text inside a fragmented message': [
    Buffer.concat([wsFrame(1, '{', { fin: false }), wsFrame(1, '}')]),
    1002,
  ],
  'close with half a code': [wsFrame(8, Buffer.from([3])), 1002],
  'close with a reserved code': [wsFrame(8, Buffer.from([0x03, 0xed])), 1002],
  'length with its top bit set': [Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4]), 1009],
  'length beyond the limit, announced alone': [
    Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x7f, 0, 0, 0, 1, 2, 3, 4]),
    1009,
  ],
  'message beyond the limit': [wsFrame(2, Buffer.alloc(200_000)), 1009],
  'invalid UTF-8': [wsFrame(1, Buffer.from([0xc3, 0x28])), 1007],
  'UTF-8 cut at the end': [wsFrame(1, Buffer.from([0x22, 0xe4, 0xbd])), 1007],
  'a surrogate in UTF-8': [wsFrame(1, Buffer.from([0xed, 0xa0, 0x80])), 1007],
  'close with a reason that is not UTF-8': [wsFrame(8, Buffer.from([0x03, 0xe8, 0xff])), 1007],
  'more pings than anybody needs': [Buffer.concat(Array.from({ length: 500 }, () => wsFrame(9, ''))), 1008],
  'more pongs than anybody needs': [Buffer.concat(Array.from({ length: 500 }, () => wsFrame(10, ''))), 1008],
}

for (const transport of TRANSPORTS) {
  test(`${transport}: each breach has its close code`, async (t) => {
    const { port, url } = await startTestServer(t, { transport, set: ['limits.max_file_size=100000'] })
    const wrong: string[] = []
    for (const [name, [frames, expected]] of Object.entries(TABLE)) {
      const ws = await openRawWebSocket(port)
      ws.send(frames)
      const code = await ws.closed
      if (code !== expected || ws.malformed !== undefined)
        wrong.push(`${name}: expected ${expected}, got ${code}`)
    }
    assert.deepEqual(wrong, [])
    assert.equal((await fetch(`${url}/health`)).status, 200)
  })

  test(`${transport}: a few pings are answered in order`, async (t) => {
    const { port } = await startTestServer(t, { transport })
    const ws = await openRawWebSocket(port)
    const sent = Array.from({ length: 50 }, (_, i) => `ping ${i}`)
    ws.send(Buffer.concat(sent.map((text) => wsFrame(9, text))))
    const pongs = () =>
      ws.frames.filter(({ opcode }) => opcode === 10).map(({ payload }) => payload.toString())
    for (let i = 0; i < 500 && pongs().length < 50; i++)
      await new Promise((resolve) => setTimeout(resolve, 10))
    assert.deepEqual(pongs(), sent)
    ws.send(wsFrame(8, Buffer.from([3, 232])))
    assert.equal(await ws.closed, 1000)
  })
}
