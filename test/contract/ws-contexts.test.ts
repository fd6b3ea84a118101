/** Several speeches at a time on one socket, and messages in frames of either kind. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { toInt16 } from '../../src/audio/pcm.ts'
import { MAX_CONTEXTS } from '../../src/server/ws/ws-contexts.ts'
import { scriptedSamples } from '../helpers/script.ts'
import {
  PROMPT_WAV,
  startTestServer,
  type TestServer,
  type TestServerOptions,
  TRANSPORTS,
} from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'

interface Event {
  readonly event?: string
  readonly error_code?: string
  readonly context_id?: string
  readonly audio?: string
}

async function open(t: TestContext, options: TestServerOptions = {}) {
  const server: TestServer = await startTestServer(t, options)
  const socket = new WebSocket(server.wsUrl)
  const events: Event[] = []
  const binary: Buffer[] = []
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) binary.push(data)
    else events.push(JSON.parse(data.toString()))
  })
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  await new Promise((resolve) => socket.on('open', resolve))
  const send = (...messages: (object | Uint8Array)[]) => {
    for (const each of messages) socket.send(each instanceof Uint8Array ? each : JSON.stringify(each))
  }
  const of = (id: string) => events.filter(({ context_id }) => context_id === id)
  const namesOf = (id: string) => [...new Set(of(id).map(({ event, error_code }) => event ?? error_code))]
  const audioOf = (id: string) => Buffer.concat(of(id).map(({ audio = '' }) => Buffer.from(audio, 'base64')))
  return { server, socket, events, binary, closed, send, of, namesOf, audioOf }
}

const INIT = { voice: 'anna', seed: 5, contexts: true }
const pcm = (text: string) => Buffer.from(toInt16(scriptedSamples(text, 5)).buffer)

for (const transport of TRANSPORTS) {
  test(`${transport}: contexts speak side by side, each with its own text, audio and end`, async (t) => {
    const { send, closed, namesOf, audioOf, binary, events, server } = await open(t, { transport })
    send(
      INIT,
      { context_id: 'a', tts_text: '你好' },
      { context_id: '小', tts_text: 'Good morning', finish: true },
      { context_id: 'a', tts_text: '再见', finish: true },
      { finish: true },
    )
    assert.equal(await closed, 1000)
    assert.equal(events[0]?.event, 'ready')
    for (const [id, text] of [
      ['a', '你好再见'],
      ['小', 'Good morning'],
    ] as const) {
      assert.deepEqual(namesOf(id), ['started', 'audio', 'done'])
      assert(audioOf(id).equals(pcm(text)), id)
    }
    assert.deepEqual(binary, [])
    assert.equal(await server.metric('lightllm_request_success'), 2)
  })

  test(`${transport}: a cancelled context goes, the others and the socket stay, its id can be used again`, async (t) => {
    const script = { chunkMs: 20, samplesPerCharacter: 4000 }
    const { send, closed, namesOf, audioOf, of, server } = await open(t, { transport, script })
    send(INIT, { context_id: 'a', tts_text: 'A long text.', finish: true })
    send({ context_id: 'b', tts_text: 'Hi.', finish: true })
    await until(() => audioOf('a').length > 0, 'a is heard')
    send({ context_id: 'a', cancel: true }, { context_id: 'nobody', cancel: true })
    await until(() => of('nobody').length > 0 && namesOf('b').includes('done'), 'b is heard to its end')
    assert.deepEqual(namesOf('a'), ['started', 'audio', 'cancelled'])
    assert.deepEqual(namesOf('nobody'), ['cancelled'])
    const before = audioOf('a').length
    send({ context_id: 'a', tts_text: 'Hi.', finish: true })
    await until(() => namesOf('a').includes('done'), 'the id speaks again')
    assert.equal(audioOf('a').length - before, audioOf('b').length)
    send({ context_id: 'c', tts_text: 'More.' }, { context_id: 'd', tts_text: 'More.' }, { cancel: true })
    await until(() => namesOf('d').includes('cancelled') && namesOf('c').includes('cancelled'), 'all go')
    await until(() => server.synthesizer.active === 0, 'nothing is held')
    send({ finish: true })
    assert.equal(await closed, 1000)
  })

  test(`${transport}: what is wrong with one context is told of it and leaves the others alone`, async (t) => {
    const { send, closed, namesOf, audioOf, events } = await open(t, { transport })
    send(
      INIT,
      { context_id: 'good', tts_text: 'Hello.' },
      { context_id: 'blank', tts_text: '  ', finish: true },
      { context_id: 'empty', tts_text: '', finish: true },
      { context_id: 'none', finish: true },
      { context_id: 'late', tts_text: 'Hello.', finish: true },
      { context_id: 'late', tts_text: 'more' },
      { context_id: 'long', tts_text: 'x'.repeat(1001) },
      { context_id: 'odd', tts_txt: 'x' },
      { context_id: 'good', finish: true },
    )
    await until(() => namesOf('good').includes('done') && namesOf('odd').length > 0, 'all are told')
    assert.deepEqual(namesOf('good'), ['started', 'audio', 'done'])
    assert(audioOf('good').equals(pcm('Hello.')))
    assert.deepEqual(namesOf('blank'), ['MISSING_PARAMETER'])
    assert.deepEqual(namesOf('empty'), ['MISSING_PARAMETER'])
    assert.deepEqual(namesOf('none'), ['done'])
    assert(namesOf('late').includes('INVALID_REQUEST'))
    assert.deepEqual(namesOf('long'), ['TEXT_TOO_LONG'])
    assert.deepEqual(namesOf('odd'), ['INVALID_REQUEST'])
    send({ finish: true })
    assert.equal(await closed, 1000)
    assert(events.every(({ event, context_id }) => event === 'ready' || context_id !== undefined))
  })

  test(`${transport}: a socket has so many contexts, and leaves nothing behind when it breaks`, async (t) => {
    const script = { hangAtChunk: 1 }
    const { send, socket, namesOf, server } = await open(t, { transport, script })
    send(INIT)
    for (let i = 0; i <= MAX_CONTEXTS; i++) send({ context_id: `c${i}`, tts_text: 'Hello.' })
    await until(() => namesOf(`c${MAX_CONTEXTS}`).length > 0, 'the last is refused')
    assert.deepEqual(namesOf(`c${MAX_CONTEXTS}`), ['OVERLOADED'])
    assert.deepEqual(namesOf('c0')[0], 'started')
    assert.equal(server.synthesizer.active, MAX_CONTEXTS)
    // The server's own check that nothing is held follows.
    socket.terminate()
  })

  test(`${transport}: a draining server lets contexts that speak end`, async (t) => {
    const script = { chunkMs: 10, samplesPerCharacter: 2000 }
    const { send, closed, namesOf, audioOf, server } = await open(t, { transport, script })
    send(INIT, { context_id: 'a', tts_text: 'Hello there.', finish: true })
    await until(() => audioOf('a').length > 0, 'it is heard')
    const drained = server.server.drain()
    send({ context_id: 'b', tts_text: 'Hello.' })
    assert.equal(await closed, 1001)
    await drained
    assert.equal(namesOf('a').at(-1), 'done')
    assert.deepEqual(namesOf('b'), ['DRAINING'])
  })

  test(`${transport}: a message is read in a frame of either kind, a recording only in a binary one`, async (t) => {
    const { send, closed, binary } = await open(t, { transport })
    const inBinary = (value: object) => Buffer.from(`\n ${JSON.stringify(value)}`)
    send(inBinary({ prompt_text: 'Hm.', seed: 5 }), PROMPT_WAV, inBinary({ tts_text: '你好' }))
    send({ tts_text: '再见', finish: true })
    assert.equal(await closed, 1000)
    assert(Buffer.concat(binary).equals(pcm('你好再见')))
  })

  for (const [why, messages, code] of [
    ['an id without contexts', [{ voice: 'anna' }, { context_id: 'a', tts_text: 'x' }], 'INVALID_REQUEST'],
    ['text without an id', [INIT, { tts_text: 'x' }], 'MISSING_PARAMETER'],
    ['an id that is no text', [INIT, { context_id: 7, tts_text: 'x' }], 'INVALID_PARAMETER'],
    [
      'text before the recording',
      [
        { prompt_text: 'a', contexts: true },
        { context_id: 'a', tts_text: 'x' },
      ],
      'INVALID_REQUEST',
    ],
  ] as const)
    test(`${transport}: ${why} ends the socket in words`, async (t) => {
      const { send, closed, events } = await open(t, { transport })
      send(...messages)
      assert.equal(await closed, 1008)
      assert.equal(events.at(-1)?.error_code, code)
    })
}

test('cancel with something else is refused to its context, and the others go on', async (t) => {
  const { send, closed, of, namesOf } = await open(t)
  send(INIT, { context_id: 'a', tts_text: 'Hello', cancel: true })
  send({ context_id: 'b', tts_text: 'Hello.', finish: true }, { finish: true })
  assert.equal(await closed, 1000)
  assert.deepEqual(namesOf('a'), ['INVALID_REQUEST'])
  assert.match(JSON.stringify(of('a')), /expected cancel alone, got cancel with something else/)
  assert.equal(namesOf('b').at(-1), 'done')
})
