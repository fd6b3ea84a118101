/**
 * How many listeners a device carries, with one profile and with another: each run a server of its own.
 *
 *   node dist/bench/tune/capacity.js --device cpu:2 --profiles config/cpu.json,config/other.json [--seconds 10] [--limit-first-audio 500] [--out FILE]
 *
 * The search and its limits are the load harness's (`bench/load/capacity.ts`).
 */
import { pickProfile } from '../../src/config/profile.ts'
import { benchCommand } from '../command-line/command.ts'
import { deviceNames, existing, listOf, positive, positiveNumber } from '../command-line/values.ts'
import { findCapacity } from '../load/capacity.ts'
import { report } from '../report/record.ts'
import { measuredRun } from './measured-run.ts'

const {
  device,
  profiles: files,
  seconds,
  limitFirstAudio: limitFirstAudioMs,
  maxListeners,
} = benchCommand('how many listeners a device carries, with one profile and with another')
  .option('--device <name>', 'device, such as cpu:2 or cuda:0', deviceNames, 'cpu:2')
  .option('--profiles <files>', 'profiles to compare', listOf(existing), ['config/cpu.json'])
  .option('--seconds <n>', 'length of one run', positiveNumber, 10)
  .option('--limit-first-audio <ms>', 'what is allowed, 95th percentile', positiveNumber, 500)
  .option('--max-listeners <n>', 'where the search ends', positive, 64)
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{
    device: string
    profiles: string[]
    seconds: number
    limitFirstAudio: number
    maxListeners: number
  }>()
const profiles = []
for (const file of files) {
  const { profile } = await pickProfile(device, file)
  const { listeners, trials } = await findCapacity(
    (clients, seed) =>
      measuredRun(profile, {
        device,
        model: undefined,
        mode: 'listeners',
        clients,
        seconds,
        seed,
        limitFirstAudioMs,
      }),
    maxListeners,
    ({ listeners: tried, seed, kept, why }) =>
      console.error(`${file}: ${tried} listeners, seed ${seed}: ${kept ? 'kept' : why}`),
  )
  const held = trials.filter((trial) => trial.kept && trial.listeners === listeners)
  const mean = (pick: (figures: (typeof trials)[0]['figures']) => number) =>
    held.reduce((sum, { figures }) => sum + pick(figures), 0) / held.length
  profiles.push({
    profile: file,
    listeners,
    'first audio p95 ms': mean(({ ttfa_ms }) => ttfa_ms.p95),
    'audio seconds per second': mean(({ audio_s_per_s }) => audio_s_per_s),
    runs: trials.length,
  })
  console.error(`${file}: ${listeners} listeners`)
}
report('capacity', {
  device,
  'most listeners tried': maxListeners,
  'first audio limit ms': limitFirstAudioMs,
  seconds,
  profiles,
})
