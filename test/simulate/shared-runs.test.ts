/** Cohorts on a card: runs that are shared carry more where starting kernels is what costs, and delay no urgent listener. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { CARDS } from '../../bench/cards/card-estimate.ts'
import { cardProfile } from '../../bench/cards/card-profile.ts'
import { COSYVOICE3 } from '../../bench/cards/model-work.ts'
import { heardOf } from '../../bench/simulate/shared-runs.ts'

const h100 = CARDS.find(({ file }) => file === 'h100')!
const profile = (batch: number) => cardProfile(h100, COSYVOICE3, batch)

it('more listeners than one run at a time can serve hear no gap where runs are shared', () => {
  const [alone, together] = [1, 4].map((batch) => heardOf(profile(batch), 48)) as [Heard, Heard]
  assert(alone.smoothShare < 0.9, `${alone.smoothShare}`)
  assert(together.smoothShare >= 0.99, `${together.smoothShare}`)
  assert(together.firstAudioMs < alone.firstAudioMs)
})

it('few listeners wait no longer for their first audio than alone', () => {
  const [alone, together] = [1, 4].map((batch) => heardOf(profile(batch), 8)) as [Heard, Heard]
  assert(together.smoothShare >= alone.smoothShare)
  assert(
    together.firstAudioMs <= 1.15 * alone.firstAudioMs,
    `${together.firstAudioMs} of ${alone.firstAudioMs}`,
  )
})

type Heard = ReturnType<typeof heardOf>
