/**
 * A server under mixed work for a long time: `npm run -s soak -- --minutes 10`. Resident memory, heap, descriptors and
 * threads are drawn as a picture (SVG); a line that rises after the warm-up ends it with 1. The last line is JSON.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { startServer } from '../load/child-server.ts'
import { mixedWork } from '../memory/mixed-work.ts'
import { metric, residentBytes } from '../memory/resident.ts'
import { report } from '../report/record.ts'
import { blocksOf, type Line, svgOf } from './picture.ts'
import { rudeWork } from './rude-work.ts'
import { type Sample, trendOf } from './trend.ts'

const SAMPLE_MS = 1000
/** Rises that are allowed over what is judged: what caches still take, and noise. */
const ALLOWED = { memory: 100, heap: 30, descriptors: 12, threads: 2 } as const

const { minutes, seed, clients, rude, picture, set } = new Command('soak')
  .option('--minutes <n>', 'length of the run', Number, 10)
  .option('--seed <n>', 'of the work', Number, 1)
  .option('--clients <n>', 'connections that ask for speech at a time', Number, 4)
  .option('--rude <n>', 'connections that do everything else', Number, 3)
  .option('--picture <file>', 'where the picture goes', 'soak.svg')
  .option('--set <key=value...>', 'settings of the server', [])
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{
    minutes: number
    seed: number
    clients: number
    rude: number
    picture: string
    set: string[]
  }>()

const voicesDir = mkdtempSync(join(tmpdir(), 'light-tts-soak-'))
const settings = [`voicesDir=${voicesDir}`, 'limits.rate_limit=off', ...set]
const server = await startServer(settings.flatMap((each) => ['--set', each]))
const lines: Record<keyof typeof ALLOWED, Sample[]> = { memory: [], heap: [], descriptors: [], threads: [] }
const startMs = performance.now()
let isSampling = false
const sampler = setInterval(() => {
  if (isSampling) return
  isSampling = true
  void sample().finally(() => {
    isSampling = false
  })
}, SAMPLE_MS)
try {
  const untilMs = startMs + minutes * 60_000
  const [spoken, done] = await Promise.all([
    mixedWork(server.url, { clients, untilMs, seed }),
    rudeWork(server.url, { clients: rude, untilMs, seed }),
  ])
  clearInterval(sampler)
  const judged: Line[] = [
    { name: 'memory', unit: 'MB', ...judge('memory') },
    { name: 'heap', unit: 'MB', ...judge('heap') },
    { name: 'descriptors', unit: '', ...judge('descriptors') },
    { name: 'threads', unit: '', ...judge('threads') },
  ]
  writeFileSync(picture, svgOf(`light-tts, ${minutes} min of mixed work`, judged))
  for (const line of judged) console.log(blocksOf(line))
  const trends = Object.fromEntries(judged.map(({ name, trend }) => [name, trend]))
  report('soak', { minutes, spoken, done, trends, allowed: ALLOWED })
  if (judged.some(({ trend }) => trend.rises)) process.exitCode = 1
} finally {
  clearInterval(sampler)
  await server.stop()
  rmSync(voicesDir, { recursive: true, force: true })
}

function judge(name: keyof typeof ALLOWED) {
  return { samples: lines[name], trend: trendOf(lines[name], ALLOWED[name]) }
}

async function sample(): Promise<void> {
  const at = (performance.now() - startMs) / 1000
  const threads = /^Threads:\s+(\d+)$/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]
  lines.memory.push({ at, value: residentBytes(server.pid) / 1e6 })
  lines.threads.push({ at, value: Number(threads) })
  lines.descriptors.push({ at, value: readdirSync(`/proc/${server.pid}/fd`).length })
  const heap = await metric(server.url, 'nodejs_heap_used_bytes').catch(() => undefined)
  if (heap !== undefined) lines.heap.push({ at, value: heap / 1e6 })
}
