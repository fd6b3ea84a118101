/**
 * What text over sockets in tiny pieces costs the main thread, and other requests: `node dist/bench/siege/live-text.js`.
 * For each pattern, n characters and 2n: CPU seconds of the main thread, and the slowest answer of `/liveness` meanwhile.
 * Exits with 1 where 2n costs more than 2.5 times n, or where liveness took longer than wanted; the last line is JSON.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import WebSocket from 'ws'
import { benchCommand } from '../command-line/command.ts'
import { positive } from '../command-line/values.ts'
import { startServer } from '../load/child-server.ts'
import { report } from '../report/record.ts'

const WANTED_MS = 100
const MOST_RATIO = 2.5
const PROBE_MS = 10
const SETTLE_MS = 1500
/** Clock ticks of /proc a second. */
const TICKS = 100
/** CPU seconds below which a ratio says nothing. */
const LEAST_CPU = 0.05

const { characters, only = '' } = benchCommand(
  'what text over sockets in tiny pieces costs the main thread, and other requests',
)
  .option('--characters <n>', 'n', positive, 9500)
  .option('--only <text>', 'patterns whose name contains this')
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{ characters: number; only?: string }>()

/** Name → the pieces, repeated until there are enough characters. */
const PATTERNS: Readonly<Record<string, readonly string[]>> = {
  words: ['a '],
  'Chinese without stops': ['你'],
  abbreviations: ['Dr. '],
  'one long word': ['a'],
  mixed: ['Dr. ', '你', '3', '. ', 'a', '\n', '$1,', '👍'],
}

const server = await startServer(['--set', 'limits.rate_limit=off'])
const table: Row[] = []
try {
  for (const [pattern, pieces] of Object.entries(PATTERNS)) {
    if (!pattern.includes(only)) continue
    for (const sockets of [1, 4]) {
      const once = await feed(pieces, characters, sockets)
      const twice = await feed(pieces, 2 * characters, sockets)
      table.push({ pattern, sockets, once, twice, ratio: twice.cpu / Math.max(LEAST_CPU, once.cpu) })
      console.log(JSON.stringify(table.at(-1)))
    }
  }
} finally {
  await server.stop()
}
report('live-text', { characters, wanted_ms: WANTED_MS, most_ratio: MOST_RATIO, table })
if (table.some(({ twice, ratio }) => twice.slowestMs > WANTED_MS || ratio > MOST_RATIO)) process.exitCode = 1

interface Fed {
  /** Seconds of the server's main thread. */
  readonly cpu: number
  readonly slowestMs: number
}

interface Row {
  readonly pattern: string
  readonly sockets: number
  readonly once: Fed
  readonly twice: Fed
  readonly ratio: number
}

/** Sends so many characters in pieces over each socket, as fast as they are taken. */
async function feed(pieces: readonly string[], count: number, sockets: number): Promise<Fed> {
  const before = mainThreadCpu(server.pid)
  let isOver = false
  const probes = probe(() => isOver)
  await Promise.all(Array.from({ length: sockets }, () => send(pieces, count)))
  await sleep(SETTLE_MS)
  isOver = true
  return { cpu: mainThreadCpu(server.pid) - before, slowestMs: await probes }
}

async function send(pieces: readonly string[], count: number): Promise<void> {
  const ws = new WebSocket(`${server.url.replace('http', 'ws')}/inference_zero_shot_bistream`)
  ws.on('error', () => {})
  await new Promise((resolve) => ws.once('open', resolve))
  ws.send(JSON.stringify({ voice: 'grace' }))
  for (let sent = 0, i = 0; sent < count; i++) {
    const piece = pieces[i % pieces.length]!
    ws.send(JSON.stringify({ tts_text: piece }))
    sent += piece.length
    // The probes share this thread.
    if (i % 100 === 0) await new Promise(setImmediate)
  }
  await sleep(SETTLE_MS)
  ws.terminate()
}

/** The slowest answer, ms. */
async function probe(isOver: () => boolean): Promise<number> {
  let slowest = 0
  while (!isOver()) {
    const asked = performance.now()
    await (await fetch(`${server.url}/liveness`)).arrayBuffer()
    slowest = Math.max(slowest, performance.now() - asked)
    await sleep(PROBE_MS)
  }
  return slowest
}

function mainThreadCpu(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}
