/**
 * How long a lone request waits for a whole answer, with runs on one core and on all. For comparison the same text as a
 * stream read to its end. `node dist/bench/engine/whole.js [--rounds 5] [--devices cpu:2]`; the last line is JSON.
 *
 * The three take turns within each round, on lanes of their own. So their ratios hold while others use the machine.
 */
import { createHash } from 'node:crypto'
import { benchCommand } from '../command-line/command.ts'
import { deviceNames, existing, positive } from '../command-line/values.ts'
import { textsOf } from '../load/texts.ts'
import { report } from '../report/record.ts'
import { openBehindLanes, openEmbedded } from './embedded.ts'

const {
  rounds,
  devices,
  model = '',
} = benchCommand('how long a lone request waits for a whole answer, with runs on one core and on all')
  .option('--rounds <n>', 'times that each is asked for', positive, 5)
  .option('--devices <list>', 'devices, such as cpu:2 or cuda:0', deviceNames, 'cpu:2')
  .option('--model <dir>', 'a bundle; the embedded voice by default', existing)
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{ rounds: number; devices: string; model?: string }>()

const long = textsOf('long')
const TEXTS = {
  'a sentence': long[0]!.slice(0, 94),
  'nine seconds': long[0]!,
  'several parts': long.filter((_, i) => i % 4 === 0).join(' '),
}

const open = (lone: boolean) =>
  model === '' ? openEmbedded(devices, { lone }) : openBehindLanes(model, devices, { lone })
const one = await open(false)
const all = await open(true)

interface Said {
  readonly ms: number
  readonly cpuMs: number
  readonly seconds: number
  readonly sha: string
}

async function say(
  { synthesizer }: typeof one,
  text: string,
  priority: 'stream' | 'batch',
  seed: number,
): Promise<Said> {
  const [voice] = synthesizer.listVoices()
  const leased = await synthesizer.prepareVoice({ kind: 'stored', id: voice!.id }, 'default')
  const began = { ms: performance.now(), cpu: process.cpuUsage() }
  const options = { voice: leased, model: 'default', speed: 1, seed, priority, timeoutMs: 600_000 } as const
  const stream = synthesizer.speak(text, { ...options, sampling: 'ras' })
  const sum = createHash('sha256')
  let samples = 0
  for (let part = await stream.next(); part !== undefined; part = await stream.next()) {
    samples += part.length
    sum.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
  }
  const { user, system } = process.cpuUsage(began.cpu)
  leased.release()
  return {
    ms: performance.now() - began.ms,
    cpuMs: (user + system) / 1000,
    seconds: samples / stream.sampleRate,
    sha: sum.digest('hex'),
  }
}

const WAYS = {
  one_core: (text: string, seed: number) => say(one, text, 'batch', seed),
  all_cores: (text: string, seed: number) => say(all, text, 'batch', seed),
  stream: (text: string, seed: number) => say(all, text, 'stream', seed),
}
type Way = keyof typeof WAYS
const ways = Object.keys(WAYS) as Way[]

const rows: object[] = []
let sameBytes = true
for (const [name, text] of Object.entries(TEXTS)) {
  const said: Record<Way, Said[]> = { one_core: [], all_cores: [], stream: [] }
  for (let round = -1; round < rounds; round++) {
    const order = ways.map((_, i) => ways[(i + round + ways.length) % ways.length]!)
    for (const way of order) {
      const made = await WAYS[way](text, Math.max(0, round))
      if (round >= 0) said[way].push(made)
    }
  }
  sameBytes &&= said.one_core.every(({ sha }, i) => sha === said.all_cores[i]!.sha)
  const mean = (way: Way, pick: (one: Said) => number) =>
    said[way].reduce((sum, each) => sum + pick(each), 0) / rounds
  const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!
  const ratio = (over: Way, under: Way) =>
    median(
      said[over].map(({ ms, seconds }, i) => ms / seconds / (said[under][i]!.ms / said[under][i]!.seconds)),
    )
  rows.push({
    text: name,
    seconds: mean('all_cores', ({ seconds }) => seconds),
    ...Object.fromEntries(ways.map((way) => [`${way}_ms`, median(said[way].map(({ ms }) => ms))])),
    all_over_one: ratio('all_cores', 'one_core'),
    all_over_stream: ratio('all_cores', 'stream'),
    cpu_all_over_one: mean('all_cores', ({ cpuMs }) => cpuMs) / mean('one_core', ({ cpuMs }) => cpuMs),
  })
}
await one.close(3000)
await all.close(3000)
console.table(rows)
report('whole-answers', { devices, rounds, ...(model === '' ? {} : { model }), same_bytes: sameBytes, rows })
