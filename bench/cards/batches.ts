/**
 * `node dist/bench/cards/batches.js [--batches 1,2,4,8]`: listeners that cards should carry where so many utterances
 * may share a run. Simulated by the server's own policy on estimated costs; the last line is JSON.
 */
import { parseArgs } from 'node:util'
import { report } from '../report/record.ts'
import { mostListeners } from '../simulate/shared-runs.ts'
import { CARDS } from './card-estimate.ts'
import { cardProfile, PROFILED } from './card-profile.ts'

const { values } = parseArgs({
  options: { batches: { type: 'string', default: '1,2,4,8' }, out: { type: 'string' } },
})
const batches = values.batches.split(',').map(Number)
const rows = PROFILED.flatMap(({ model }) =>
  CARDS.map((card) => ({
    model: model.name,
    card: card.name,
    ...Object.fromEntries(
      batches.map((batch) => {
        const profile = { ...cardProfile(card, model, batch), slots: 4096, maxQueued: 0 }
        const tuning = { ...profile.tuning, llmSlots: 256, llmMaxBatch: 64 }
        return [`batch ${batch}`, mostListeners({ ...profile, tuning })?.listeners ?? 0]
      }),
    ),
  })),
)
console.table(rows)
report('card-batches', { simulated: true, estimated: true, rows })
