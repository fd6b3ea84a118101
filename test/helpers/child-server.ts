/** A server in a process of its own, as users run it, with the reference checkpoint as its model. */

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePort } from '../../bench/server/free-port.ts'
import { goldenDir, repoRoot } from './paths.ts'

export interface ChildServer {
  readonly url: string
  readonly process: ChildProcess
  /** Everything that it wrote. */
  output(): string
  /** Its exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
}

/** Long: the machine may be busy with other tests. */
const START_LIMIT_MS = 120_000

/** `entry` is a compiled file under `dist/src/commands`; resolves once it is ready, rejects when it ends before. */
export async function startChild(
  entry: 'serve.js' | 'start.js',
  options: {
    readonly cacheDir: string
    readonly args?: readonly string[]
    readonly port?: number
    readonly model?: string
    /** The model's checkpoint or bundle; the reference checkpoint unless given. */
    readonly folder?: string
    readonly env?: Readonly<Record<string, string>>
  },
): Promise<ChildServer> {
  const port = options.port ?? (await freePort())
  const args = [
    join(repoRoot, 'dist', 'src', 'commands', entry),
    ...[
      '--model',
      `${options.model ?? 'tiny'}=${options.folder ?? goldenDir}`,
      '--port',
      String(port),
      '--set',
      `cacheDir=${options.cacheDir}`,
    ],
    ...['--set', `jobs.dir=${join(options.cacheDir, 'jobs')}`],
    ...['--set', `voicesDir=${join(options.cacheDir, 'voices')}`, '--set', 'limits.rate_limit=off'],
    // What tests ask for must not depend on how busy their machine is.
    ...['--set', 'capacity=profile'],
    ...(options.args ?? []),
  ]
  // It ends with this process: over the channel it sees its parent's death.
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...options.env },
  })
  let text = ''
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (piece) => (text += piece))
  const ended = once(child, 'exit').then(([code, signal]) => code ?? signal)
  const server = { url: `http://127.0.0.1:${port}`, process: child, output: () => text, ended }
  await untilReady(server)
  return server
}

/** Waits for `/readiness` to say 200. */
export async function untilReady({ url, ended, output }: ChildServer): Promise<void> {
  let over = false
  void ended.then(() => {
    over = true
  })
  for (const limit = performance.now() + START_LIMIT_MS; performance.now() < limit; ) {
    assert(!over, `the server ended before it was ready:\n${output()}`)
    const status = await fetch(`${url}/readiness`).then(
      (answer) => answer.status,
      () => 0,
    )
    if (status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.fail(`the server was not ready in time:\n${output()}`)
}
