/**
 * What model runs cost on this CPU, as the numbers that `bench/simulate` predicts with.
 *
 *   node dist/bench/cost/main.js [--devices cpu:1,cpu:2] [--weights fp32] [--model DIR] [--effort 3] [--write config/cpu.json] [--out FILE]
 *
 * What is stored of a bundle (`--model`) is what `bench/simulate/{cores,crowd} --cost FILE` reads. `--write` puts the
 * last device's numbers into a profile. A share of N cores is N threads split between two lanes, not N cores taken from
 * the others. On a machine with more cores cpu:1 does not run on one alone.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Option } from 'commander'
import { machineCores } from '../../src/config/machine-cores.ts'
import { bundleOf, EMBEDDED_VOICE } from '../../src/convert/bundle-cache.ts'
import { readBundle } from '../../src/core/bundle.ts'
import { WEIGHT_TYPES, type WeightType } from '../../src/core/weight-set.ts'
import { parseDevices } from '../../src/lanes/device-list.ts'
import { benchCommand } from '../command-line/command.ts'
import { deviceNames, existing, positive } from '../command-line/values.ts'
import { circumstances, report } from '../report/record.ts'
import { type MeasuredCost, measureCost } from './measure.ts'

const options = benchCommand(
  'what model runs cost on this CPU, as the numbers that the simulator predicts with',
)
  .option('--devices <list>', 'shares of cores, such as cpu:2', deviceNames, 'cpu:1,cpu:2')
  .addOption(new Option('--weights <type>', 'format of the weights').choices(WEIGHT_TYPES).default('fp32'))
  .option('--model <dir>', 'checkpoint or bundle', existing, EMBEDDED_VOICE)
  .option('--effort <n>', 'how often each run is measured', positive, 3)
  .option('--write <profile>', 'put the last device’s numbers into it', existing)
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{ devices: string; weights: WeightType; model: string; effort: number; write?: string }>()
/** Runs are measured one by one, with the threads of a lane where each core has one. */
const SPLIT = { llmThreadShare: 0.5, acousticLaneShare: 1 }
const devices = parseDevices(options.devices.split(','), machineCores(), SPLIT)
const bundleDir = await bundleOf(options.model, {
  cacheDir: join('.cache', 'bundles'),
  dtype: options.weights,
})
const bundle = await readBundle(bundleDir)
const measured: ({ readonly device: string } & MeasuredCost)[] = []
for (const { name, device } of devices) {
  console.error(`${name}: ${device.llmThreads} + ${device.acousticThreads} threads…`)
  measured.push({
    device: name,
    ...(await measureCost(bundle, { device, rows: 16, effort: options.effort })),
  })
}
const names = Object.keys(measured[0]!.cost).filter((name) => name !== 'spread')
console.error(`\n${'per device'.padEnd(20)}${measured.map(({ device }) => device.padStart(10)).join('')}`)
for (const name of names) {
  const cells = measured.map(({ cost }) => String(cost[name as keyof typeof cost]).padStart(10))
  console.error(name.padEnd(20) + cells.join(''))
}
if (options.write !== undefined) {
  const profile = JSON.parse(readFileSync(options.write, 'utf8'))
  const { cost } = measured.at(-1)!
  const provenance = {
    ...profile.provenance,
    cost: { command: `node dist/bench/cost/main.js ${process.argv.slice(2).join(' ')}`, ...circumstances() },
  }
  writeFileSync(options.write, `${JSON.stringify({ ...profile, cost, provenance }, null, 2)}\n`)
}
const { family, weights, parameters } = bundle.manifest
report(options.model === EMBEDDED_VOICE ? 'cost-model' : `cost-model-${family}`, {
  weights: options.weights,
  model: {
    family,
    weights,
    chunkTokens: parameters.flow.chunkTokens,
    lookahead: parameters.flow.preLookahead,
    heldBackMs: measured[0]!.heldBackMs,
  },
  devices: measured,
})
