/** Row 2: messages of many sockets share a part of each turn, in order; the rest of it is for others. */
import assert from 'node:assert/strict'
import test, { it } from 'node:test'
import { WebSocket } from 'ws'
import { Inbox } from '../../src/server/transport/inbox.ts'
import { Turns } from '../../src/server/transport/turns.ts'
import { linuxOnly, longestTurn, sendFromThread } from '../helpers/main-thread-cpu.ts'
import { rawRequest, statusesOf } from '../helpers/raw-http.ts'
import { wsFrame } from '../helpers/raw-websocket.ts'
import { PROMPT_WAV, startTestServer, TRANSPORTS } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'

const SOCKETS = 24
const CONNECTIONS = 1000
const PIPELINED = 1800
const PROMISES = 20
/** As many as one read of a connection may bring. */
const MESSAGES = 2000
/** CPU ms. */
const LONGEST_TURN = 100

const handshake = Buffer.from(
  'GET /inference_zero_shot_bistream HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
)

for (const transport of TRANSPORTS) {
  test(`${transport}: tiny messages of many sockets at once hold no turn of the event loop`, {
    skip: linuxOnly,
  }, async (t) => {
    const { port, synthesizer } = await startTestServer(t, {
      transport,
      set: ['limits.max_share_per_address=1'],
    })
    const text = wsFrame(1, '{"tts_text":"a "}')
    const bytes = Buffer.concat([
      handshake,
      wsFrame(1, '{"voice":"anna"}'),
      ...Array<Buffer>(MESSAGES).fill(text),
      wsFrame(1, '{"cancel":true}'),
      wsFrame(1, '{"tts_text":"The end.","finish":true}'),
    ])
    const requests = Array.from({ length: SOCKETS }, () => ({ bytes, until: 'never' }))
    const worst = await longestTurn(sendFromThread(port, requests))
    assert.equal(synthesizer.appended.filter((piece) => piece.endsWith('The end.')).length, SOCKETS)
    assert(worst < LONGEST_TURN, `${worst} ms`)
  })

  test(`${transport}: a thousand connections with a request each at once hold no turn of the event loop`, {
    skip: linuxOnly,
  }, async (t) => {
    const { port } = await startTestServer(t, { transport })
    const bytes = Buffer.from('GET /v1/voices HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    const requests = Array.from({ length: CONNECTIONS }, () => ({ bytes, until: '"voices"' }))
    const client = sendFromThread(port, requests)
    const worst = await longestTurn(client)
    for (const answer of await client) assert.match(answer, /^HTTP\/1\.1 200 /)
    assert(worst < LONGEST_TURN, `${worst} ms`)
  })

  test(`${transport}: of thousands of requests in one packet the first are answered, then one refusal`, async (t) => {
    const { port } = await startTestServer(t, { transport })
    const bytes = Buffer.from('GET /health HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(PIPELINED))
    const answer = await rawRequest(port, bytes, { quietMs: 15_000 })
    assert.deepEqual(statusesOf(answer), [...Array<number>(64).fill(200), 503])
    assert(answer.closed)
  })

  test(`${transport}: a recording behind its first message is taken while other sockets flood`, async (t) => {
    const { port, wsUrl } = await startTestServer(t, {
      transport,
      set: ['limits.max_share_per_address=1'],
    })
    const flood = Buffer.concat([
      handshake,
      wsFrame(1, '{"voice":"anna"}'),
      ...Array<Buffer>(2 * MESSAGES).fill(wsFrame(1, '{"tts_text":"a "}')),
      wsFrame(1, '{"cancel":true,"finish":true}'),
    ])
    const floods = sendFromThread(port, Array(6).fill({ bytes: flood, until: 'never' }))
    for (let i = 0; i < 3; i++) {
      const socket = new WebSocket(wsUrl)
      const audio: number[] = []
      socket.on('message', (data: Buffer) => audio.push(data.length))
      socket.on('open', () => {
        socket.send('{"prompt_text":"Hello there."}')
        socket.send(Buffer.concat([PROMPT_WAV, Buffer.alloc(300_000)]))
        socket.send('{"tts_text":"Hello.","finish":true}')
      })
      const code = await new Promise((resolve) => socket.on('close', resolve))
      assert.equal(code, 1000)
      assert(audio.length > 0)
    }
    await floods
  })
}

/** Turns that come when they are called for, on a clock by hand. */
function byHand() {
  let nowMs = 0
  const due: (() => void)[] = []
  const turns = new Turns(
    () => nowMs,
    (work) => void due.push(work),
  )
  const log: string[] = []
  const open = (name: string, costMs: number) => {
    const inbox = new Inbox(
      {
        message: (data) => {
          nowMs += costMs
          log.push(`${name}${data[0]}`)
        },
        arriving: (bytes) => void log.push(`${name}:${bytes}`),
        pause: () => void log.push(`${name} pauses`),
        resume: () => void log.push(`${name} goes on`),
      },
      turns,
    )
    return {
      inbox,
      take: (...numbers: number[]) => numbers.map((one) => inbox.take(Uint8Array.of(one), false)),
    }
  }
  const turn = () => {
    for (const work of due.splice(0)) work()
    return log.splice(0)
  }
  return { open, turn, log }
}

it('a turn does what it has time for, the rest goes on in order, one of each socket after the other', () => {
  const { open, turn, log } = byHand()
  const [a, b] = [open('a', 4), open('b', 4)]
  a.take(1, 2, 3, 4, 5, 6)
  b.take(1, 2)
  a.inbox.arriving(7)
  assert.deepEqual(log.splice(0), ['a1', 'a2', 'a3', 'a pauses', 'b pauses'])
  assert.deepEqual(turn(), ['a4', 'b1', 'a5'])
  b.take(3)
  assert.deepEqual(turn(), ['b2', 'a goes on', 'a6', 'a:7', 'b goes on', 'b3'])
  assert.deepEqual(turn(), [])
  b.take(4)
  b.inbox.arriving(9)
  assert.deepEqual(log.splice(0), ['b4', 'b:9'])
})

it('what the promises of a piece do counts in the share of its turn', async () => {
  const turns = new Turns()
  const burn = (ms: number) => {
    for (const since = performance.now(); performance.now() - since < ms; );
  }
  /** Pieces done by turn. */
  const done: number[] = [0]
  const counter = setInterval(() => done.push(0), 0)
  turns.take(() => burn(11))
  for (let i = 0; i < PROMISES; i++) {
    turns.take(() => {
      void Promise.resolve().then(() => {
        burn(6)
        done[done.length - 1]!++
      })
    })
  }
  const sum = () => done.reduce((all, one) => all + one, 0)
  await until(() => sum() === PROMISES, 'all are done')
  clearInterval(counter)
  assert(Math.max(...done) <= 2, done.join())
})

it('what waits when its socket closes is forgotten, and others have their turns', () => {
  const { open, turn, log } = byHand()
  const [a, b] = [open('a', 20), open('b', 1)]
  a.take(1, 2, 3)
  b.take(1)
  log.length = 0
  a.inbox.stop()
  assert.deepEqual(turn(), ['b goes on', 'b1'])
  assert.deepEqual(turn(), [])
})
