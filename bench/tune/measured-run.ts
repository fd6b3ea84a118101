/**
 * A candidate's score as a user would measure it: a server of its own, the load harness, the server ended again.
 *
 * Knows: how `dist/src/main.js` is started with a profile and when it is ready. Does not know: candidates, search.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Profile } from '../../src/config/profile.ts'
import type { Figures } from '../load/figures.ts'
import { loadTest } from '../load/load-test.ts'
import { readOptions } from '../load/options.ts'

const SERVER = fileURLToPath(new URL('../../src/main.js', import.meta.url))
const START_MS = 120_000

export interface MeasuredRunOptions {
  readonly device: string
  /** `NAME=FOLDER`; the embedded voice where undefined. */
  readonly model: string | undefined
  readonly mode: 'listeners' | 'closed'
  readonly clients: number
  readonly seconds: number
  readonly seed: number
  /** What counts as good, where the figures are judged by it. */
  readonly limitFirstAudioMs?: number
}

export async function measuredRun(profile: Profile, options: MeasuredRunOptions): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'light-tts-tune-'))
  const file = join(folder, 'profile.json')
  await writeFile(file, JSON.stringify(profile))
  const settings = ['limits.rate_limit=off', 'limits.max_concurrent_requests=1000', `voicesDir=${folder}`]
  const server = spawn(
    process.execPath,
    [
      SERVER,
      ...['--port', '0', '--devices', options.device, '--profile', file],
      ...settings.flatMap((setting) => ['--set', setting]),
      ...(options.model === undefined ? [] : ['--model', options.model]),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  try {
    const url = await readyUrl(server)
    const voice = await storedVoice(url)
    const load = readOptions([
      ...(voice === undefined ? [] : ['--voice', voice]),
      ...['--url', url, '--stream', '--mode', options.mode, '--concurrency', String(options.clients)],
      ...['--duration', String(options.seconds), '--warmup', '3', '--seed', String(options.seed)],
      ...(options.limitFirstAudioMs === undefined
        ? []
        : ['--limit-first-audio', String(options.limitFirstAudioMs)]),
    ])
    return (await loadTest(load)).figures
  } finally {
    server.kill('SIGTERM')
    setTimeout(() => server.kill('SIGKILL'), 10_000).unref()
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
    await rm(folder, { recursive: true, force: true })
  }
}

/** The first stored voice: uploading a recording each time would measure that too. */
async function storedVoice(url: string): Promise<string | undefined> {
  const answer = await fetch(`${url}/v1/voices`)
  if (!answer.ok) return undefined
  const { voices } = (await answer.json()) as { readonly voices: readonly { readonly id: string }[] }
  return voices[0]?.id
}

/** The address that the server names in its log once it is ready. */
function readyUrl(server: ReturnType<typeof spawn>): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines: string[] = []
    const timer = setTimeout(() => reject(new Error(`the server was not ready in ${START_MS} ms`)), START_MS)
    const listen = (line: string) => {
      lines.push(line)
      const url = /"url":"(http[^"]+)"/.exec(line)?.[1]
      if (url === undefined || !line.includes('"msg":"ready"')) return
      clearTimeout(timer)
      resolve(url)
    }
    createInterface(server.stdout!).on('line', listen)
    createInterface(server.stderr!).on('line', listen)
    server.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`the server ended with ${code}:\n${lines.slice(-5).join('\n')}`))
    })
  })
}
