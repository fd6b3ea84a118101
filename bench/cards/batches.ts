/**
 * `node dist/bench/cards/batches.js [--batches 1,2,4,8]`: listeners that cards should carry where so many utterances
 * may share a run. Simulated by the server's own policy on estimated costs; the last line is JSON.
 */

import { benchCommand } from '../command-line/command.ts'
import { listOf, positive } from '../command-line/values.ts'
import { report } from '../report/record.ts'
import { mostListeners } from '../simulate/shared-runs.ts'
import { CARDS } from './card-estimate.ts'
import { cardProfile, PROFILED } from './card-profile.ts'

const { batches } = benchCommand(
  'listeners that cards should carry where so many utterances may share a run: simulated, estimated',
)
  .option('--batches <list>', 'utterances that may share a run', listOf(positive), [1, 2, 4, 8])
  .option('--out <file>', 'store the record')
  .parse()
  .opts<{ batches: number[] }>()
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
