/** Descriptors used up by clients: probes are answered, other requests are told to come back, and all is well afterwards. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { freePort } from '../../bench/server/free-port.ts'
import { openConnectionRoom } from '../../src/server/limits/connection-room.ts'
import { goldenDir, repoRoot } from '../helpers/paths.ts'

const PROMPT = join(repoRoot, 'demo', 'voice', 'prompts', 'james.wav')

async function startLimited(t: TestContext, descriptors: number) {
  const folder = mkdtempSync(join(tmpdir(), 'light-tts-descriptors-'))
  const port = await freePort()
  const settings = [
    `cacheDir=${folder}`,
    `voicesDir=${join(folder, 'voices')}`,
    'limits.rate_limit=off',
    'limits.max_share_per_address=1',
  ]
  const child = spawn(
    'sh',
    [
      ...[
        '-c',
        `ulimit -n ${descriptors}; exec "$0" "$@"`,
        process.execPath,
        join(repoRoot, 'dist/src/commands/serve.js'),
      ],
      ...[
        '--model',
        `tiny=${goldenDir}`,
        '--port',
        String(port),
        ...settings.flatMap((one) => ['--set', one]),
      ],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (output += piece))
  const ended = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  })
  return { child, port, url: `http://127.0.0.1:${port}`, ended, output: () => output }
}

async function statusOf(url: string, init: RequestInit = {}): Promise<number> {
  const signal = AbortSignal.timeout(20_000)
  return fetch(url, { ...init, headers: { connection: 'close' }, signal }).then(
    async (answer) => {
      await answer.arrayBuffer()
      return answer.status
    },
    () => 0,
  )
}

async function until(holds: () => Promise<boolean>, what: () => string): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.fail(what())
}

function speech(): RequestInit {
  const form = new FormData()
  form.append('tts_text', 'Good morning.')
  form.append('prompt_text', 'x')
  form.append('prompt_wav', new Blob([readFileSync(PROMPT)]), 'a.wav')
  return { method: 'POST', body: form }
}

test('600 connections on 400 descriptors', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const { url, port, child, output } = await startLimited(t, 400)
  await until(async () => (await statusOf(`${url}/readiness`)) === 200, output)
  const crowd: Socket[] = []
  for (let i = 0; i < 600; i++) {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /health HTTP/1.1\r\n'))
    socket.on('error', () => {})
    crowd.push(socket)
  }
  await until(
    async () => (await statusOf(`${url}/query_tts_model`)) === 503,
    () => 'other requests are told to come back',
  )
  assert.equal(await statusOf(`${url}/liveness`), 200, 'a probe is answered meanwhile')
  assert.equal(await statusOf(`${url}/readiness`), 200)
  assert.ok(
    [0, 503].includes(await statusOf(`${url}/inference_zero_shot`, speech())),
    'an upload ends nothing',
  )
  for (const socket of crowd) socket.destroy()
  await until(async () => (await statusOf(`${url}/inference_zero_shot`, speech())) === 200, output)
  assert.equal(child.exitCode, null)
  const metrics = await (await fetch(`${url}/metrics`)).text()
  assert.match(metrics, /^process_max_fds 400$/m)
  assert.match(metrics, /^process_open_fds \d+$/m)
})

test('too few descriptors are named at the start', { skip: process.platform !== 'linux' }, async (t) => {
  const { ended, output } = await startLimited(t, 256)
  const [code] = await ended
  assert.equal(code, 2)
  assert.match(output(), /expected at least \d+ \(raise ulimit -n.*got 256/)
})

test('room is tight from the reserve on, counting what was accepted since', () => {
  let open = 20
  const room = openConnectionRoom(400, () => open)
  assert.equal(room.isTight(), false)
  for (let i = 0; i < 316; i++) room.accepted()
  assert.equal(room.isTight(), false)
  room.accepted()
  assert.equal(room.isTight(), true)
  open = 20
  assert.equal(openConnectionRoom(400, () => undefined).isTight(), false, 'nothing is known elsewhere')
})
