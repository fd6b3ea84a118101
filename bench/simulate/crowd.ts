/**
 * What a crowd of listeners hears of a simulated server, whatever its policy; the last line is JSON. Simulated, not measured.
 *
 *   node dist/bench/simulate/crowd.js [--slower 2.6] [--cost FILE] [--listeners 8,16,32,64] [--retry told|500] [--busy 1]
 *     [--believed 1.4] [--level 0] [--max-lead 150] [--margin 0.68] [--cushion 2] [--slots-alone]
 *
 * The profile's costs, or another bundle's (`bench/cost --model BUNDLE --out FILE`), `slower` times as long. `--retry 500`: refused clients ask again after half a second, whatever they
 * were told. `--believed`: what the meter begins with, as a multiple of the truth. `--busy`: cores that others take.
 */
import { splitThreads } from '../../src/core/thread-split.ts'
import { ADMISSION_RULES } from '../../src/speech/admission.ts'
import { benchCommand } from '../command-line/command.ts'
import { existing, listOf, notNegative, positive, positiveNumber, whole } from '../command-line/values.ts'
import { report } from '../report/record.ts'
import { costSource } from './cost-source.ts'
import { estimatedRate } from './estimated-rate.ts'
import { setupOf } from './setup.ts'
import { simulateCrowd } from './simulate-crowd.ts'

interface CrowdOptions {
  readonly profile: string
  readonly cost?: string
  readonly threads: number
  readonly slower: number
  readonly evaluations: number
  readonly minLead?: number
  readonly maxLead?: number
  readonly listeners: readonly number[]
  readonly duration: number
  readonly seeds: readonly number[]
  readonly seconds: number
  readonly retry: 'told' | number
  readonly requestMs: number
  readonly believed: number
  readonly overestimate: number
  readonly busy: number
  readonly busyFrom: number
  readonly level: number
  readonly margin: number
  readonly cushion: number
  readonly slotsAlone: boolean
}

const { levelSeconds, margin, cushionSeconds } = ADMISSION_RULES
const options = benchCommand('what a crowd of listeners hears of a simulated server')
  .option('--profile <device>', 'device whose profile is simulated', 'cpu:2')
  .option('--cost <file>', 'costs of another bundle, as bench/cost stored them', existing)
  .option('--threads <n>', 'cores of the device', positive, 2)
  .option('--slower <x>', 'how many times as long runs take', positiveNumber, 2.6)
  .option('--evaluations <n>', 'of the flow', positive, 7)
  .option(
    '--min-lead <n>',
    'tokens in hand below which a stream asks for a step; the profile’s own by default',
    positive,
  )
  .option(
    '--max-lead <n>',
    'tokens in hand with which a stream joins no step; the profile’s own by default',
    positive,
  )
  .option('--listeners <list>', 'crowds', listOf(positive), [8, 16, 32, 64])
  .option('--duration <s>', 'seconds in which they ask', positiveNumber, 20)
  .option('--seeds <list>', 'seeds, whose mean is told', listOf(whole), [1, 2, 3])
  .option('--seconds <s>', 'of speech in an answer', positiveNumber, 9)
  .option('--retry <when>', 'refused clients come back when told, or after so many ms', retry, 'told')
  .option('--request-ms <ms>', 'of the main thread for a request', notNegative, 2)
  .option('--believed <x>', 'what the meter begins with, as a multiple of the truth', positiveNumber, 1)
  .option(
    '--overestimate <x>',
    'expected length of a speech, as a multiple of the true one',
    positiveNumber,
    1.4,
  )
  .option('--busy <n>', 'cores that others take', notNegative, 0)
  .option('--busy-from <s>', 'second from which they do', notNegative, 0)
  .option('--level <s>', 'levelSeconds of the rules of admission', notNegative, levelSeconds)
  .option('--margin <x>', 'margin of these', notNegative, margin)
  .option('--cushion <s>', 'cushionSeconds of these', notNegative, cushionSeconds)
  .option('--slots-alone', 'a free slot is enough to begin', false)
  .option('--out <file>', 'store the record')
  .parse()
  .opts<CrowdOptions>()
const { threads, seconds, seeds } = options
const { profile, cost, facts } = await costSource({ ...options, file: options.cost })
const { tuning } = profile
const minLeadTokens = options.minLead ?? tuning.minLeadTokens
const maxLeadTokens = options.maxLead ?? tuning.maxLeadTokens
const { acousticLanes } = splitThreads(threads, profile)
const machine = { cost, acousticLanes, threads }
const setup = setupOf({ ...profile, tuning: { ...tuning, minLeadTokens, maxLeadTokens } }, [machine], facts)
const shape = { prefillTokens: 130, promptTokens: 90, seconds, secondsSpread: seconds / 3, voices: 2 }

const rows = options.listeners.map((listeners) => {
  const heard = seeds.map((seed) =>
    simulateCrowd(setup, {
      listeners,
      seconds: options.duration,
      shape,
      seed,
      retryMs: options.retry === 'told' ? undefined : options.retry,
      requestMs: options.requestMs,
      believed: options.believed,
      overestimate: options.overestimate,
      busy: options.busy,
      busyFrom: options.busyFrom,
      rules: options.slotsAlone
        ? undefined
        : {
            ...ADMISSION_RULES,
            levelSeconds: options.level,
            margin: options.margin,
            cushionSeconds: options.cushion,
          },
    }),
  )
  const mean = (pick: (each: (typeof heard)[0]) => number) =>
    Number((heard.reduce((sum, each) => sum + pick(each), 0) / heard.length).toFixed(2))
  return {
    listeners,
    accepted: mean(({ accepted }) => accepted),
    refused: mean(({ refused }) => refused),
    clean: mean(({ clean }) => clean),
    goodput: mean(({ goodput }) => goodput),
    made: mean(({ made }) => made),
    first_audio_p50_ms: Math.round(mean(({ firstAudioMs }) => firstAudioMs.p50)),
    first_audio_p95_ms: Math.round(mean(({ firstAudioMs }) => firstAudioMs.p95)),
    llm_batch: mean(({ llmBatch }) => llmBatch),
    rate: mean(({ rate }) => rate),
  }
})
console.table(rows)
report('crowd', { ...options, rate: estimatedRate(machine), rows })

/** `told`, or ms. */
function retry(text: string): 'told' | number {
  return text === 'told' ? text : positiveNumber(text)
}
