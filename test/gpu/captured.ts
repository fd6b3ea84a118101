/** Decoding steps that a card records and plays again: one launch each, whatever the rows say; nothing else changes. */
import type { Bundle } from '../../src/core/bundle.ts'
import { openLlm } from '../../src/engine/bundle-models.ts'
import { capturedSizes } from '../../src/engine/llm/captured-steps.ts'
import type { CountedCard, Counts } from './counters.ts'
import { atMost, exactly, type Line } from './line.ts'

const ROWS = 12
/** In use; one of the sizes is larger than the rows that are left. */
const USED = 11

export async function* capturedSteps(
  { runtime, session, count }: CountedCard,
  bundle: Bundle,
  family: string,
): AsyncGenerator<Line> {
  const llm = await openLlm(runtime, bundle, { rows: ROWS, capacity: 128 }, session)
  llm.warmUp()
  const recorded = count(() => llm.capture())
  const sizes = capturedSizes(ROWS)
  yield exactly(`${family}: steps that are captured`, recorded.captures, sizes.length)
  yield exactly(`${family}: calls that a capture does not allow`, recorded.refused, 0)
  const rows = Array.from({ length: USED }, () => llm.pool.take())
  const prefill = count(() => {
    for (const [i, row] of rows.entries()) llm.prefill(row, [1, 2, 3].slice(0, 1 + (i % 3)))
  })
  yield exactly(`${family}: captured runs played by prefills`, prefill.graphLaunches, 0)
  const step = (used: number) =>
    count(() => void llm.decode(rows.slice(0, used).map((row) => ({ row, id: 5 }))))
  const all = [1, 5, 9, USED, 1].map(step)
  const most = (pick: (counts: Counts) => number) => Math.max(...all.map(pick))
  yield exactly(
    `${family}: captured runs played by five steps`,
    all.map((each) => each.graphLaunches).join(' '),
    '1 1 1 1 1',
  )
  yield exactly(
    `${family}: kernels that the host starts in them`,
    most(({ launches }) => launches),
    0,
  )
  yield exactly(
    `${family}: captures in them`,
    most(({ captures }) => captures),
    0,
  )
  yield atMost(
    `${family}: most bytes to the card in one of them`,
    most(({ toDeviceBytes }) => toDeviceBytes),
    12 * ROWS,
  )
  yield exactly(
    `${family}: bytes copied on the card in them`,
    most(({ onDeviceBytes }) => onDeviceBytes),
    0,
  )
  llm.release()
}
