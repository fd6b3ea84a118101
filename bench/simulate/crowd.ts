/**
 * What a crowd of listeners hears of a simulated server, whatever its policy; the last line is JSON. Simulated, not measured.
 *
 *   node dist/bench/simulate/crowd.js [--slower 2.6] [--cost FILE] [--listeners 8,16,32,64] [--retry told|500] [--busy 1]
 *     [--believed 1.4] [--level 0] [--margin 0.68] [--cushion 2] [--slots-alone]
 *
 * The profile's costs, or another bundle's (`bench/cost --model BUNDLE --out FILE`), `slower` times as long. `--retry 500`: refused clients ask again after half a second, whatever they
 * were told. `--believed`: what the meter begins with, as a multiple of the truth. `--busy`: cores that others take.
 */
import { parseArgs } from 'node:util'
import { splitThreads } from '../../src/core/thread-split.ts'
import { ADMISSION_RULES } from '../../src/speech/admission.ts'
import { report } from '../report/record.ts'
import { costSource } from './cost-source.ts'
import { estimatedRate } from './estimated-rate.ts'
import { setupOf } from './setup.ts'
import { simulateCrowd } from './simulate-crowd.ts'

const { levelSeconds, margin, cushionSeconds } = ADMISSION_RULES
const { values } = parseArgs({
  options: {
    profile: { type: 'string', default: 'cpu:2' },
    cost: { type: 'string' },
    threads: { type: 'string', default: '2' },
    slower: { type: 'string', default: '2.6' },
    evaluations: { type: 'string', default: '7' },
    'min-lead': { type: 'string', default: '' },
    listeners: { type: 'string', default: '8,16,32,64' },
    duration: { type: 'string', default: '20' },
    seeds: { type: 'string', default: '1,2,3' },
    seconds: { type: 'string', default: '9' },
    retry: { type: 'string', default: 'told' },
    'request-ms': { type: 'string', default: '2' },
    believed: { type: 'string', default: '1' },
    overestimate: { type: 'string', default: '1.4' },
    busy: { type: 'string', default: '0' },
    'busy-from': { type: 'string', default: '0' },
    level: { type: 'string', default: String(levelSeconds) },
    margin: { type: 'string', default: String(margin) },
    cushion: { type: 'string', default: String(cushionSeconds) },
    'slots-alone': { type: 'boolean', default: false },
    out: { type: 'string' },
  },
})
const { profile, cost, facts } = await costSource({
  profile: values.profile,
  file: values.cost,
  slower: Number(values.slower),
  evaluations: Number(values.evaluations),
})
const minLeadTokens = values['min-lead'] === '' ? profile.tuning.minLeadTokens : Number(values['min-lead'])
const threads = Number(values.threads)
const { acousticLanes } = splitThreads(threads, profile)
const machine = { cost, acousticLanes, threads }
const setup = setupOf({ ...profile, tuning: { ...profile.tuning, minLeadTokens } }, [machine], facts)
const seconds = Number(values.seconds)
const shape = { prefillTokens: 130, promptTokens: 90, seconds, secondsSpread: seconds / 3, voices: 2 }

const seeds = values.seeds.split(',').map(Number)
const rows = values.listeners.split(',').map((text) => {
  const heard = seeds.map((seed) =>
    simulateCrowd(setup, {
      listeners: Number(text),
      seconds: Number(values.duration),
      shape,
      seed,
      retryMs: values.retry === 'told' ? undefined : Number(values.retry),
      requestMs: Number(values['request-ms']),
      believed: Number(values.believed),
      overestimate: Number(values.overestimate),
      busy: Number(values.busy),
      busyFrom: Number(values['busy-from']),
      rules: values['slots-alone']
        ? undefined
        : {
            ...ADMISSION_RULES,
            levelSeconds: Number(values.level),
            margin: Number(values.margin),
            cushionSeconds: Number(values.cushion),
          },
    }),
  )
  const mean = (pick: (each: (typeof heard)[0]) => number) =>
    Number((heard.reduce((sum, each) => sum + pick(each), 0) / heard.length).toFixed(2))
  return {
    listeners: Number(text),
    accepted: mean(({ accepted }) => accepted),
    refused: mean(({ refused }) => refused),
    clean: mean(({ clean }) => clean),
    goodput: mean(({ goodput }) => goodput),
    made: mean(({ made }) => made),
    first_audio_p50_ms: Math.round(mean(({ firstAudioMs }) => firstAudioMs.p50)),
    first_audio_p95_ms: Math.round(mean(({ firstAudioMs }) => firstAudioMs.p95)),
    rate: mean(({ rate }) => rate),
  }
})
console.table(rows)
report('crowd', { ...values, rate: estimatedRate(machine), rows })
