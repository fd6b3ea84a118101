/** The Wyoming protocol: what Python's own package of it hears, and clients that behave badly. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import test, { type TestContext } from 'node:test'
import { freePort } from '../../bench/server/free-port.ts'
import { wyomingBytes } from '../../src/server/wyoming/wyoming-events.ts'
import { PYTHON, runIn, skipWithoutPython } from '../helpers/python.ts'
import { startTestServer, type TestServerOptions } from '../helpers/test-server.ts'
import { until } from '../helpers/until.ts'

interface Heard {
  readonly type: string
  readonly data: Record<string, unknown>
  readonly payload: Buffer
}

async function start(t: TestContext, options: TestServerOptions = {}) {
  const port = await freePort()
  const set = [`wyoming.port=${port}`, ...(options.set ?? [])]
  const started = await startTestServer(t, { ...options, set })
  return { ...started, wyoming: port }
}

/** A client without any library: what it hears until `last` has come so many times, or the server hangs up. */
async function call(port: number, bytes: Uint8Array, last = 'audio-stop', times = 1): Promise<Heard[]> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  const pieces: Buffer[] = []
  await new Promise<void>((resolve) => {
    socket.on('end', resolve)
    socket.on('data', (piece) => {
      pieces.push(piece)
      const heard = heardIn(Buffer.concat(pieces)).filter(({ type }) => type === last)
      if (heard.length === times) resolve()
    })
  })
  socket.destroy()
  return heardIn(Buffer.concat(pieces))
}

function heardIn(bytes: Buffer): Heard[] {
  const events: Heard[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf('\n', at)
    if (end < 0) break
    const {
      type,
      data_length: size = 0,
      payload_length: payload = 0,
    } = JSON.parse(bytes.toString('utf8', at, end))
    if (bytes.length < end + 1 + size + payload) break
    const data = JSON.parse(bytes.toString('utf8', end + 1, end + 1 + size) || '{}')
    at = end + 1 + size + payload
    events.push({ type, data, payload: bytes.subarray(at - payload, at) })
  }
  return events
}

const say = (type: string, data: object = {}) => wyomingBytes(type, data)
const typesOf = (events: readonly Heard[]) => [...new Set(events.map(({ type }) => type))]
const audioOf = (events: readonly Heard[]) => Buffer.concat(events.map(({ payload }) => payload))

async function pcm(url: string, input: string): Promise<Buffer> {
  const body = JSON.stringify({ input, voice: 'anna', response_format: 'pcm', sample_rate: 16_000, seed: 0 })
  return Buffer.from(await (await fetch(`${url}/v1/audio/speech`, { method: 'POST', body })).arrayBuffer())
}

test('a text is heard as over HTTP, whole or in pieces, several on one connection', async (t) => {
  const { wyoming, url, metric } = await start(t)
  const expected = await pcm(url, 'Hello there. How are you?')
  const voice = { name: 'anna' }
  const whole = await call(wyoming, say('synthesize', { text: 'Hello there. How are you?', voice }))
  assert.deepEqual(typesOf(whole), ['audio-start', 'audio-chunk', 'audio-stop'])
  assert.deepEqual(whole[0]!.data, { rate: 16_000, width: 2, channels: 1, timestamp: 0 })
  assert.equal(audioOf(whole).compare(expected), 0)
  const pieces = await call(
    wyoming,
    Buffer.concat([
      say('synthesize-start', { voice: { language: 'zh' } }),
      ...['Hello', ' there. ', 'How are', ' you?'].map((text) => say('synthesize-chunk', { text })),
      // For servers that take no pieces.
      say('synthesize', { text: 'Hello there. How are you?' }),
      say('synthesize-stop'),
      say('ping', { text: 'still there' }),
      say('synthesize', { text: 'Hello there. How are you?' }),
    ]),
    'audio-stop',
    2,
  )
  const [first, again] = [pieces.findIndex(({ type }) => type === 'pong'), pieces.length]
  assert.deepEqual(typesOf(pieces.slice(0, first)), [
    'audio-start',
    'audio-chunk',
    'audio-stop',
    'synthesize-stopped',
  ])
  assert.equal(audioOf(pieces.slice(0, first)).compare(expected), 0)
  assert.equal(audioOf(pieces.slice(first + 1, again)).compare(expected), 0)
  assert.equal(await metric('light_tts_requests_total{transport="wyoming",outcome="ok"}'), 3)
})

