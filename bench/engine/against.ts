/**
 * This build against an older one under the same load, in turn: CPU time and audio made, rows of a decoding step, flow memory.
 * The last line is JSON.
 *
 *   node dist/bench/engine/against.js --old COMMIT|CHECKOUT [--rounds 3] [--clients 8] [--seconds 20] [--mode closed|listeners]
 *     [--texts long] [--old-set KEY=VALUE …] [--set KEY=VALUE …]
 *
 * A commit is checked out beside this checkout for as long as it is needed; it installs and builds itself. Each round starts
 * a server of either build, the order changing from round to round. CPU time is the server's own.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Option } from 'commander'
import { benchCommand } from '../command-line/command.ts'
import { deviceNames, positive, positiveNumber } from '../command-line/values.ts'
import { startServer } from '../load/child-server.ts'
import { loadTest } from '../load/load-test.ts'
import { readOptions, textsName } from '../load/options.ts'
import { metric } from '../memory/resident.ts'
import { report } from '../report/record.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
/** Mel frames of the embedded voice. */
const FRAMES_PER_SECOND = 50
/** The old build may install and build itself first. */
const START_MS = 900_000
const LOOK_MS = 500

const options = benchCommand(
  'CPU time and audio made of this build and of an older one, under the same load in turn',
)
  .requiredOption('--old <what>', 'a commit, or the folder of a checkout')
  .option('--rounds <n>', 'times that each build is measured', positive, 3)
  .option('--clients <n>', 'clients at once', positive, 8)
  .option('--seconds <n>', 'length of a measurement', positiveNumber, 20)
  .addOption(
    new Option('--mode <mode>', 'closed: ask again at once; listeners: hear all first')
      .choices(['closed', 'listeners'])
      .default('closed'),
  )
  .option('--texts <which>', 'texts of the load harness', textsName, 'long')
  .option('--devices <list>', 'devices, such as cpu:2 or cuda:0', deviceNames, 'cpu:2')
  .option('--set <key=value...>', 'settings of this build', ['capacity=profile'])
  .option('--old-set <key=value...>', 'settings of the old build', [])
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{
    old: string
    rounds: number
    clients: number
    seconds: number
    mode: string
    texts: string
    devices: string
    set: string[]
    oldSet: string[]
  }>()

interface Measured {
  readonly cpu_s_per_audio_s: number
  readonly audio_s_per_s: number
  readonly llm_batch: number
  readonly flow_state_mb: number
  readonly stutter_free_200: number
  readonly first_audio_p95_ms: number
}

const isFolder = existsSync(join(options.old, 'light-tts.mjs'))
const checkout = isFolder ? resolve(options.old) : mkdtempSync(join(tmpdir(), 'light-tts-old-'))
try {
  if (!isFolder) git('worktree', 'add', '--detach', '--force', checkout, options.old)
  const old: Measured[] = []
  const own: Measured[] = []
  for (let round = 0; round < options.rounds; round++) {
    const measureOld = async () => old.push(await measure(round, options.oldSet, checkout))
    const measureOwn = async () => own.push(await measure(round, options.set, undefined))
    for (const next of round % 2 === 0 ? [measureOld, measureOwn] : [measureOwn, measureOld]) await next()
    console.table({ old: old.at(-1), own: own.at(-1) })
  }
  const ratio = (pick: (one: Measured) => number) => median(own.map((one, i) => pick(one) / pick(old[i]!)))
  report('against', {
    old: isFolder ? commitOf(checkout) : options.old,
    clients: options.clients,
    mode: options.mode,
    texts: options.texts,
    cpu_ratio: ratio(({ cpu_s_per_audio_s }) => cpu_s_per_audio_s),
    audio_ratio: ratio(({ audio_s_per_s }) => audio_s_per_s),
    flow_state_ratio: ratio(({ flow_state_mb }) => flow_state_mb),
    llm_batch: median(own.map(({ llm_batch }) => llm_batch)),
    rounds: old.map((one, i) => ({ old: one, own: own[i]! })),
  })
} finally {
  if (!isFolder) {
    git('worktree', 'remove', '--force', checkout)
    rmSync(checkout, { recursive: true, force: true })
  }
}

async function measure(
  seed: number,
  settings: readonly string[],
  from: string | undefined,
): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'light-tts-voices-'))
  const all = ['limits.rate_limit=off', `voicesDir=${folder}`, ...settings]
  const server = await startServer(
    ['--devices', options.devices, ...all.flatMap((each) => ['--set', each])],
    { startMs: START_MS, ...(from === undefined ? {} : { checkout: from }) },
  )
  const { url } = server
  const { clients, mode, texts, seconds } = options
  const load = (duration: number) =>
    loadTest(
      readOptions([
        ...['--url', url, '--stream', '--voice', 'james', '--mode', mode, '--concurrency', String(clients)],
        ...['--duration', String(duration), '--texts', texts, '--seed', String(seed + 1), '--buffer', '200'],
      ]),
    )
  let flowBytes = 0
  let looking: NodeJS.Timeout | undefined
  try {
    await load(3)
    looking = setInterval(async () => {
      const bytes = await metric(url, 'light_tts_flow_state_used_bytes').catch(() => 0)
      flowBytes = Math.max(flowBytes, bytes)
    }, LOOK_MS)
    const before = await totals(url)
    const { figures } = await load(seconds)
    const after = await totals(url)
    // Frames of all lanes, heard or not: what CPU time was spent on.
    const audio = (after.frames - before.frames) / FRAMES_PER_SECOND
    return {
      cpu_s_per_audio_s: (after.cpu - before.cpu) / audio,
      audio_s_per_s: figures.audio_s_per_s,
      llm_batch: (after.rows - before.rows) / Math.max(1, after.steps - before.steps),
      flow_state_mb: flowBytes / 1e6,
      stutter_free_200: figures.stutter_free['200']!,
      first_audio_p95_ms: figures.ttfa_ms.p95,
    }
  } finally {
    clearInterval(looking)
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Running totals of a server: both builds have these metrics. */
async function totals(url: string) {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n')
  const sum = (name: string, lane = '') =>
    lines
      .filter((line) => line.startsWith(name) && line.includes(lane === '' ? '' : `lane="${lane}"`))
      .reduce((all, line) => all + Number(line.slice(line.lastIndexOf(' '))), 0)
  return {
    cpu: sum('process_cpu_seconds_total'),
    frames: sum('light_tts_lane_units_total', 'acoustic'),
    rows: sum('light_tts_lane_units_total', 'llm'),
    steps: sum('light_tts_lane_runs_total', 'llm'),
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
}

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' })
}

function commitOf(folder: string): string {
  return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: folder, encoding: 'utf8' }).trim()
}
