/** HAProxy with the configuration that is shipped, and nginx as it comes, before real servers of both transports. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { WebSocket } from 'ws'
import { freePort } from '../../bench/server/free-port.ts'
import { configFor, nodeStates } from '../cluster/cluster.ts'
import { startProxy, testFolder } from '../helpers/proxy-process.ts'
import { rawRequest, readChunked } from '../helpers/raw-http.ts'
import { skipWithout } from '../helpers/required-tools.ts'
import { PROMPT_WAV, startTestServer, TRANSPORTS, zeroShotForm } from '../helpers/test-server.ts'

const FORM = { stream: 'true', seed: '3', response_format: 'pcm' }

async function speak(url: string): Promise<Buffer> {
  const answer = await fetch(`${url}/inference_zero_shot`, { method: 'POST', body: zeroShotForm(FORM) })
  assert.equal(answer.status, 200)
  return Buffer.from(await answer.arrayBuffer())
}

/** Audio of one short dialogue. */
async function speakOverSocket(url: string): Promise<Buffer> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/inference_zero_shot_bistream`)
  const parts: Buffer[] = []
  socket.on('open', () => {
    socket.send(JSON.stringify({ prompt_text: 'x', seed: 3 }))
    socket.send(PROMPT_WAV)
    socket.send(JSON.stringify({ tts_text: 'Hello.', finish: true }))
  })
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) parts.push(data)
  })
  const code = await new Promise<number>((resolve, reject) => {
    socket.on('close', resolve)
    socket.on('error', reject)
  })
  assert.equal(code, 1000)
  return Buffer.concat(parts)
}

async function untilStates(admin: string, expected: readonly string[]): Promise<void> {
  let states: string[] = []
  for (let i = 0; i < 1200; i++) {
    // The admin socket gets its name a moment after the port accepts.
    states = await nodeStates(admin).catch(() => [])
    if (states.join() === expected.join()) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.deepEqual(states, expected)
}

for (const transport of TRANSPORTS) {
  test(`${transport}: behind HAProxy as shipped, nodes are up, speech passes, and a draining node gets nothing new`, {
    skip: skipWithout('haproxy'),
  }, async (t) => {
    const first = await startTestServer(t, { transport })
    const second = await startTestServer(t, { transport })
    const [port, folder] = [await freePort(), testFolder(t)]
    const [config, admin] = [join(folder, 'haproxy.cfg'), join(folder, 'admin')]
    writeFileSync(
      config,
      configFor(
        port,
        [first.port, second.port].map((each) => `127.0.0.1:${each}`),
        admin,
      ),
    )
    await startProxy(t, 'haproxy', ['-db', '-f', config], port)
    await untilStates(admin, ['UP L7OK', 'UP L7OK'])
    const url = `http://127.0.0.1:${port}`
    assert.ok((await speak(url)).equals(await speak(first.url)), 'the same bytes as without HAProxy')
    assert.ok((await speakOverSocket(url)).equals(await speakOverSocket(first.url)))
    await first.server.drain()
    await untilStates(admin, ['NOLB L7OKC', 'UP L7OK'])
    for (let i = 0; i < 4; i++) await speak(url)
    const old = await rawRequest(port, 'GET /health HTTP/1.0\r\n\r\n')
    assert.match(old.bytes.toString(), /^HTTP\/1\.\d 200 /)
  })

  test(`${transport}: behind nginx's plain proxy_pass, speech passes and a cut is seen`, {
    skip: skipWithout('nginx'),
  }, async (t) => {
    const whole = await startTestServer(t, { transport })
    const failing = await startTestServer(t, { transport, script: { failAtChunk: 3 } })
    const [port, folder] = [await freePort(), testFolder(t)]
    const config = join(folder, 'nginx.conf')
    const kept = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    writeFileSync(
      config,
      `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events {}
http {
  access_log off;
  ${kept.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://127.0.0.1:${whole.port}; }
    location /failing/ { proxy_pass http://127.0.0.1:${failing.port}/; }
  }
}
`,
    )
    await startProxy(t, 'nginx', ['-p', folder, '-c', config, '-e', join(folder, 'error.log')], port)
    const url = `http://127.0.0.1:${port}`
    assert.equal((await fetch(`${url}/health`)).status, 200)
    assert.ok((await speak(url)).equals(await speak(whole.url)), 'the same bytes as without nginx')
    const encoded = new Request('http://x/', { method: 'POST', body: zeroShotForm(FORM) })
    const body = Buffer.from(await encoded.arrayBuffer())
    const cut = await rawRequest(
      port,
      Buffer.concat([
        Buffer.from(
          `POST /failing/inference_zero_shot HTTP/1.1\r\nHost: x\r\nContent-Type: ${encoded.headers.get('content-type')}\r\n` +
            `Content-Length: ${body.length}\r\n\r\n`,
        ),
        body,
      ]),
      { quietMs: 2000 },
    )
    assert.match(cut.bytes.toString('latin1'), /^HTTP\/1\.1 (?:200|502) /)
    assert.ok(!readChunked(cut.bytes).complete, 'what was cut behind nginx does not look whole')
  })
}
