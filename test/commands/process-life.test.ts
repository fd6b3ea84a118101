/** How the server's processes end, whichever of them is told, and however. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '../../bench/server/free-port.ts'
import { type ChildServer, startChild, untilReady } from '../helpers/child-server.ts'
import { halfUpload, PATIENT } from '../helpers/half-upload.ts'
import { goldenDir, repoRoot } from '../helpers/paths.ts'
import { descendants, isAlive } from '../helpers/processes.ts'
import { until } from '../helpers/until.ts'

let cacheDir: string
before(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'light-tts-life-'))
})
after(() => rm(cacheDir, { recursive: true, maxRetries: 3 }))

async function startParent(
  t: TestContext,
  ...args: string[]
): Promise<{ parent: ChildServer; server: number }> {
  const parent = await startChild('start.js', { cacheDir, args })
  const [server] = await descendants(parent.process.pid!)
  t.after(() => {
    for (const pid of [parent.process.pid!, server!]) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  })
  return { parent, server: server! }
}

it('npm that is told to stop takes the server along', async (t) => {
  const port = await freePort()
  const settings = { cacheDir, voicesDir: join(cacheDir, 'voices') }
  const args = ['--model', `tiny=${goldenDir}`, '--port', String(port)]
  const sets = Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`])
  const npm = spawn('npm', ['start', '--', ...args, ...sets], {
    cwd: repoRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let text = ''
  for (const stream of [npm.stdout!, npm.stderr!]) stream.on('data', (piece) => (text += piece))
  t.after(() => {
    if (npm.exitCode === null && npm.signalCode === null) process.kill(-npm.pid!, 'SIGKILL')
  })
  const ended = once(npm, 'exit').then(([code, signal]) => code ?? signal)
  await untilReady({ url: `http://127.0.0.1:${port}`, process: npm, output: () => text, ended })
  const all = await descendants(npm.pid!)
  t.after(() => {
    for (const pid of all) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  })
  assert(all.length >= 3, `npm's descendants: ${all}`)
  npm.kill('SIGTERM')
  await until(() => !all.some(isAlive), `all of ${all} to end`)
})

it('a parent that is killed takes the server along, and the next start gets the port', async (t) => {
  const { parent, server } = await startParent(t)
  parent.process.kill('SIGKILL')
  await parent.ended
  const port = Number(new URL(parent.url).port)
  const next = await startChild('start.js', { cacheDir, port })
  t.after(() => next.process.kill('SIGKILL'))
  // It gives its port back before it ends.
  await until(() => !isAlive(server), 'the first server to end')
  next.process.kill('SIGTERM')
  assert.equal(await next.ended, 0)
})

it('a stopped server is woken to end in order, and one that then hangs is killed at the second signal', async (t) => {
  const { parent, server } = await startParent(t, ...PATIENT)
  const upload = await halfUpload(parent.url, t)
  process.kill(server, 'SIGSTOP')
  parent.process.kill('SIGTERM')
  await until(() => parent.output().includes('"stopping: '), 'the stopped server to take the signal')
  process.kill(server, 'SIGSTOP')
  // Two signals in quick succession are one request.
  await setTimeout(700)
  assert(isAlive(server), 'the first signal waits for what runs')
  parent.process.kill('SIGTERM')
  await parent.ended
  assert(!isAlive(server))
  upload.destroy()
})

it('a hang-up drains: what is being heard is heard to its end', async (t) => {
  const { parent, server } = await startParent(t, '--set', 'server.drainMs=300000')
  const form = new FormData()
  form.append(
    'tts_text',
    'Good morning, everybody. This is a longer text, so that it takes a while. '.repeat(3),
  )
  form.append('prompt_text', 'The golden prompt is a short sentence.')
  form.append('stream', 'true')
  const recording = await readFile(join(goldenDir, 'inputs', 'prompt_24k.wav'))
  form.append('prompt_wav', new Blob([recording]), 'prompt.wav')
  const answer = await fetch(`${parent.url}/inference_zero_shot`, { method: 'POST', body: form })
  assert.equal(answer.status, 200)
  parent.process.kill('SIGHUP')
  // Rejects where the connection is cut.
  assert((await answer.arrayBuffer()).byteLength > 44)
  assert.equal(await parent.ended, 0)
  assert(!isAlive(server))
})
