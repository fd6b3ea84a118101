/** The server keeps to itself: no file of ONNX Runtime's telemetry, no look-up of a name. */

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { it } from 'node:test'
import { freePort } from '../../bench/server/free-port.ts'
import { convert } from '../../src/convert/convert.ts'
import { startChild, untilReady } from '../helpers/child-server.ts'
import { goldenDir, repoRoot } from '../helpers/paths.ts'
import { descendants } from '../helpers/processes.ts'
import { findProgram, skipWithout } from '../helpers/required-tools.ts'

async function freshFolders(t: { after(act: () => Promise<void>): void }) {
  const root = await mkdtemp(join(tmpdir(), 'light-tts-private-'))
  t.after(() => rm(root, { recursive: true, maxRetries: 3 }))
  const [home, temporary, cacheDir] = await Promise.all(
    ['home-', 'tmp-', 'cache-'].map((name) => mkdtemp(join(root, name))),
  )
  // Nothing of this test's own setting may help.
  const env = { HOME: home!, TMPDIR: temporary!, XDG_CACHE_HOME: '', ORT_DISABLE_TELEMETRY: '' }
  return { root, cacheDir: cacheDir!, home: home!, temporary: temporary!, env }
}

async function speak(url: string): Promise<void> {
  const form = new FormData()
  form.append('tts_text', 'Good morning.')
  form.append('prompt_text', 'The golden prompt is a short sentence.')
  const recording = await readFile(join(goldenDir, 'inputs', 'prompt_24k.wav'))
  form.append('prompt_wav', new Blob([recording]), 'prompt.wav')
  const answer = await fetch(`${url}/inference_zero_shot`, { method: 'POST', body: form })
  assert.equal(answer.status, 200)
  await answer.arrayBuffer()
}

const isTelemetry = (name: string) => /mat-debug|onnxruntime|deviceid|DeveloperTools/i.test(name)

it('a server that has spoken leaves no file of telemetry in home or temporary folder', async (t) => {
  const { cacheDir, home, temporary, env } = await freshFolders(t)
  const server = await startChild('serve.js', { cacheDir, env })
  t.after(async () => void server.process.kill('SIGKILL'))
  await speak(server.url)
  server.process.kill('SIGTERM')
  await server.ended
  for (const folder of [home, temporary]) {
    const names = await readdir(folder, { recursive: true })
    assert.deepEqual(names.filter(isTelemetry), [], folder)
  }
})

it('a server under strace resolves no name', { skip: skipWithout('strace') }, async (t) => {
  const { root, cacheDir, env } = await freshFolders(t)
  const port = await freePort()
  const trace = join(root, 'trace')
  const command = [
    join(repoRoot, 'dist/src/commands/serve.js'),
    '--model',
    `tiny=${goldenDir}`,
    '--port',
    String(port),
  ]
  const sets = ['--set', `cacheDir=${cacheDir}`, '--set', `voicesDir=${join(cacheDir, 'voices')}`]
  const strace = spawn(
    findProgram('strace')!,
    [
      '-f',
      '--seccomp-bpf',
      '-o',
      trace,
      '-e',
      'trace=connect,sendto,openat',
      process.execPath,
      ...command,
      ...sets,
    ],
    { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let text = ''
  for (const stream of [strace.stdout!, strace.stderr!]) stream.on('data', (piece) => (text += piece))
  const ended = once(strace, 'exit').then(([code, signal]) => code ?? signal)
  t.after(async () => {
    // What it traces goes on without it.
    for (const pid of await descendants(strace.pid!)) process.kill(pid, 'SIGKILL')
    strace.kill('SIGKILL')
  })
  const url = `http://127.0.0.1:${port}`
  await untilReady({ url, process: strace, output: () => text, ended })
  await speak(url)
  // A signal to strace itself would end the trace, not the server.
  const [server] = await descendants(strace.pid!)
  process.kill(server!, 'SIGTERM')
  await ended
  await assertPrivate(trace)
})

/** The traced process loaded ONNX Runtime, looked nothing up, and made no file of telemetry. */
async function assertPrivate(trace: string): Promise<void> {
  const lines = (await readFile(trace, 'utf8')).split('\n')
  assert(
    lines.some((line) => line.includes('libonnxruntime')),
    'the trace shows the library',
  )
  // A resolver asks port 53, or a daemon by its socket.
  const lookUps = lines.filter((line) => /htons\(53\)|nscd\/socket|resolved/.test(line))
  assert.deepEqual(lookUps, [])
  assert.deepEqual(
    lines.filter((line) => /O_CREAT/.test(line) && isTelemetry(line)),
    [],
  )
}

it('offline commands under strace resolve no name either', { skip: skipWithout('strace') }, async (t) => {
  const { root, home, temporary, env } = await freshFolders(t)
  const bundle = join(root, 'bundle')
  await convert(goldenDir, bundle)
  const commands: Record<string, string[]> = {
    'src/commands/say.js': ['Hello.', '--model', bundle, '--out', join(root, 'a.wav'), '--seed', '1'],
    'src/commands/verify.js': [bundle, join(goldenDir, 'expected')],
  }
  for (const [entry, args] of Object.entries(commands)) {
    const trace = join(root, `${entry.replaceAll('/', '-')}.trace`)
    const traced = ['-f', '--seccomp-bpf', '-o', trace, '-e', 'trace=connect,openat', process.execPath]
    const done = spawnSync(findProgram('strace')!, [...traced, join(repoRoot, 'dist', entry), ...args], {
      env: { ...process.env, ...env },
      encoding: 'utf8',
    })
    assert.equal(done.status, 0, `${entry}: ${done.stderr}`)
    await assertPrivate(trace)
  }
  for (const folder of [home, temporary]) assert.deepEqual((await readdir(folder)).filter(isTelemetry), [])
})

it('Python tools that load ONNX Runtime switch its telemetry off before', async () => {
  const loading: string[] = []
  for (const folder of ['demo', 'bench', 'clients', 'test'])
    for (const name of await readdir(join(repoRoot, folder), { recursive: true })) {
      const file = join(folder, name)
      if (!file.endsWith('.py') || /venv|node_modules/.test(file)) continue
      if (/^\s*(import|from) onnxruntime/m.test(await readFile(join(repoRoot, file), 'utf8')))
        loading.push(file)
    }
  assert.ok(loading.length > 0)
  const entries = ['demo/training/voice_lab/__init__.py', 'demo/training/tests/conftest.py']
  for (const file of loading) {
    const before = entries.find((entry) => file.startsWith(dirname(entry)))
    assert.ok(before, `${file} is behind no file that switches telemetry off`)
    assert.match(
      await readFile(join(repoRoot, before), 'utf8'),
      /^os\.environ\["ORT_DISABLE_TELEMETRY"\] = "1"$/m,
    )
  }
})
