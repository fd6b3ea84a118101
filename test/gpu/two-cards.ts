/** A server on two cards, from its start to its end, and without one of them. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { goldenDir, repoRoot } from '../helpers/paths.ts'
import { exactly, type Line } from './line.ts'

/** Enough that both cards get some. */
const TEXTS = ['One.', 'Two trains.', 'Three.', 'Four of them.']
const MOST_ROUNDS = 20
const ALL_ANSWERED = TEXTS.map(() => 200).join(' ')

export async function* serverOnTwoCards(cacheDir: string, bundle: string): AsyncGenerator<Line> {
  const lost = await mkdtemp(join(tmpdir(), 'light-tts-lost-'))
  const server = await start(cacheDir, bundle, lost)
  try {
    if (server.url === undefined)
      return yield exactly('a server on two cards', server.said().slice(-200), 'starts')
    yield exactly('answers of a server on two cards', await ask(server.url), ALL_ANSWERED)
    await writeFile(join(lost, '1'), '')
    // Which card a speech is given to depends on what each has to do: asked until the lost one was met, and once more.
    let rounds = 0
    let answers = ''
    const isMet = () => /device cuda:1/.test(server.said())
    do answers = await ask(server.url)
    while (answers === ALL_ANSWERED && !isMet() && ++rounds < MOST_ROUNDS)
    yield exactly('answers when a card is lost', answers, ALL_ANSWERED)
    yield exactly('whether its log names the lost card', isMet() ? 'yes' : 'no', 'yes')
    yield exactly('answers without the lost card', await ask(server.url), ALL_ANSWERED)
    const health = await fetch(`${server.url}/health`)
    yield exactly('its health then', health.status, 200)
  } finally {
    server.stop()
    await rm(lost, { recursive: true, force: true })
  }
  yield exactly('its exit code', String(await server.ended), '0')
}

async function start(cacheDir: string, bundle: string, lost: string) {
  const script = join(repoRoot, 'dist/src/commands/serve.js')
  const settings = [`voicesDir=${join(cacheDir, 'voices')}`, 'limits.rate_limit=off', 'log.format=json']
  const args = [
    ...['--model', `tiny=${bundle}`, '--port', '0', '--devices', 'cuda:0,cuda:1'],
    ...settings.flatMap((setting) => ['--set', setting]),
  ]
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, LIGHT_TTS_CACHE_DIR: cacheDir, STAND_IN_LOST: lost },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  let text = ''
  const url = await new Promise<string | undefined>((resolve) => {
    const listen = (part: Buffer) => {
      text += part.toString()
      const found = /"url":"([^"]+)"/.exec(text)
      if (found !== null) resolve(found[1])
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.on('exit', () => resolve(undefined))
  })
  return { url, ended, said: () => text, stop: () => void child.kill('SIGTERM') }
}

/** Speaks all texts at once: the status of each. */
async function ask(url: string): Promise<string> {
  const recording = await readFile(join(goldenDir, 'inputs/prompt_24k.wav'))
  const answers = await Promise.all(
    TEXTS.map(async (tts_text) => {
      const form = new FormData()
      form.append('tts_text', tts_text)
      form.append('prompt_text', 'The golden prompt is a short sentence.')
      form.append('prompt_wav', new Blob([recording]), 'prompt.wav')
      const answer = await fetch(`${url}/inference_zero_shot`, { method: 'POST', body: form })
      await answer.arrayBuffer()
      return answer.status
    }),
  )
  return answers.join(' ')
}
