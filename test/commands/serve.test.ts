import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { decodeWav } from '../../src/audio/wav-reader.ts'
import { type ChildServer, startChild, untilReady } from '../helpers/child-server.ts'
import { listenForNews } from '../helpers/notify-socket.ts'
import { goldenDir, repoRoot } from '../helpers/paths.ts'

const LIMITS = { maxSeconds: 600 }

let cacheDir: string
before(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'light-tts-serve-'))
})
after(() => rm(cacheDir, { recursive: true }))

async function speak({ url }: ChildServer, changes: Record<string, string> = {}): Promise<Response> {
  const form = new FormData()
  const fields = {
    tts_text: 'Good morning, everybody.',
    prompt_text: 'The golden prompt is a short sentence.',
    seed: '7',
    ...changes,
  }
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  const recording = await readFile(join(goldenDir, 'inputs', 'prompt_24k.wav'))
  form.append('prompt_wav', new Blob([recording]), 'prompt.wav')
  return fetch(`${url}/inference_zero_shot`, { method: 'POST', body: form })
}

const samplesOf = async (answer: Response) =>
  decodeWav(new Uint8Array(await answer.arrayBuffer()), LIMITS).samples

it('a checkpoint is converted, served, spoken with, and the server ends in order on SIGTERM', async (t) => {
  const address = join(cacheDir, 'notify')
  const manager = process.platform === 'linux' ? listenForNews(t, address) : undefined
  const env = { NOTIFY_SOCKET: address, WATCHDOG_USEC: '200000' }
  const server = await startChild('serve.js', { cacheDir, env })
  const answer = await speak(server)
  assert.equal(answer.status, 200)
  const whole = await samplesOf(answer)
  assert(whole.length > 16_000 * 0.5, `${whole.length} samples`)
  assert.deepEqual(await samplesOf(await speak(server)), whole, 'the same seed gives the same speech')

  const streamed = await samplesOf(await speak(server, { stream: 'true' }))
  assert.equal(streamed.length, whole.length)

  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  assert.match(metrics, /^lightllm_request_success 3$/m)
  assert.match(metrics, /^light_tts_voice_lookups_total\{result="hit"\} 2$/m)
  // A socket holds few datagrams until they are read.
  manager?.told()
  server.process.kill('SIGTERM')
  assert.equal(await server.ended, 0)
  // As systemd hears it.
  const told = manager?.told() ?? []
  assert.deepEqual(
    told.filter((line) => line !== 'WATCHDOG=1'),
    manager === undefined ? [] : ['READY=1', 'STOPPING=1'],
  )
  assert(manager === undefined || told.includes('WATCHDOG=1'))
})

it('a killed server is brought back by its parent, and ends with it', async () => {
  const parent = await startChild('start.js', { cacheDir })
  const child = await serverOf(parent)
  process.kill(child, 'SIGKILL')
  while (!parent.output().includes('starting it again'))
    await new Promise((resolve) => setTimeout(resolve, 20))
  await untilReady(parent)
  assert.equal((await speak(parent)).status, 200)
  const second = await serverOf(parent)
  assert.notEqual(second, child)
  parent.process.kill('SIGTERM')
  assert.equal(await parent.ended, 0)
  assert.throws(() => process.kill(second, 0), 'the server outlived its parent')
})

/** The supervised process, found as the parent's child. */
async function serverOf(parent: ChildServer): Promise<number> {
  const pid = parent.process.pid!
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return Number(children.trim().split(' ')[0])
}

const run = (...args: string[]) =>
  spawnSync(process.execPath, [join(repoRoot, 'dist/src/commands/serve.js'), ...args], { encoding: 'utf8' })

for (const [what, args, message] of [
  [
    'an unknown setting',
    ['--set', 'limits.rate=5'],
    /expected a known setting such as limits\.\w+, got "limits\.rate"/,
  ],
  [
    'a folder that is no model',
    ['--port', '0', '--model', `x=${tmpdir()}`],
    /expected a bundle or a checkpoint folder/,
  ],
  ['a model without a name', ['--port', '0', '--model', tmpdir()], /--model.*expected NAME=FOLDER, such as/],
  ['a device that does not exist', ['--port', '0', '--devices', 'tpu:0'], /devices: expected auto, cpu:1/],
  [
    'a profile that is not there',
    ['--port', '0', '--profile', '/none.json'],
    /none\.json: expected a profile/,
  ],
] as const) {
  it(`${what} ends the start with one line and code 2`, () => {
    const { status, stderr } = run(...args)
    assert.equal(status, 2, stderr)
    const lines = stderr.trim().split('\n')
    assert.equal(lines.length, 1, stderr)
    assert.match(lines[0]!, message)
  })
}

it('--print-config can be fed back in', async () => {
  const { stdout, status } = run('--print-config', '--port', '1234')
  assert.equal(status, 0)
  assert.match(stdout, /^ {2}port: 1234$/m)
})
