/** Pages in browsers: their own server is always theirs, other pages only where they are listed. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import test from 'node:test'
import { WebSocket } from 'ws'
import { originForm } from '../../src/server/transport/request-framing.ts'
import { rawRequest, statusesOf } from '../helpers/raw-http.ts'
import { startTestServer, TRANSPORTS } from '../helpers/test-server.ts'

const FOREIGN = 'https://evil.test'
const LISTED = 'https://page.test'

/** Unlike `fetch`, sends any header. */
function ask(port: number, method: string, path: string, headers: Record<string, string>, body = '') {
  return new Promise<{ status: number; headers: Record<string, unknown> }>((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', method, path, headers }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

const SPEECH = JSON.stringify({ input: 'Hello.', voice: 'anna' })

for (const transport of TRANSPORTS) {
  test(`${transport}: what a foreign page sends without asking is refused where it changes or costs something`, async (t) => {
    for (const set of [[], [`server.allowedOrigins=${LISTED}`]]) {
      const { port, synthesizer } = await startTestServer(t, { transport, set })
      const speak = (headers: Record<string, string>) =>
        ask(port, 'POST', '/v1/audio/speech', headers, SPEECH)
      for (const Origin of [
        FOREIGN,
        'null',
        `http://127.0.0.1:${port + 1}`,
        `http://127.0.0.1:${port}.evil.test`,
      ]) {
        assert.equal((await speak({ Origin })).status, 403, Origin)
        assert.equal((await ask(port, 'DELETE', '/v1/voices/anna', { Origin })).status, 403)
        assert.equal((await ask(port, 'PUT', '/v1/dictionaries', { Origin }, '{}')).status, 403)
        const form = { Origin, 'Content-Type': 'multipart/form-data; boundary=x' }
        assert.equal((await ask(port, 'POST', '/v1/voices', form, '--x--')).status, 403)
      }
      assert.equal(synthesizer.prepared.length, 0)
      assert.equal((await ask(port, 'GET', '/v1/voices', { Origin: FOREIGN })).status, 200)
      // The page of the server itself, by whatever name it is reached, also behind a proxy.
      for (const [Origin, Host, forwarded] of [
        [`http://127.0.0.1:${port}`, `127.0.0.1:${port}`],
        [`http://tts.local:${port}`, `TTS.local:${port}`],
        ['https://tts.example', 'tts.example:443'],
        ['https://tts.example', `127.0.0.1:${port}`, 'tts.example, inner'],
      ]) {
        const more: Record<string, string> = forwarded === undefined ? {} : { 'X-Forwarded-Host': forwarded }
        assert.equal((await speak({ Origin: Origin!, Host: Host!, ...more })).status, 200, Origin)
      }
      const site = { Origin: 'https://tts.example', 'Sec-Fetch-Site': 'same-origin' }
      assert.equal((await speak(site)).status, 200)
      assert.equal((await speak({ ...site, 'Sec-Fetch-Site': 'same-site' })).status, 403)
      assert.equal((await speak({})).status, 200)
      assert.equal((await speak({ Origin: LISTED })).status, set.length === 0 ? 403 : 200)
    }
  })

  test(`${transport}: a preflight allows the headers that are asked for, from listed pages only`, async (t) => {
    const { port } = await startTestServer(t, { transport, set: [`server.allowedOrigins=${LISTED}`] })
    // As OpenAI's package for JavaScript asks from a browser.
    const names = 'authorization,content-type,x-stainless-arch,x-stainless-lang,x-stainless-retry-count'
    const asked = (Origin: string, headers = names) =>
      ask(port, 'OPTIONS', '/v1/audio/speech', {
        Origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': headers,
        'Access-Control-Request-Private-Network': 'true',
      })
    const allowed = await asked(LISTED)
    assert.equal(allowed.status, 204)
    assert.equal(allowed.headers['access-control-allow-origin'], LISTED)
    assert.equal(allowed.headers['access-control-allow-headers'], names)
    assert.match(String(allowed.headers['access-control-allow-methods']), /POST.*PUT.*DELETE/)
    assert.equal(allowed.headers['access-control-allow-private-network'], 'true')
    assert.equal(
      (await asked(LISTED, 'a, b; c')).headers['access-control-allow-headers'],
      'Authorization, Content-Type, X-Request-Id',
    )
    assert.equal((await asked(FOREIGN)).headers['access-control-allow-origin'], undefined)
  })

  test(`${transport}: the page of the server may open its WebSocket whatever is listed`, async (t) => {
    const { port, wsUrl } = await startTestServer(t, { transport, set: [`server.allowedOrigins=${LISTED}`] })
    const opened = (origin: string) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(wsUrl, { origin })
        socket.on('open', () => socket.close())
        socket.on('close', () => resolve('opened'))
        socket.on('unexpected-response', (_, { statusCode }) => resolve(String(statusCode)))
        socket.on('error', () => {})
      })
    assert.equal(await opened(`http://127.0.0.1:${port}`), 'opened')
    assert.equal(await opened(LISTED), 'opened')
    assert.equal(await opened(FOREIGN), '403')
    assert.equal(await opened('null'), '403')
  })

  test(`${transport}: a target with this server's address is its path`, async (t) => {
    const { port } = await startTestServer(t, { transport })
    const asked = async (target: string, host = 'tts.test') =>
      statusesOf(
        await rawRequest(port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
      )
    assert.deepEqual(await asked('http://tts.test/health'), [200])
    assert.deepEqual(await asked('HTTP://TTS.test:80/health?x=1'), [200])
    assert.deepEqual(await asked('http://other.test/health'), [400])
  })
}

test('a target is read as a path only where its host is the one of the request', () => {
  for (const [target, host, path] of [
    ['/a', 'h', '/a'],
    ['http://h', 'h', '/'],
    ['https://h:443?q', 'H', '/?q'],
    ['http://h:8080/a?b', 'h:8080', '/a?b'],
    ['http://h:81/a', 'h', 'http://h:81/a'],
    ['http://h@x/a', 'x', 'http://h@x/a'],
    ['ftp://h/a', 'h', 'ftp://h/a'],
    ['h:443', 'h:443', 'h:443'],
  ] as const)
    assert.equal(originForm(target, host), path, target)
  assert.equal(originForm('http://h/a', undefined), 'http://h/a')
})
