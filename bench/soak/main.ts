/**
 * A server under mixed work for a long time: `npm run -s soak -- --minutes 10`. Resident memory, heap, descriptors and
 * threads are drawn as a picture (SVG); a line that rises after the warm-up ends it with 1. The last line is JSON. With
 * `--state FILE` a run that was cut short goes on where it is started again.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { benchCommand } from '../command-line/command.ts'
import { positive, positiveNumber, whole } from '../command-line/values.ts'
import { startServer } from '../load/child-server.ts'
import { mixedWork } from '../memory/mixed-work.ts'
import { metric, residentBytes } from '../memory/resident.ts'
import { report } from '../report/record.ts'
import { KeptSamples, LINES, type LineName } from './kept-samples.ts'
import { blocksOf, svgOf } from './picture.ts'
import { rudeWork } from './rude-work.ts'
import { type Trend, trendOf } from './trend.ts'

const SAMPLE_MS = 1000
/** Work before the first sample: at full work memory takes about a minute to what it then stays at, however long the run. */
const WARM_UP_MS = 60_000
/** Rises that are allowed over what is judged: what caches still take, and noise. */
const ALLOWED = { memory: 100, heap: 30, descriptors: 12, threads: 2 } as const
const UNITS = { memory: 'MB', heap: 'MB', descriptors: '', threads: '' } as const

const { minutes, seed, clients, rude, picture, set, state } = benchCommand(
  'memory, heap, descriptors and threads of a server under mixed work; a line that rises fails',
  'npm run -s soak --',
)
  .option('--minutes <n>', 'length of the run, behind a minute of the same work', positiveNumber, 10)
  .option('--seed <n>', 'of the work', whole, 1)
  .option('--clients <n>', 'connections that ask for speech at a time', positive, 4)
  .option('--rude <n>', 'connections that do everything else', whole, 3)
  .option('--picture <file>', 'where the picture goes', 'soak.svg')
  .option('--set <key=value...>', 'settings of the server', [])
  .option('--state <file>', 'keep samples there; started again with it, a run goes on')
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{
    minutes: number
    seed: number
    clients: number
    rude: number
    picture: string
    set: string[]
    state?: string
  }>()

const kept = new KeptSamples(state)
const leftMs = Math.max(0, minutes * 60 - kept.seconds) * 1000

const voicesDir = mkdtempSync(join(tmpdir(), 'light-tts-soak-'))
const settings = [`voicesDir=${voicesDir}`, 'limits.rate_limit=off', ...set]
const server = await startServer(settings.flatMap((each) => ['--set', each]))
const startMs = performance.now() + (leftMs > 0 ? WARM_UP_MS : 0)
let isSampling = false
const sampler = setInterval(() => {
  if (isSampling || performance.now() < startMs) return
  isSampling = true
  void sample().finally(() => {
    isSampling = false
  })
}, SAMPLE_MS)
try {
  const untilMs = startMs + leftMs
  const [spoken, done] = await Promise.all([
    mixedWork(server.url, { clients, untilMs, seed }),
    rudeWork(server.url, { clients: rude, untilMs, seed }),
  ])
  clearInterval(sampler)
  const judged = LINES.map((name) => ({
    name,
    unit: UNITS[name],
    samples: kept.all(name),
    trend: judge(name),
  }))
  writeFileSync(picture, svgOf(`light-tts, ${minutes} min of mixed work`, judged))
  for (const line of judged) console.log(blocksOf(line))
  const trends = Object.fromEntries(judged.map(({ name, trend }) => [name, trend]))
  report('soak', { minutes, processes: kept.processes.length, spoken, done, trends, allowed: ALLOWED })
  if (judged.some(({ trend }) => trend.rises)) process.exitCode = 1
} finally {
  clearInterval(sampler)
  await server.stop()
  rmSync(voicesDir, { recursive: true, force: true })
}

/** Of the process that rose most. */
function judge(name: LineName): Trend {
  const trends = kept.processes.map((each) => trendOf(each[name], ALLOWED[name]))
  return trends.reduce((worst, trend) => (trend.to - trend.from > worst.to - worst.from ? trend : worst))
}

async function sample(): Promise<void> {
  const at = (performance.now() - startMs) / 1000
  const threads = /^Threads:\s+(\d+)$/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]
  kept.add('memory', { at, value: residentBytes(server.pid) / 1e6 })
  kept.add('threads', { at, value: Number(threads) })
  kept.add('descriptors', { at, value: readdirSync(`/proc/${server.pid}/fd`).length })
  const heap = await metric(server.url, 'nodejs_heap_used_bytes').catch(() => undefined)
  if (heap !== undefined) kept.add('heap', { at, value: heap / 1e6 })
}
