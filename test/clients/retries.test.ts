/**
 * The clients against servers that never answer, break off, refuse, or are not there yet: what is sent again, and what
 * the failure is called.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { it } from 'node:test'
import { LightTTSClient, LightTTSError } from '../../clients/typescript/src/index.ts'
import { runIn } from '../helpers/python.ts'
import { isRequired } from '../helpers/required-tools.ts'

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n'
const REFUSAL = 'HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}'
const SPEECH = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nwave'

/** Outcome of one synthesis: its bytes, or the name that the client gives to the failure. */
type Synthesis = (url: string, timeoutSeconds: number) => Promise<string>

const fromTypeScript: Synthesis = async (baseUrl, timeoutSeconds) => {
  const client = new LightTTSClient({ baseUrl, timeout: timeoutSeconds * 1000, retries: 6 })
  try {
    return new TextDecoder().decode(await client.synthesize({ text: 'Hello.', voice: 'rms' }))
  } catch (error) {
    assert.ok(error instanceof LightTTSError)
    return error.kind
  }
}

const fromPython: Synthesis = async (url, timeoutSeconds) => {
  const script = `
from light_tts_client import LightTTSClient, LightTTSError
try:
    print(LightTTSClient("${url}", timeout=${timeoutSeconds}, retries=6).synthesize("Hello.", voice="rms").decode())
except LightTTSError as error:
    print(type(error).__name__)`
  return (await runIn(tmpdir(), 'python3', ['-c', script])).output.trim()
}

const fromAsyncio: Synthesis = async (url, timeoutSeconds) => {
  const script = `
import asyncio
from light_tts_client import AsyncLightTTSClient, LightTTSError
try:
    print(asyncio.run(AsyncLightTTSClient("${url}", timeout=${timeoutSeconds}, retries=6).synthesize("Hello.", voice="rms")).decode())
except LightTTSError as error:
    print(type(error).__name__)`
  return (await runIn(tmpdir(), 'python3', ['-c', script])).output.trim()
}

/** A server that counts connections and hands each, once its request is there, to `answer`. */
async function serve(answer: (socket: Socket, number: number) => void) {
  let connections = 0
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    const number = connections++
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', () => answer(socket, number))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: urlOf(server),
    connections: () => connections,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`
}

const hasPython = spawnSync('python3', ['--version']).status === 0 || isRequired('python')
const CLIENTS = [
  { name: 'TypeScript', say: fromTypeScript, late: 'timeout', broken: 'unreachable', skip: false },
  {
    name: 'Python',
    say: fromPython,
    late: 'RequestTimeoutError',
    broken: 'ConnectionFailedError',
    skip: hasPython ? false : 'no python3 here',
  },
  {
    name: 'Python with asyncio',
    say: fromAsyncio,
    late: 'RequestTimeoutError',
    broken: 'ConnectionFailedError',
    skip: hasPython ? false : 'no python3 here',
  },
] as const

for (const { name, say, late, broken, skip } of CLIENTS) {
  it(`${name}: a server that never answers is asked once, and the failure is a time-out`, {
    skip,
  }, async () => {
    const server = await serve(() => {})
    try {
      assert.equal(await say(server.url, 0.5), late)
      assert.equal(server.connections(), 1)
    } finally {
      server.close()
    }
  })

  it(`${name}: audio that stops coming is a time-out, too`, { skip }, async () => {
    const server = await serve((socket) => socket.write(`${HEAD}some`))
    try {
      assert.equal(await say(server.url, 0.5), late)
      assert.equal(server.connections(), 1)
    } finally {
      server.close()
    }
  })

  it(`${name}: a connection that breaks after the request is not made again`, { skip }, async () => {
    const server = await serve((socket) => socket.resetAndDestroy())
    try {
      assert.equal(await say(server.url, 20), broken)
      assert.equal(server.connections(), 1)
    } finally {
      server.close()
    }
  })

  it(`${name}: a refusal for lack of room is asked again`, { skip }, async () => {
    const server = await serve((socket, number) => socket.end(number < 2 ? REFUSAL : SPEECH))
    try {
      assert.equal(await say(server.url, 20), 'wave')
      assert.equal(server.connections(), 3)
    } finally {
      server.close()
    }
  })

  it(`${name}: a server that is not there yet is asked again`, { skip }, async () => {
    const early = await serve(() => {})
    const { url } = early
    early.close()
    const saying = say(url, 20)
    await new Promise((resolve) => setTimeout(resolve, 500))
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => socket.end(SPEECH))
    }).listen(Number(new URL(url).port), '127.0.0.1')
    try {
      assert.equal(await saying, 'wave')
    } finally {
      server.close()
    }
  })
}