test('a piece is spoken before the next one comes', async (t) => {
  const { wyoming } = await start(t, { set: ['server.wsIdleFlushMs=20'] })
  const socket = connect(wyoming, '127.0.0.1')
  const pieces: Buffer[] = []
  socket.on('data', (piece) => pieces.push(piece))
  socket.write(Buffer.concat([say('synthesize-start'), say('synthesize-chunk', { text: 'First.' })]))
  await until(() => Buffer.concat(pieces).includes('audio-chunk'), 'audio of the first piece')
  socket.write(Buffer.concat([say('synthesize-chunk', { text: ' Second.' }), say('synthesize-stop')]))
  await until(() => Buffer.concat(pieces).includes('synthesize-stopped'), 'its end')
  socket.destroy()
})

test('Python’s own package of the protocol finds the voices and hears them', {
  skip: skipWithoutPython(),
}, async (t) => {
  const { wyoming, url } = await start(t)
  const expected = await pcm(url, 'Good morning. 早上好。')
  const { code, output } = await runIn(tmpdir(), PYTHON, ['-c', WYOMING_CLIENT, String(wyoming)])
  assert.equal(code, 0, output)
  const { voices, streaming, whole, pieces } = JSON.parse(output)
  assert.deepEqual(voices, [['anna', ['zh'], true]])
  assert.equal(streaming, true)
  const digest = createHash('sha256').update(expected).digest('hex')
  assert.deepEqual([whole, pieces], [digest, digest])
})

const WYOMING_CLIENT = `
import asyncio, hashlib, json, sys
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.info import Describe, Info
from wyoming.tts import *

TEXT = "Good morning. 早上好。"

async def hear(client, last):
    audio, began = b"", False
    while True:
        event = await client.read_event()
        assert event is not None and event.type != "error", event
        if AudioStart.is_type(event.type):
            began = AudioStart.from_event(event).width == 2
        if AudioChunk.is_type(event.type):
            assert began
            audio += AudioChunk.from_event(event).audio
        if last.is_type(event.type):
            return hashlib.sha256(audio).hexdigest()

async def main():
    async with AsyncTcpClient("127.0.0.1", int(sys.argv[1]), read_timeout=20) as client:
        await client.write_event(Describe().event())
        program = Info.from_event(await client.read_event()).tts[0]
        await client.write_event(Synthesize(TEXT, SynthesizeVoice(name="anna")).event())
        whole = await hear(client, AudioStop)
        await client.write_event(SynthesizeStart(SynthesizeVoice(language="zh-CN")).event())
        for piece in (TEXT[:6], TEXT[6:15], TEXT[15:]):
            await client.write_event(SynthesizeChunk(piece).event())
        await client.write_event(Synthesize(TEXT).event())
        await client.write_event(SynthesizeStop().event())
        pieces = await hear(client, SynthesizeStopped)
    print(json.dumps({
        "voices": [[v.name, v.languages, v.installed] for v in program.voices],
        "streaming": program.supports_synthesize_streaming, "whole": whole, "pieces": pieces,
    }))

asyncio.run(main())
`

const REFUSED: readonly (readonly [what: string, bytes: () => Uint8Array, code: string])[] = [
  ['no JSON', () => Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'INVALID_REQUEST'],
  ['a list', () => Buffer.from('[1]\n'), 'INVALID_REQUEST'],
  ['no type', () => Buffer.from('{}\n'), 'INVALID_REQUEST'],
  ['a wrong length', () => Buffer.from('{"type":"ping","data_length":-1}\n'), 'INVALID_REQUEST'],
  [
    'a length that is too great',
    () => Buffer.from('{"type":"a","payload_length":1e12}\n'),
    'INVALID_REQUEST',
  ],
  ['a line without end', () => Buffer.alloc(1024 * 1024 + 2, 0x61), 'INVALID_REQUEST'],
  ['no text', () => say('synthesize', {}), 'MISSING_PARAMETER'],
  ['a blank text', () => say('synthesize', { text: ' \n' }), 'MISSING_PARAMETER'],
  ['a text that is no text', () => say('synthesize', { text: 7 }), 'MISSING_PARAMETER'],
  ['a long text', () => say('synthesize', { text: 'a'.repeat(4097) }), 'TEXT_TOO_LONG'],
  ['an unknown voice', () => say('synthesize', { text: 'a', voice: { name: 'nobody' } }), 'VOICE_NOT_FOUND'],
  ['a piece before its start', () => say('synthesize-chunk', { text: 'a' }), 'INVALID_REQUEST'],
  ['an end before its start', () => say('synthesize-stop'), 'INVALID_REQUEST'],
  [
    'long text in pieces',
    () =>
      Buffer.concat([
        say('synthesize-start'),
        ...Array.from({ length: 5 }, () => say('synthesize-chunk', { text: 'word '.repeat(200) })),
      ]),
    'TEXT_TOO_LONG',
  ],
  [
    'nothing in pieces',
    () => Buffer.concat([say('synthesize-start'), say('synthesize-stop')]),
    'MISSING_PARAMETER',
  ],
]

