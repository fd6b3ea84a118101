/**
 * What the deaths of lanes leave in the process: `node dist/bench/siege/lane-deaths.js --deaths 100`, with the embedded
 * voice. Exits with 1 where resident memory rises by more than allowed from the tenth death on; the last line is JSON.
 */
import { Option } from 'commander'
import { loadConfig } from '../../src/config/load-config.ts'
import { pickProfile } from '../../src/config/profile.ts'
import { bundleOf, EMBEDDED_VOICE } from '../../src/convert/bundle-cache.ts'
import { LaneSeat } from '../../src/lanes/lane-seat.ts'
import { benchCommand } from '../command-line/command.ts'
import { positive } from '../command-line/values.ts'
import { report } from '../report/record.ts'
import { type Sample, trendOf } from '../soak/trend.ts'
import { liveAndDie } from './mortal-lane.ts'

/** MB over all deaths that are judged. */
const ALLOWED_MB = 40

const { deaths, role } = benchCommand(
  'memory that the deaths of lanes leave in the process, with the embedded voice',
)
  .option('--deaths <n>', 'how many', positive, 100)
  .addOption(new Option('--role <role>', 'lanes that die').choices(['llm', 'acoustic']).default('acoustic'))
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{ deaths: number; role: 'llm' | 'acoustic' }>()

const { profile } = await pickProfile('cpu:2', '')
const bundleDir = await bundleOf(EMBEDDED_VOICE, {
  cacheDir: loadConfig({}).cacheDir,
  dtype: profile.weights,
})
const seat = new LaneSeat(role, 0)
const samples: Sample[] = []
for (let death = 1; death <= deaths; death++) {
  await liveAndDie(seat, bundleDir, profile.tuning)
  samples.push({ at: death, value: process.memoryUsage.rss() / 1e6 })
  if (death % 10 === 0) console.log(`${death} deaths: ${samples.at(-1)!.value.toFixed(0)} MB`)
}
const trend = trendOf(samples, ALLOWED_MB)
report('lane-deaths', {
  role,
  deaths,
  first_mb: samples[0]?.value,
  last_mb: samples.at(-1)?.value,
  judged_from_mb: trend.from,
  judged_to_mb: trend.to,
  allowed_mb: ALLOWED_MB,
})
if (trend.rises) process.exitCode = 1
