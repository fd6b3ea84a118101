/** Pages in browsers: their own server is always theirs, other pages only where they are listed. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
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
      const { port, synthesizer, logs } = await startTestServer(t, { transport, set })
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
      // Also those that leave only once their body has come.
      const told = logs.filter(({ msg }) => msg === 'request').map(({ status }) => status)
      assert(told.length >= 16 && told.every((status) => status === 403), `the log says ${told}`)
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
      // Behind a proxy that changes Host, on plain http: a header that no other page can send.
      const proxied = { Origin: 'http://tts.lan', Host: '127.0.0.1:1', 'X-Light-TTS-Page': '1' }
      assert.equal((await speak(proxied)).status, 200)
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
    // A cache keeps each page its own answer, those that are not allowed too.
    for (const page of [LISTED, FOREIGN]) assert.equal((await asked(page)).headers.vary, 'Origin')
    assert.equal((await ask(port, 'GET', '/v1/models', {})).headers.vary, 'Origin')
  })

  test(`${transport}: the page of the server may open its WebSocket whatever is listed`, async (t) => {
    const { port, wsUrl } = await startTestServer(t, { transport, set: [`server.allowedOrigins=${LISTED}`] })
    const opened = (origin: string, protocols: string[] = []) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(wsUrl, protocols, { origin })
        socket.on('open', () => socket.close())
        socket.on('close', () => resolve('opened'))
        socket.on('unexpected-response', (_, { statusCode }) => resolve(String(statusCode)))
        socket.on('error', () => {})
      })
    assert.equal(await opened(`http://127.0.0.1:${port}`), 'opened')
    assert.equal(await opened(LISTED), 'opened')
    assert.equal(await opened(FOREIGN), '403')
    assert.equal(await opened('null'), '403')
    // What the page reads and others cannot, for proxies that change Host on plain http.
    const read = await ask(port, 'GET', '/page/settings', { Origin: FOREIGN })
    assert.equal(read.headers['access-control-allow-origin'], undefined)
    const settings = await (await fetch(`http://127.0.0.1:${port}/page/settings`)).json()
    const { protocol } = settings as { protocol: string }
    assert.equal(await opened(FOREIGN, ['light-tts', protocol]), 'opened')
    assert.equal(await opened(FOREIGN, ['light-tts', `${protocol}0`]), '403')
    assert.equal(await opened(FOREIGN, ['light-tts', 'page.']), '403')
  })

  test(`${transport}: every path is served below server.basePath too, and the base is the page`, async (t) => {
    const { port, synthesizer } = await startTestServer(t, { transport, set: ['server.basePath=/a/tts'] })
    const status = async (path: string, method = 'GET', body = '') =>
      (await ask(port, method, path, {}, body)).status
    for (const path of ['/', '/page/app.js', '/docs', '/v1/voices', '/liveness']) {
      assert.equal(await status(`/a/tts${path}`), 200, path)
      assert.equal(await status(path), 200, path)
    }
    const base = await ask(port, 'GET', '/a/tts', {})
    assert.deepEqual([base.status, base.headers.location], [308, '/a/tts/'])
    for (const path of [
      '/a',
      '/a/',
      '/a/ttsx',
      '/a/ttsx/liveness',
      '/a/tts/nothing',
      '/a/tts/a/tts/liveness',
    ])
      assert.equal(await status(path), 404, path)
    assert.equal(await status('/a/tts/v1/audio/speech', 'POST', SPEECH), 200)
    assert.equal(synthesizer.spoken.length, 1)
    const docs = await ask(port, 'GET', '/a/tts/docs/', {})
    assert.deepEqual([docs.status, docs.headers.location], [308, '../docs'])
    const socket = new WebSocket(`ws://127.0.0.1:${port}/a/tts/inference_zero_shot_bistream`)
    await once(socket, 'open')
    socket.terminate()
  })

  test(`${transport}: the page's files are those of its folder`, async (t) => {
    const { port } = await startTestServer(t, { transport })
    const asked = async (name: string) => (await ask(port, 'GET', `/page/${name}`, {})).status
    assert.equal(await asked('app.js'), 200)
    for (const name of [
      '..',
      '%2e%2e%2fpackage.json',
      '..%2fpackage.json',
      'app.js%00',
      'APP.JS',
      'none.js',
      '.',
    ])
      assert.equal(await asked(name), 404, name)
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
  assert.equal(originForm('http://h/a', undefined), '/a', 'HTTP/1.0 has no Host')
})
