/**
 * A candidate's score as a user would measure it: a server of its own, the load harness, the server ended again.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Profile } from '../../src/config/profile.ts'
import { startServer } from '../load/child-server.ts'
import type { Figures } from '../load/figures.ts'
import { loadTest } from '../load/load-test.ts'
import { readOptions } from '../load/options.ts'

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
  const settings = [
    'limits.rate_limit=off',
    'limits.max_concurrent_requests=1000',
    'capacity=profile',
    `voicesDir=${folder}`,
  ]
  const server = await startServer([
    ...['--devices', options.device, '--profile', file],
    ...settings.flatMap((setting) => ['--set', setting]),
    ...(options.model === undefined ? [] : ['--model', options.model]),
  ])
  try {
    const { url } = server
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
    await server.stop()
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
