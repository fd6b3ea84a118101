/** How processes end that had the CUDA provider loaded. Also a server on two cards from its start to its end. */
import { spawn, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { goldenDir, repoRoot } from '../helpers/paths.ts'
import type { Line } from './line.ts'

const END = `
  import { openRuntime } from './dist/src/engine/runtime/open-runtime.js'
  import { SELF_CHECK_MODEL } from './dist/src/engine/runtime/self-check-model.js'
  const [own, releaseAtExit, alive] = process.argv.slice(1)
  const runtime = await openRuntime({ kind: 'native', cuda: { own }, releaseAtExit: releaseAtExit === 'true' })
  const session = await runtime.load(SELF_CHECK_MODEL, { intraOpThreads: 1, provider: { kind: 'cuda', deviceId: 0 } })
  if (alive !== 'true') session.release()`

/** Exit codes, with the environment released at the end and a session alive or not. */
export function* processEnds(folder: string): Generator<Line> {
  for (const alive of [true, false]) {
    const args = ['--input-type=module', '-e', END, folder, 'true', String(alive)]
    const { status, signal } = spawnSync(process.execPath, args, { cwd: repoRoot })
    const name = `a process with the provider loaded ends, ${alive ? 'a' : 'no'} session alive`
    yield { name, ok: status === 0, figure: signal ?? String(status), expected: '0' }
  }
}

/** Speaks four times at once. */
export async function* serverOnTwoCards(cacheDir: string, bundle: string): AsyncGenerator<Line> {
  const args = [
    '--model',
    `tiny=${bundle}`,
    '--port',
    '0',
    '--devices',
    'cuda:0,cuda:1',
    '--set',
    'log.format=json',
  ]
  const script = join(repoRoot, 'dist/src/commands/serve.js')
  const settings = ['--set', `voicesDir=${join(cacheDir, 'voices')}`, '--set', 'limits.rate_limit=off']
  const server = spawn(process.execPath, [script, ...args, ...settings], {
    env: { ...process.env, LIGHT_TTS_CACHE_DIR: cacheDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => server.on('exit', resolve))
  let text = ''
  const url = await new Promise<string | undefined>((resolve) => {
    const listen = (part: Buffer) => {
      text += part.toString()
      const found = /"url":"([^"]+)"/.exec(text)
      if (found !== null) resolve(found[1])
    }
    server.stdout.on('data', listen)
    server.stderr.on('data', listen)
    server.on('exit', () => resolve(undefined))
  })
  const line = (name: string, figure: number | string, expected: string): Line => ({
    name,
    ok: String(figure) === expected,
    figure,
    expected,
  })
  if (url === undefined) return yield line('a server on two cards', text.slice(-200), 'starts')
  const recording = await readFile(join(goldenDir, 'inputs/prompt_24k.wav'))
  const answers = await Promise.all(
    ['One.', 'Two trains.', 'Three.', 'Four of them.'].map(async (tts_text) => {
      const form = new FormData()
      form.append('tts_text', tts_text)
      form.append('prompt_text', 'The golden prompt is a short sentence.')
      form.append('prompt_wav', new Blob([recording]), 'prompt.wav')
      const answer = await fetch(`${url}/inference_zero_shot`, { method: 'POST', body: form })
      await answer.arrayBuffer()
      return answer.status
    }),
  )
  yield line('answers of a server on two cards', answers.join(' '), '200 200 200 200')
  server.kill('SIGTERM')
  yield line('its exit code', String(await ended), '0')
}
