/**
 * How many listeners a device carries, with one profile and with another: each run a server of its own.
 *
 *   node dist/bench/tune/capacity.js --device cpu:2 --profiles config/cpu.json,config/other.json [--seconds 10] [--limit-first-audio 500] [--out FILE]
 *
 * The search and its limits are the load harness's (`bench/load/capacity.ts`).
 */
import { parseArgs } from 'node:util'
import { pickProfile } from '../../src/config/profile.ts'
import { findCapacity } from '../load/capacity.ts'
import { report } from '../report/record.ts'
import { measuredRun } from './measured-run.ts'

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'cpu:2' },
    profiles: { type: 'string', default: 'config/cpu.json' },
    seconds: { type: 'string', default: '10' },
    'limit-first-audio': { type: 'string', default: '500' },
    'max-listeners': { type: 'string', default: '64' },
    out: { type: 'string' },
  },
})
const seconds = Number(values.seconds)
const limitFirstAudioMs = Number(values['limit-first-audio'])
const profiles = []
for (const file of values.profiles.split(',')) {
  const { profile } = await pickProfile(values.device, file)
  const { listeners, trials } = await findCapacity(
    (clients, seed) =>
      measuredRun(profile, {
        device: values.device,
        model: undefined,
        mode: 'listeners',
        clients,
        seconds,
        seed,
        limitFirstAudioMs,
      }),
    Number(values['max-listeners']),
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
  device: values.device,
  'most listeners tried': Number(values['max-listeners']),
  'first audio limit ms': limitFirstAudioMs,
  seconds,
  profiles,
})
