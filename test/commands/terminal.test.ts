/** A server in a terminal: `script` makes one, with npm and the command's process in its foreground group. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '../../bench/server/free-port.ts'
import { untilReady } from '../helpers/child-server.ts'
import { finishUpload, halfUpload, PATIENT } from '../helpers/half-upload.ts'
import { goldenDir, repoRoot } from '../helpers/paths.ts'
import { descendants, isAlive } from '../helpers/processes.ts'
import { findProgram, skipWithout } from '../helpers/required-tools.ts'
import { until } from '../helpers/until.ts'

let cacheDir: string
before(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'light-tts-terminal-'))
})
after(() => rm(cacheDir, { recursive: true, maxRetries: 3 }))

const skip = skipWithout('script')
/** Longer than npm's end and every repetition of a signal take to arrive. */
const REPEATED_MS = 1500

/** `npm run -s COMMAND` in a terminal of its own, ready, with all processes below the terminal. */
async function inTerminal(t: TestContext, command: 'serve' | 'start') {
  const port = await freePort()
  const sets = [`cacheDir=${cacheDir}`, `voicesDir=${join(cacheDir, 'voices')}`].map((set) => `--set ${set}`)
  const line = `npm run -s ${command} -- --model tiny=${goldenDir} --port ${port} ${sets.join(' ')} ${PATIENT.join(' ')}`
  const terminal = spawn(findProgram('script')!, ['-qec', line, '/dev/null'], { cwd: repoRoot })
  let text = ''
  for (const stream of [terminal.stdout, terminal.stderr]) stream.on('data', (piece) => (text += piece))
  const ended = once(terminal, 'exit').then(([code, signal]) => code ?? signal)
  const url = `http://127.0.0.1:${port}`
  await untilReady({ url, process: terminal, output: () => text, ended })
  const all = await descendants(terminal.pid!)
  t.after(() => {
    for (const pid of [terminal.pid!, ...all]) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  })
  assert(all.length >= (command === 'start' ? 4 : 3), `below the terminal: ${all}`)
  return { terminal, url, all, ended, output: () => text }
}

it('Ctrl-C once lets what runs finish', { skip }, async (t) => {
  for (const command of ['serve', 'start'] as const) {
    const { terminal, url, all, output } = await inTerminal(t, command)
    const upload = await halfUpload(url, t)
    terminal.stdin.write('\x03')
    await until(() => output().includes('stopping: '), 'the server to take the signal')
    await setTimeout(REPEATED_MS)
    assert.match(await finishUpload(upload), /^HTTP\/1\.1 \d{3} /, output())
    await until(() => !all.some(isAlive), `all of ${all} to end`)
  }
})

it('Ctrl-C twice ends what runs', { skip }, async (t) => {
  const { terminal, url, all, output } = await inTerminal(t, 'serve')
  await halfUpload(url, t)
  terminal.stdin.write('\x03')
  await until(() => output().includes('stopping: '), 'the server to take the signal')
  await setTimeout(REPEATED_MS)
  terminal.stdin.write('\x03')
  await until(() => !all.some(isAlive), `all of ${all} to end`)
})

it('a terminal that is closed lets what runs finish, and nothing outlives it', { skip }, async (t) => {
  const { terminal, url, all } = await inTerminal(t, 'start')
  const upload = await halfUpload(url, t)
  terminal.kill('SIGKILL')
  // Readiness says that the server is leaving.
  await until(async () => (await fetch(`${url}/readiness`)).status === 404, 'the server to take the hang-up')
  await setTimeout(REPEATED_MS)
  assert.match(await finishUpload(upload), /^HTTP\/1\.1 \d{3} /)
  await until(() => !all.some(isAlive), `all of ${all} to end`)
})

for (const [which, at] of [
  ['npm', 0],
  ['the shell', 1],
] as const) {
  it(`a signal to ${which} alone lets what runs finish, and nothing outlives it`, { skip }, async (t) => {
    const { url, all } = await inTerminal(t, 'start')
    const upload = await halfUpload(url, t)
    process.kill(all[at]!, 'SIGTERM')
    await until(async () => (await fetch(`${url}/readiness`)).status === 404, 'the server to be told')
    await setTimeout(REPEATED_MS)
    assert.match(await finishUpload(upload), /^HTTP\/1\.1 \d{3} /)
    await until(() => !all.some(isAlive), `all of ${all} to end`)
  })
}
