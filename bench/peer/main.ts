/**
 * Two servers under the same load, in turns, and how they compare.
 * `node dist/bench/peer/main.js --a URL --b URL [--dialect-b lighttts] [--rounds 6] [load options…]`; last line JSON.
 */

import { benchCommand } from '../command-line/command.ts'
import { positive } from '../command-line/values.ts'
import { type Figures, figuresOf } from '../load/figures.ts'
import { loadTest } from '../load/load-test.ts'
import { readOptions } from '../load/options.ts'
import type { Outcome } from '../load/outcome.ts'
import type { Dialect } from '../load/plan.ts'
import { aligned } from '../load/table.ts'
import { report } from '../report/record.ts'
import { bootstrapRatio, type Ratio } from './bootstrap.ts'

const MEASURES: Readonly<Record<string, (figures: Figures) => number>> = {
  'first audio p50, ms': ({ ttfa_ms }) => ttfa_ms.p50,
  'first audio p95, ms': ({ ttfa_ms }) => ttfa_ms.p95,
  'end to end p50, ms': ({ e2e_ms }) => e2e_ms.p50,
  'real-time factor p50': ({ rtf }) => rtf.p50,
  'audio s per s': ({ audio_s_per_s }) => audio_s_per_s,
  'free of stutter (100 ms)': ({ stutter_free }) => stutter_free['100']!,
}

const command = benchCommand(
  'The same load against two servers, round about; ratios b / a with 95 % intervals. Takes the options of `load` too.',
)
  .requiredOption('--a <url>', 'one server')
  .requiredOption('--b <url>', 'the other')
  .option('--dialect-a <d>', 'how the one is spoken to: light-tts, lighttts or openai', 'light-tts')
  .option('--dialect-b <d>', 'how the other is spoken to', 'light-tts')
  .option('--rounds <n>', 'rounds of each', positive, 6)
  .allowUnknownOption()
  .allowExcessArguments()
  .parse()
const { a, b, dialectA, dialectB, rounds } = command.opts<{
  a: string
  b: string
  dialectA: Dialect
  dialectB: Dialect
  rounds: number
}>()
const rest = command.args

const sides = [
  readOptions(['--url', a, '--dialect', dialectA, ...rest]),
  readOptions(['--url', b, '--dialect', dialectB, ...rest]),
] as const
const rows: [Outcome[][], Outcome[][]] = [[], []]
for (let round = 0; round < rounds; round++) {
  // The first of one round is second in the next.
  for (const side of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
    const { outcomes } = await loadTest(sides[side], { seed: sides[side].seed + round })
    if (outcomes.every(({ error }) => error !== undefined)) {
      console.error(`peer: ${sides[side].target.url} answered nothing: ${outcomes[0]?.error}`)
      process.exit(1)
    }
    rows[side].push([...outcomes])
    process.stderr.write(
      `round ${round + 1} of ${rounds}, ${side === 0 ? 'a' : 'b'}: ${outcomes.length} requests\n`,
    )
  }
}
const limits = { firstAudioMs: sides[0].limitFirstAudioMs, bufferMs: sides[0].bufferMs }
const perRound = rows.map((side) => side.map((outcomes) => figuresOf(outcomes, limits)))
const result: Record<string, Ratio> = {}
for (const [name, measure] of Object.entries(MEASURES)) {
  result[name] = bootstrapRatio(perRound[0]!.map(measure), perRound[1]!.map(measure))
}
console.log(
  aligned([
    ['', 'a', 'b', 'b / a', '95 % interval'],
    ...Object.entries(result).map(([name, { a: left, b: right, ratio, low, high }]) => [
      name,
      left.toFixed(2),
      right.toFixed(2),
      ratio.toFixed(3),
      `${low.toFixed(3)} … ${high.toFixed(3)}`,
    ]),
  ]),
)
report('peer', { a, b, rounds, ratios: result })
