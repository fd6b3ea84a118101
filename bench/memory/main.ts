/**
 * Resident memory of a server under mixed work, and what is left of it after silence.
 *
 *   node dist/bench/memory/main.js [--rounds 3] [--seconds 60] [--silence 60] [--clients 12] [--devices cpu:2]
 *
 * Exits with 1 where a round's silence ends more than 150 MB above the idle start. Also where what is left rises from
 * round to round. The last line is JSON.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { benchCommand } from '../command-line/command.ts'
import { deviceNames, notNegative, positive, positiveNumber } from '../command-line/values.ts'
import { startServer } from '../load/child-server.ts'
import { report } from '../report/record.ts'
import { mixedWork } from './mixed-work.ts'
import { metric, residentBytes } from './resident.ts'

/** MB above the idle start that may be left after the silence. */
const ALLOWED_MB = 150
/** MB that what is left may rise from the second round to the last: the first one fills what is kept for good. */
const ALLOWED_RISE_MB = 25
const SAMPLE_MS = 250

const { rounds, seconds, silence, clients, devices, set } = benchCommand(
  'resident memory of a server under mixed work, and what is left of it after silence',
)
  .option('--rounds <n>', 'rounds of work and silence', positive, 3)
  .option('--seconds <n>', 'seconds of work in a round', positiveNumber, 60)
  .option('--silence <n>', 'seconds of silence after it', notNegative, 60)
  .option('--clients <n>', 'connections that work at once', positive, 12)
  .option('--devices <list>', 'devices, such as cpu:2 or cuda:0', deviceNames, 'cpu:2')
  .option('--set <key=value...>', 'settings of the server', [])
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{
    rounds: number
    seconds: number
    silence: number
    clients: number
    devices: string
    set: string[]
  }>()

const folder = await mkdtemp(join(tmpdir(), 'light-tts-memory-'))
const settings = [
  'limits.rate_limit=off',
  'capacity=profile',
  'limits.max_concurrent_requests=1000',
  'limits.max_share_per_address=1',
  // A busy machine makes speech late; that is not what is measured here.
  'server.requestTimeoutMs=3600000',
  `voicesDir=${folder}`,
  ...set,
]
const server = await startServer(['--devices', devices, ...settings.flatMap((each) => ['--set', each])])
const mb = () => residentBytes(server.pid) / 1e6
try {
  await sleep(5000)
  const idleMb = mb()
  const table = []
  for (let round = 1; round <= rounds; round++) table.push(await oneRound(round))
  const left = table.map(({ after_mb }) => after_mb)
  const leftMb = Math.max(...left) - idleMb
  const riseMb = left.at(-1)! - left[Math.min(1, left.length - 1)]!
  for (const row of table) console.log(JSON.stringify(row))
  console.log(
    `idle ${idleMb.toFixed(0)} MB; at most ${leftMb.toFixed(0)} MB more after ${silence} s of silence, ${riseMb.toFixed(0)} MB from the second round to the last`,
  )
  report('memory', {
    idle_mb: idleMb,
    left_mb: leftMb,
    allowed_mb: ALLOWED_MB,
    rise_mb: riseMb,
    allowed_rise_mb: ALLOWED_RISE_MB,
    rounds: table,
  })
  if (leftMb > ALLOWED_MB || riseMb > ALLOWED_RISE_MB) process.exitCode = 1
} finally {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}

/** Work, then silence; MB at the top of it, at the end of the work, and after. */
async function oneRound(round: number) {
  let peakMb = mb()
  const sampler = setInterval(() => {
    peakMb = Math.max(peakMb, mb())
  }, SAMPLE_MS)
  const untilMs = performance.now() + seconds * 1000
  const work = mixedWork(server.url, { clients, untilMs, seed: round })
  const { requests: byKind, audioBytes, refused } = await work.finally(() => clearInterval(sampler))
  const end_mb = mb()
  const flow_state_mb = (await metric(server.url, 'light_tts_flow_state_used_bytes')) / 1e6
  await sleep(silence * 1000)
  return {
    round,
    requests: Object.values(byKind).reduce((sum, count) => sum + count, 0),
    by_kind: byKind,
    refused,
    audio_mb: audioBytes / 1e6,
    peak_mb: peakMb,
    end_mb,
    flow_state_mb,
    after_mb: mb(),
    // Of the main thread; the lanes have heaps of their own.
    js_heap_mb: (await metric(server.url, 'nodejs_heap_used_bytes')) / 1e6,
    external_mb: (await metric(server.url, 'nodejs_external_memory_bytes')) / 1e6,
  }
}
