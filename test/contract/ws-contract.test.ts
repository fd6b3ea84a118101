/** Both transports carry the same WebSocket dialogue, under back-pressure, faults and hostile frames. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { toInt16 } from '../../src/audio/pcm.ts'
import { rawRequest, statusesOf } from '../helpers/raw-http.ts'
import { openRawWebSocket, type RawWebSocket, wsFrame } from '../helpers/raw-websocket.ts'
import { scriptedSamples } from '../helpers/script.ts'
import { settledCount } from '../helpers/settled-count.ts'
import { assertAtRest, PROMPT_WAV, startTestServer, TRANSPORTS } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'

const INIT = wsFrame(
  1,
  JSON.stringify({ prompt_text: '友好自然的声音', tts_model_name: 'CosyVoice2', seed: 5 }),
)
const AUDIO = wsFrame(2, PROMPT_WAV)

function say(text: string, finish: boolean): Buffer {
  return wsFrame(1, JSON.stringify({ tts_text: text, finish }))
}

function audioOf({ frames }: RawWebSocket): Buffer {
  return Buffer.concat(frames.filter(({ opcode }) => opcode === 2).map(({ payload }) => payload))
}

function textsOf({ frames }: RawWebSocket): string[] {
  return frames.filter(({ opcode }) => opcode === 1).map(({ payload }) => payload.toString())
}

function pcmOf(samples: Float32Array): Buffer {
  return Buffer.from(toInt16(samples).buffer)
}

for (const transport of TRANSPORTS) {
  test(`${transport}: the documented dialogue gives every sample and closes with 1000`, async (t) => {
    const { port, metric } = await startTestServer(t, { transport })
    const ws = await openRawWebSocket(port)
    ws.send(Buffer.concat([INIT, AUDIO, say('你好', false), say('这是一个测试', false), say('再见', true)]))
    assert.equal(await ws.closed, 1000)
    assert.equal(ws.malformed, undefined)
    assert.deepEqual(textsOf(ws), [], 'only audio is sent unless events were asked for')
    assert.ok(audioOf(ws).equals(pcmOf(scriptedSamples('你好这是一个测试再见', 5))))
    assert.equal(await metric('lightllm_request_success'), 1)
  })

  test(`${transport}: text of another encoding is refused, a pair cut between two pieces is not`, async (t) => {
    const { port } = await startTestServer(t, { transport })
    const refused = await openRawWebSocket(port)
    refused.send(Buffer.concat([INIT, AUDIO, say('caf\ufffd', true)]))
    assert.notEqual(await refused.closed, 1000)
    assert.match(textsOf(refused).join(), /tts_text: expected text in UTF-8/)
    const ws = await openRawWebSocket(port)
    ws.send(Buffer.concat([INIT, AUDIO, say('你好\ud83d', false), say('\ude00再见', true)]))
    assert.equal(await ws.closed, 1000)
    assert.ok(audioOf(ws).equals(pcmOf(scriptedSamples('你好😀再见', 5))))
  })

  test(`${transport}: text in which nothing has a sound is refused as over HTTP, not ended in silence`, async (t) => {
    const { port, metric } = await startTestServer(t, { transport, script: { samplesPerCharacter: 0 } })
    const ws = await openRawWebSocket(port)
    ws.send(Buffer.concat([INIT, AUDIO, say('...', false), say('!?', true)]))
    assert.equal(await ws.closed, 1008)
    assert.match(textsOf(ws).join(), /expected text with letters or digits, got none.*INVALID_PARAMETER/)
    assert.equal(await metric('lightllm_request_success'), 0)
  })

  test(`${transport}: a client that waits for audio before it sends the next text is not left waiting`, async (t) => {
    const { port } = await startTestServer(t, { transport, set: ['server.wsIdleFlushMs=60'] })
    const ws = await openRawWebSocket(port)
    ws.send(Buffer.concat([INIT, AUDIO]))
    for (const [text, finish] of [
      ['你好', false],
      ['这是一个测试', false],
      ['再见', true],
    ] as const) {
      const before = audioOf(ws).length
      ws.send(say(text, finish))
      await until(() => audioOf(ws).length > before, `audio of ${text}`)
    }
    assert.equal(await ws.closed, 1000)
  })

  test(`${transport}: a peer that reads nothing pauses its speech and then gets all of it`, async (t) => {
    const script = { samplesPerCharacter: 400_000, chunkSamples: 8000 }
    const { port, synthesizer } = await startTestServer(t, { transport, script })
    const ws = await openRawWebSocket(port, { paused: true })
    ws.send(Buffer.concat([INIT, AUDIO, say('a'.repeat(8), true)]))
    const made = await settledCount(() => synthesizer.chunksMade)
    assert.ok(made < 350, `made ${made} of 400 chunks for a peer that reads nothing`)
    ws.socket.resume()
    assert.equal(await ws.closed, 1000)
    assert.equal(ws.malformed, undefined)
    assert.ok(audioOf(ws).equals(pcmOf(scriptedSamples('a'.repeat(8), 5, script))), 'no frame was dropped')
  })

  test(`${transport}: a failure sends one error frame without internals and closes with 1011`, async (t) => {
    const { port } = await startTestServer(t, { transport, script: { failAtChunk: 1 } })
    const ws = await openRawWebSocket(port)
    ws.send(Buffer.concat([INIT, AUDIO, say('你好你好', true)]))
    assert.equal(await ws.closed, 1011)
    assert.deepEqual(
      textsOf(ws).map((text) => JSON.parse(text)),
      [
        {
          message: 'Internal server error',
          detail: 'The request failed inside the server',
          error_code: 'LANE_FAILED',
        },
      ],
    )
  })

  test(`${transport}: a peer that leaves frees everything, whenever it leaves`, async (t) => {
    const started = await startTestServer(t, { transport, script: { chunkMs: 5, prepareMs: 15 } })
    const long = say('a'.repeat(300), false)
    const stages: [string, Buffer[], number][] = [
      ['before init', [], 10],
      ['after init', [INIT], 10],
      ['while the voice is prepared', [INIT, AUDIO], 5],
      ['with a voice, without text', [INIT, AUDIO], 40],
      ['between texts', [INIT, AUDIO, say('你好', false)], 40],
      ['in the middle of audio', [INIT, AUDIO, long, wsFrame(1, '{"flush":true}')], 60],
      ['after finish', [INIT, AUDIO, long, say('', true)], 60],
      ['after cancel', [INIT, AUDIO, long, wsFrame(1, '{"cancel":true}')], 40],
    ]
    for (const [name, frames, ms] of stages) {
      for (const how of ['close frame', 'no close frame', 'reset'] as const) {
        const ws = await openRawWebSocket(started.port)
        ws.send(Buffer.concat(frames))
        await new Promise((resolve) => setTimeout(resolve, ms))
        if (how === 'reset') ws.socket.resetAndDestroy()
        else if (how === 'no close frame') ws.socket.destroy()
        else {
          ws.send(wsFrame(8, Buffer.from([3, 232])))
          await ws.closed
        }
        await assertAtRest(started).catch((error: Error) => assert.fail(`${name}, ${how}: ${error.message}`))
      }
    }
  })

  test(`${transport}: the socket after the last free place is refused with 503 before the upgrade`, async (t) => {
    const started = await startTestServer(t, {
      transport,
      set: ['limits.max_websockets=100', 'limits.max_share_per_address=1'],
    })
    const { port } = started
    const sockets = await Promise.all(Array.from({ length: 100 }, () => openRawWebSocket(port)))
    assert.ok(sockets.every(({ head }) => head.startsWith('HTTP/1.1 101 ')))
    const refused = await openRawWebSocket(port)
    assert.match(refused.head, /^HTTP\/1\.1 503 Service Unavailable\r\n/)
    assert.match(refused.head, /\r\nRetry-After: \d+\r\n/)
    sockets[0]!.socket.destroy()
    await until(() => started.server.counts().websockets === 99, 'a place is given back')
    const again = await openRawWebSocket(port)
    assert.match(again.head, /^HTTP\/1\.1 101 /, 'a place that was given back is there again')
    for (const { socket } of [...sockets, refused, again]) socket.destroy()
    const race = await Promise.all(Array.from({ length: 200 }, () => openRawWebSocket(port)))
    assert.equal(
      race.filter(({ head }) => head.startsWith('HTTP/1.1 101 ')).length,
      100,
      'no race at the cap',
    )
    for (const { socket } of race) socket.destroy()
  })

  test(`${transport}: fragments and pings between them are fine, compression is not agreed on`, async (t) => {
    const started = await startTestServer(t, { transport, set: ['limits.max_file_size=100000'] })
    const { port } = started
    const ws = await openRawWebSocket(port, { headers: 'Sec-WebSocket-Extensions: permessage-deflate\r\n' })
    assert.doesNotMatch(ws.head, /extensions/i, 'no compression is agreed on')
    ws.send(wsFrame(1, '{"prompt_text":', { fin: false }))
    ws.send(wsFrame(9, 'still there?'))
    ws.send(wsFrame(0, '"x"}', { fin: true }))
    ws.send(Buffer.concat([AUDIO, say('你好', true)]))
    assert.equal(await ws.closed, 1000, 'fragments and pings between them are fine')
    assert.deepEqual(
      ws.frames.filter(({ opcode }) => opcode === 10).map(({ payload }) => payload.toString()),
      ['still there?'],
    )
  })

  test(`${transport}: pings keep a socket, and one whose peer is gone is cut`, async (t) => {
    const { port, server } = await startTestServer(t, { transport, set: ['server.wsPingMs=300'] })
    const pings = ({ frames }: RawWebSocket) => frames.filter(({ opcode }) => opcode === 9).length
    const silent = await openRawWebSocket(port)
    await until(() => server.counts().websockets === 0, 'a peer that answers no ping is gone')
    assert.ok(pings(silent) >= 2, 'a peer is asked more than once before it is taken for gone')
    const alive = await openRawWebSocket(port)
    const pong = setInterval(() => alive.send(wsFrame(10, '')), 20)
    await until(() => pings(alive) >= 5, 'five pings')
    clearInterval(pong)
    assert.equal(server.counts().websockets, 1, 'a peer that answers stays')
    alive.socket.destroy()
  })

  test(`${transport}: a WebSocket is opened on its path only, and only by a handshake`, async (t) => {
    const { port } = await startTestServer(t, { transport })
    assert.match((await openRawWebSocket(port, { path: '/health' })).head, /^HTTP\/1\.1 404 /)
    const slashed = await openRawWebSocket(port, { path: '/inference_zero_shot_bistream/' })
    assert.match(slashed.head, /^HTTP\/1\.1 101 /)
    slashed.socket.destroy()
    const plain = 'GET /inference_zero_shot_bistream HTTP/1.1\r\nHost: tts.test\r\n'
    assert.deepEqual(statusesOf(await rawRequest(port, `${plain}\r\n`)), [426])
    const badKey = `${plain}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n`
    assert.ok(statusesOf(await rawRequest(port, badKey)).every((status) => status === 400 || status === 426))
  })
}

for (const transport of TRANSPORTS) {
  test(`${transport}: sub-protocols that are none are refused like every other bad handshake`, async (t) => {
    const { port, server } = await startTestServer(t, { transport })
    for (const protocols of ['a, a', '', '(', 'foo bar', 'light-tts,']) {
      const refused = await openRawWebSocket(port, { headers: `Sec-WebSocket-Protocol: ${protocols}\r\n` })
      assert.match(
        refused.head,
        /^HTTP\/1\.1 400 [\s\S]*application\/json[\s\S]*X-Request-Id/,
        `"${protocols}"`,
      )
      await refused.closed
    }
    assert.equal(server.counts().websockets, 0)
    const offered = 'Sec-WebSocket-Protocol: bearer.a.b-c\r\nSec-WebSocket-Protocol: light-tts\r\n'
    const ws = await openRawWebSocket(port, { headers: offered })
    assert.match(ws.head, /Sec-WebSocket-Protocol: light-tts/i)
    ws.socket.destroy()
  })
}