test('what cannot be spoken is an error event with a reason, and ends the connection', async (t) => {
  const { wyoming } = await start(t)
  for (const [what, bytes, code] of REFUSED) {
    const events = await call(wyoming, bytes(), 'error')
    assert.deepEqual([events.at(-1)?.type, events.at(-1)?.data.code], ['error', code], what)
    assert.match(String(events.at(-1)?.data.text), /expected|Maximum/, what)
  }
  const unknown = await call(wyoming, Buffer.concat([say('transcribe'), say('ping', { text: 'a' })]), 'pong')
  assert.deepEqual(typesOf(unknown), ['pong'])
})

test('failures, limits and a server without room are told; nothing is left of clients that leave', async (t) => {
  const { wyoming, synthesizer, server } = await start(t, {
    set: ['limits.rate_limit=2/hour', 'limits.max_websockets=2'],
    script: { hangAtChunk: 2 },
  })
  const left = connect(wyoming, '127.0.0.1')
  left.write(say('synthesize', { text: 'Somebody leaves in the middle of this.' }))
  await once(left, 'data')
  left.destroy()
  await until(() => synthesizer.cancelled === 1 && server.counts().websockets === 0, 'nothing held')
  synthesizer.script.hangAtChunk = undefined
  synthesizer.script.failAtChunk = 1
  const failed = await call(wyoming, say('synthesize', { text: 'This fails.' }))
  assert.deepEqual(typesOf(failed), ['audio-start', 'audio-chunk', 'error'])
  assert.doesNotMatch(JSON.stringify(failed.at(-1)?.data), /secret|slot 7/)
  const isFree = () => until(() => server.counts().websockets === 0, 'its room given back')
  await isFree()
  const limited = await call(wyoming, say('synthesize', { text: 'One too many.' }))
  assert.equal(limited.at(-1)?.data.code, 'RATE_LIMITED')
  await isFree()
  // One address has half of the room.
  const held = connect(wyoming, '127.0.0.1')
  await until(() => server.counts().websockets === 1, 'a connection')
  assert.equal((await call(wyoming, say('describe'), 'error')).at(-1)?.data.code, 'OVERLOADED')
  held.destroy()
})

test('a silent connection ends; without keys only voices of all are there', async (t) => {
  const key = createHash('sha256').update('secret').digest('hex')
  const { wyoming, synthesizer } = await start(t, {
    set: [`server.apiKeys=["${key}"]`, 'server.wsIdleTimeoutMs=50'],
  })
  const owners: (string | undefined)[] = []
  const list = synthesizer.listVoices.bind(synthesizer)
  synthesizer.listVoices = (owner) => {
    owners.push(owner)
    return list()
  }
  const heard = await call(
    wyoming,
    Buffer.concat([say('describe'), say('synthesize', { text: 'Hi.' })]),
    'none',
  )
  assert.deepEqual(typesOf(heard), ['info', 'audio-start', 'audio-chunk', 'audio-stop'])
  // Everything would be `undefined`.
  assert.deepEqual([...new Set(owners)], [''])
})

test('a server that stops lets a text be heard to its end', async (t) => {
  const { wyoming, server } = await start(t, { script: { chunkMs: 5 } })
  const idle = connect(wyoming, '127.0.0.1')
  await once(idle, 'connect')
  const heard = call(wyoming, say('synthesize', { text: 'To the end.' }), 'none')
  await until(() => server.counts().requests === 1 && server.counts().websockets === 2, 'a text under way')
  await Promise.all([server.drain(), once(idle, 'close')])
  assert.deepEqual(typesOf(await heard), ['audio-start', 'audio-chunk', 'audio-stop'])
  assert.equal((await call(wyoming, say('describe'), 'none')).at(-1)?.data.code, 'DRAINING')
})
