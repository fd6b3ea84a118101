/**
 * Cores → devices and lanes by what stages cost, and what a crowd hears in the simulator; the last line is JSON.
 *
 *   node dist/bench/simulate/cores.js [--profile cpu:2] [--cost FILE] [--slower 1] [--cores 1,2,4,8,16,32,64]
 *
 * `--cost`: of another bundle, as `bench/cost --model BUNDLE --out FILE` stored it. `one_stream_rtf`: seconds that a second of a
 * single stream takes, whose LLM and flow each have a core. Simulated, not measured. Memory bandwidth is that of the machine on which the profile was measured: lanes of a device
 * slow each other as there. One device is simulated; devices share nothing but memory.
 */
import { splitThreads } from '../../src/core/thread-split.ts'
import { ADMISSION_RULES } from '../../src/speech/admission.ts'
import { benchCommand } from '../command-line/command.ts'
import { existing, listOf, positive, positiveNumber } from '../command-line/values.ts'
import type { Machine } from '../cost/cost-model.ts'
import { report } from '../report/record.ts'
import { bestSplit, machineOf } from './core-split.ts'
import { costSource } from './cost-source.ts'
import { estimatedRate, oneStreamRate } from './estimated-rate.ts'
import { setupOf } from './setup.ts'
import { simulateCrowd } from './simulate-crowd.ts'

const options = benchCommand(
  'cores → devices and lanes by what stages cost, and what a simulated crowd then hears',
)
  .option('--profile <device>', 'device whose profile is simulated', 'cpu')
  .option('--cost <file>', 'costs of another bundle, as bench/cost stored them', existing)
  .option('--slower <x>', 'how many times as long runs take', positiveNumber, 1)
  .option('--evaluations <n>', 'of the flow', positive, 7)
  .option('--cores <list>', 'numbers of cores', listOf(positive), [1, 2, 4, 8, 16, 32, 64])
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{ profile: string; cost?: string; slower: number; evaluations: number; cores: number[] }>()
const SHAPE = { prefillTokens: 130, promptTokens: 90, seconds: 6, secondsSpread: 3, voices: 1 }
/** Listeners that ask, as a multiple of what the device makes. */
const CROWD = 1.3

const { profile, cost, facts } = await costSource({ ...options, file: options.cost })
const rows = options.cores.map((cores) => {
  const { acousticLanes, llmThreads } = splitThreads(cores, profile)
  const profiled = machineOf(cost, cores, acousticLanes)
  const { devices, cores: each, rate } = bestSplit(cost, cores)
  const heard = heardOf(machineOf(cost, each))
  return {
    cores,
    profile_lanes: acousticLanes,
    profile_llm_threads: llmThreads,
    profile_rate: Number(estimatedRate(profiled).toPrecision(3)),
    devices,
    lanes_each: each,
    rate: Number(rate.toPrecision(3)),
    one_stream_rtf: Number((1 / oneStreamRate(cost)).toFixed(2)),
    goodput: Number((devices * heard.goodput).toPrecision(3)),
    clean: Number(heard.clean.toFixed(2)),
  }
})
console.table(rows)
report('cores', { ...options, rows })

/**
 * Seconds of audio without a gap that an overloaded device gives its crowd each second; the share of such speeches.
 */
function heardOf(machine: Machine): { readonly goodput: number; readonly clean: number } {
  const slots = { ...profile, slots: 1000, tuning: { ...profile.tuning, llmSlots: 1000 } }
  const { goodput, clean } = simulateCrowd(setupOf(slots, [machine], facts), {
    listeners: Math.ceil(CROWD * estimatedRate(machine)),
    seconds: 20,
    shape: SHAPE,
    seed: 1,
    retryMs: undefined,
    requestMs: 1,
    believed: 1,
    overestimate: 1.4,
    busy: 0,
    busyFrom: 0,
    rules: ADMISSION_RULES,
  })
  return { goodput, clean }
}
