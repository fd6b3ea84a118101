/**
 * `npm run -s bench`: micro-benchmarks. Each shows before and after its timing that it computes the right thing.
 *
 *   npm run -s bench -- [--filter TEXT] [--base DIR] [--rounds N] [--ms N] [--out FILE]
 *
 * With `--base` (another checkout, built, or its dist folder) both builds run in this process, in rounds of alternating
 * order. The ratio is shown with its 95 % interval: below 1 this build is faster.
 */
import { fileURLToPath } from 'node:url'
import { Bench } from 'tinybench'
import { benchCommand } from './command-line/command.ts'
import { existing, positive } from './command-line/values.ts'
import { AUDIO_CASES } from './micro/audio-cases.ts'
import { loadFrom, type MicroCase, type OpenCase } from './micro/micro-case.ts'
import { POLICY_CASES } from './micro/policy-cases.ts'
import { REQUEST_CASES } from './micro/request-cases.ts'
import { type Estimate, estimate, pairedRatio, type Ratio } from './report/confidence.ts'
import { report } from './report/record.ts'

const command = benchCommand(
  'micro-benchmarks of the parts that every request goes through',
  'npm run -s bench --',
)
  .option('--filter <text>', 'only cases whose name contains it')
  .option('--base <dir>', 'another checkout (built) or its dist folder to compare with', existing)
  .option('--rounds <n>', 'rounds of each case', positive, 10)
  .option('--ms <n>', 'milliseconds of each case, build and round', positive, 40)
  .option('--out <file>', 'store the record, for docs/benchmarks.md')
  .parse()
const values = command.opts<{ filter?: string; base?: string; rounds: number; ms: number }>()
const cases = [...AUDIO_CASES, ...POLICY_CASES, ...REQUEST_CASES].filter(({ name }) =>
  name.includes(values.filter ?? ''),
)
if (cases.length === 0)
  command.error(`error: expected --filter with a part of a case's name, got '${values.filter}'`)

interface Measured {
  readonly name: string
  readonly what: string
  readonly microseconds: Estimate
  readonly base?: Estimate
  readonly ratio?: Ratio
}

const own = loadFrom(fileURLToPath(new URL('../', import.meta.url)))
const base = values.base === undefined ? undefined : loadFrom(values.base)
const results: Measured[] = []
const compared = base === undefined ? '' : '      base µs      ratio (95 %)'
console.error(`${'case'.padEnd(17)}         µs         ±${compared}`)
for (const each of cases) {
  const measured = await measure(each)
  results.push(measured)
  console.error(row(measured))
}
report('micro', {
  rounds: values.rounds,
  ms: values.ms,
  compared: base !== undefined,
  results,
})

async function measure(each: MicroCase): Promise<Measured> {
  const change = await each.open(own)
  const before = base === undefined ? undefined : await each.open(base)
  const all = before === undefined ? [change] : [change, before]
  for (const build of all) await build.check()
  const times: number[][] = all.map(() => [])
  for (let round = 0; round < Number(values.rounds); round++) {
    const order = [...all.keys()]
    if (round % 2 === 1) order.reverse()
    for (const i of order) times[i]!.push(await timeOnce(all[i]!))
  }
  for (const build of all) await build.check()
  const [own_, base_] = times
  return {
    name: each.name,
    what: each.what,
    microseconds: estimate(own_!),
    ...(base_ === undefined ? {} : { base: estimate(base_), ratio: pairedRatio(own_!, base_) }),
  }
}

/** Mean µs of a run, over one round. */
async function timeOnce(build: OpenCase): Promise<number> {
  const bench = new Bench({ time: values.ms, iterations: 2, warmupTime: 5, warmupIterations: 1 })
  bench.add('run', () => build.run())
  const [task] = await bench.run()
  const result = task?.result
  if (result?.state !== 'completed') throw new Error(`a run failed: ${JSON.stringify(result)}`)
  return result.latency.mean * 1000
}

function row({ name, microseconds, base: before, ratio }: Measured): string {
  const number = (value: number) => value.toFixed(value < 100 ? 2 : 0).padStart(10)
  const text = `${name.padEnd(17)} ${number(microseconds.mean)}${number(microseconds.plusMinus)}`
  if (before === undefined || ratio === undefined) return text
  const verdict = ratio.high < 1 ? ' faster' : ratio.low > 1 ? ' slower' : ''
  return `${text} ${number(before.mean).padStart(12)}      ${ratio.ratio.toFixed(3)} (${ratio.low.toFixed(3)}–${ratio.high.toFixed(3)})${verdict}`
}
