/**
 * What a crowd of listeners hears on a simulated machine, with and without admission; the last line is JSON.
 *
 *   node dist/bench/simulate/crowd.js [--profile cpu:2] [--slower 3.7] [--evaluations 7] [--margin 0.72] [--listeners 4,8,16,32,64]
 *
 * The profile's costs, `slower` times as long; margins are fixed here, the server learns them. `--min-lead 10000` is the
 * LLM stepping for whoever came last.
 */
import { parseArgs } from 'node:util'
import { pickProfile } from '../../src/config/profile.ts'
import { splitThreads } from '../../src/core/thread-split.ts'
import { type CostModel, costModelSchema } from '../cost/cost-model.ts'
import { report } from '../report/record.ts'
import { percentile, play } from './listening.ts'
import { setupOf } from './setup.ts'
import { estimatedRate, simulateListeners } from './simulate.ts'

const BUFFER_MS = 200
const { values } = parseArgs({
  options: {
    profile: { type: 'string', default: 'cpu:2' },
    threads: { type: 'string', default: '2' },
    slower: { type: 'string', default: '3.7' },
    evaluations: { type: 'string', default: '7' },
    margin: { type: 'string', default: '0.72' },
    'min-lead': { type: 'string', default: '' },
    listeners: { type: 'string', default: '4,8,12,16,24,32,64' },
    out: { type: 'string' },
  },
})
const { profile } = await pickProfile(values.profile)
const minLeadTokens = values['min-lead'] === '' ? profile.tuning.minLeadTokens : Number(values['min-lead'])
const cost = slower(costModelSchema.parse(profile.cost), Number(values.slower))
const threads = Number(values.threads)
const { acousticLanes } = splitThreads(threads, profile)
const machine = { cost: { ...cost, eulerSteps: Number(values.evaluations) }, acousticLanes, threads }
const facts = { chunkTokens: 25, lookahead: 3, heldBackMs: 20, timeoutMs: 60_000 }
const setup = setupOf({ ...profile, tuning: { ...profile.tuning, minLeadTokens } }, [machine], facts)
const admission = { rate: Number(values.margin) * estimatedRate(machine), maxWaitMs: 1000 }
const shape = { prefillTokens: 130, promptTokens: 90, seconds: 6, secondsSpread: 4, voices: 2 }

const rows = values.listeners.split(',').flatMap((text) =>
  [setup, { ...setup, admission }].map((each) => {
    const listeners = Number(text)
    const { finished, refused, expired, seconds, meanBatch } = simulateListeners(listeners, 8, shape, 1, each)
    const clean = finished.filter(({ chunks }) => play(chunks, BUFFER_MS).stalls === 0)
    const audioMs = clean.flatMap(({ chunks }) => chunks).reduce((sum, chunk) => sum + chunk.audioMs, 0)
    return {
      listeners,
      admission: 'admission' in each,
      finished: finished.length,
      refused: refused + expired,
      clean: clean.length / finished.length,
      goodput: audioMs / 1000 / seconds,
      first_audio_p95_ms: percentile(
        finished.map(({ firstAudioMs, request }) => firstAudioMs! - request.arrivedMs),
        95,
      ),
      llm_batch: meanBatch,
    }
  }),
)
console.table(rows)
report('crowd', { ...values, rate: estimatedRate(machine), rows })

function slower(model: CostModel, times: number): CostModel {
  const scaled = Object.entries(model).map(([name, value]) => [
    name,
    name.endsWith('Ms') ? (value as number) * times : value,
  ])
  return Object.fromEntries(scaled) as CostModel
}
