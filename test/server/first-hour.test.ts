/** Small things that a user meets first: blank text, the log of an open page, the API page's own examples, a WAV's length. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { WebSocket } from 'ws'
import { EXAMPLE_RECORDING } from '../../src/api/example-recording.ts'
import { decodeAudio } from '../../src/audio/decode.ts'
import { startTestServer, TRANSPORTS } from '../helpers/test-server.ts'

for (const transport of TRANSPORTS) {
  test(`${transport}: blank text on a socket is refused in words, not closed in silence`, async (t) => {
    const { wsUrl } = await startTestServer(t, { transport })
    const socket = new WebSocket(wsUrl)
    const frames: string[] = []
    socket.on('message', (data: Buffer) => frames.push(data.toString()))
    socket.on('open', () => {
      socket.send('{"voice":"anna"}')
      socket.send('{"tts_text":"   ","finish":true}')
    })
    const code = await new Promise((resolve) => socket.on('close', resolve))
    assert.equal(code, 1008)
    assert.deepEqual(
      frames.map((frame) => JSON.parse(frame).error_code),
      ['MISSING_PARAMETER'],
    )
  })

  test(`${transport}: WAV of /v1/audio/speech says its length unless it is streamed`, async (t) => {
    const { url } = await startTestServer(t, { transport })
    const speak = async (more: object) => {
      const answer = await fetch(`${url}/v1/audio/speech`, {
        method: 'POST',
        body: JSON.stringify({ input: 'Hello', voice: 'anna', response_format: 'wav', ...more }),
      })
      const bytes = Buffer.from(await answer.arrayBuffer())
      return { length: bytes.length, riff: bytes.readUInt32LE(4), data: bytes.readUInt32LE(40) }
    }
    const whole = await speak({})
    assert.deepEqual([whole.riff, whole.data], [whole.length - 8, whole.length - 44])
    const streamed = await speak({ stream_format: 'audio' })
    assert.equal(streamed.data, 0xffff_ffff)
  })
}

test('the polling of an open page leaves no line in the log', async (t) => {
  const { url, logs } = await startTestServer(t)
  await (await fetch(`${url}/v1/status`)).text()
  await (await fetch(`${url}/query_tts_model`)).text()
  const told = logs.filter(({ level, msg }) => msg === 'request' && level !== 20)
  assert.deepEqual(
    told.map(({ route }) => route),
    ['/query_tts_model'],
  )
})

interface Media {
  readonly schema?: {
    readonly $ref?: string
    readonly properties?: Record<string, { readonly example?: string }>
  }
  readonly example?: object
}

test('what the description of the WebSocket shows can be sent as it is, and its page shows it', async (t) => {
  const { url, wsUrl } = await startTestServer(t)
  interface Message {
    readonly examples?: readonly { readonly payload: object }[]
  }
  const { channels } = (await (await fetch(`${url}/asyncapi.json`)).json()) as {
    channels: { dialogue: { address: string; messages: Record<'init' | 'command', Message> } }
  }
  const { address, messages } = channels.dialogue
  assert.equal(new URL(wsUrl).pathname, address)
  const examples = [...messages.init.examples!, ...messages.command.examples!].map(({ payload }) => payload)
  const socket = new WebSocket(wsUrl)
  const told: string[] = []
  socket.on('message', (data: Buffer, isBinary) => isBinary || told.push(data.toString()))
  socket.on('open', () => {
    for (const payload of examples) socket.send(JSON.stringify(payload))
  })
  assert.equal(await new Promise((resolve) => socket.on('close', resolve)), 1000, told.join())
  assert.deepEqual(told, [])
  const page = await (await fetch(`${url}/docs/websocket`)).text()
  for (const field of ['tts_text', 'context_id', 'prompt_text', 'retry_after'])
    assert.match(page, new RegExp(`<code>${field}<`))
})

test('behind a proxy the description of the WebSocket names its path there, and TLS', async (t) => {
  const { url } = await startTestServer(t, { set: ['server.basePath=/tts'] })
  const answer = await fetch(`${url}/tts/asyncapi.json`, { headers: { 'X-Forwarded-Proto': 'https' } })
  const { servers } = (await answer.json()) as { servers: { here: object } }
  const { protocol, pathname } = servers.here as Record<string, unknown>
  assert.deepEqual([protocol, pathname], ['wss', '/tts'])
  assert.match(await (await fetch(`${url}/tts/docs/websocket`)).text(), /<h1>\/tts\/inference_zero_shot/)
})

test('what the API page fills in can be sent as it is', async (t) => {
  const { url } = await startTestServer(t)
  const api = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, { post?: { requestBody?: { content: Record<string, Media> } } }>
    components: { schemas: Record<string, Media['schema']> }
  }
  const send = async (path: string, type: string, { schema, example }: Media) => {
    const shape = schema?.$ref === undefined ? schema : api.components.schemas[schema.$ref.split('/').at(-1)!]
    const filled = Object.entries(shape?.properties ?? {}).filter(([, field]) => field.example !== undefined)
    const pairs = filled.map(([name, field]) => [name, String(field.example)] as [string, string])
    const form = new FormData()
    for (const [name, value] of pairs) form.append(name, value)
    const isJson = type === 'application/json'
    return fetch(`${url}${path}`, {
      method: 'POST',
      ...(isJson ? { headers: { 'content-type': type } } : {}),
      body: isJson
        ? JSON.stringify(example)
        : type.startsWith('multipart')
          ? form
          : new URLSearchParams(pairs),
    })
  }
  for (const path of ['/inference_zero_shot', '/v1/audio/speech']) {
    for (const [type, media] of Object.entries(api.paths[path]?.post?.requestBody?.content ?? {})) {
      const answer = await send(path, type, media)
      assert.equal(answer.status, 200, `${path} as ${type}: ${await answer.text()}`)
    }
  }
  for (const path of ['/v1/audio/convert', '/v1/voices']) {
    const [[type, media] = assert.fail()] = Object.entries(api.paths[path]?.post?.requestBody?.content ?? {})
    const answer = await send(path, type, media)
    assert(answer.ok, `${path} as ${type}: ${answer.status} ${await answer.text()}`)
  }
  const { headers } = await fetch(`${url}/docs`)
  assert.match(
    headers.get('content-security-policy') ?? '',
    /media-src 'self' blob:/,
    'and its answer be played',
  )
})

test('the recording that the API page fills in is one of two seconds', async () => {
  const bytes = Buffer.from(EXAMPLE_RECORDING.split(',')[1]!, 'base64')
  const { samples, sampleRate } = await decodeAudio(bytes, { maxSeconds: 30 })
  assert(Math.abs(samples.length / sampleRate - 2.2) < 0.1)
  assert(samples.some((sample) => Math.abs(sample) > 0.1))
})
