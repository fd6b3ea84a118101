/**
 * How large the image is and how long it takes to start: `node dist/bench/image/main.js [--rounds N]`; last line JSON.
 *
 * The Dockerfile's steps are executed in a folder. Sizes are without Node and the system below it. A start ends with the
 * first `/readiness` that is 200: the first of a volume converts the embedded voice, later ones find it there.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { monotonicMs } from '../../src/core/monotonic.ts'
import { benchCommand } from '../command-line/command.ts'
import { positive } from '../command-line/values.ts'
import { report, summary } from '../report/record.ts'
import { freePort } from '../server/free-port.ts'
import { buildBySteps, imageEnvironment } from './dockerfile-steps.ts'

const POLL_MS = 20

const { rounds } = benchCommand(
  'size of the image by its parts, and time of its first and of its later starts',
)
  .option('--rounds <n>', 'first and later starts', positive, 3)
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{ rounds: number }>()

const folder = mkdtempSync(join(tmpdir(), 'light-tts-image-'))
try {
  const image = buildBySteps(folder)
  const megabytes = Object.fromEntries(
    readdirSync(image).map((name) => [name, Math.round(bytesOf(join(image, name)) / 1e5) / 10]),
  )
  const total = Math.round(Object.values(megabytes).reduce((sum, one) => sum + one, 0) * 10) / 10
  console.table({ ...megabytes, total })
  const starts: { first: number[]; later: number[] } = { first: [], later: [] }
  for (let round = 0; round < rounds; round++) {
    const data = join(folder, `data-${round}`)
    for (const kind of ['first', 'later'] as const) starts[kind].push(await startMs(image, data))
  }
  const startsMs = { first: summary(starts.first), later: summary(starts.later) }
  console.table(startsMs)
  await report('image', { megabytes: { ...megabytes, total }, starts_ms: startsMs })
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

/** Of files, links not followed. */
function bytesOf(path: string): number {
  const { size } = lstatSync(path)
  if (!lstatSync(path).isDirectory()) return size
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0)
}

/** From the start of the process to the first 200. Throws where the server ends instead. */
async function startMs(image: string, data: string): Promise<number> {
  const port = await freePort()
  const env = imageEnvironment(port, data)
  const began = monotonicMs()
  const server = spawn(process.execPath, ['light-tts.mjs', 'start'], { cwd: image, env, stdio: 'ignore' })
  const ended = once(server, 'exit')
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}/readiness`).then(
      ({ status }) => status === 200,
      () => false,
    )
  while (!(await isReady())) {
    if (server.exitCode !== null) throw new Error(`expected a server, got exit code ${server.exitCode}`)
    await pause(POLL_MS)
  }
  const ms = monotonicMs() - began
  server.kill('SIGTERM')
  await ended
  return ms
}
