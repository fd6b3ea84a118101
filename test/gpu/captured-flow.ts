/** Evaluations that a card records and plays again: one launch each, for one utterance as for several. */
import { voiceOf } from '../../bench/prove-gpu/invented.ts'
import type { Bundle } from '../../src/core/bundle.ts'
import { openFlow } from '../../src/engine/bundle-models.ts'
import type { FlowWork } from '../../src/engine/flow/flow-work.ts'
import { capturedRows } from '../../src/engine/runtime/captured-runs.ts'
import type { CountedCard, Counts } from './counters.ts'
import { exactly, type Line } from './line.ts'

const TOGETHER = 2
/** Of the card's memory, as the flow may have it: enough for one bank. */
const STATE_BYTES = 1e9

export async function* capturedFlow(
  { runtime, session, count }: CountedCard,
  bundle: Bundle,
  family: string,
): AsyncGenerator<Line> {
  const flow = await openFlow(runtime, bundle, session, { together: TOGETHER })
  const { blockTokens, steps } = flow.dims
  let streams = 0
  const recorded = count(() => {
    streams = flow.capture(STATE_BYTES, TOGETHER)
  })
  yield exactly(`${family}: streams whose evaluations are captured`, streams, TOGETHER)
  yield exactly(
    `${family}: evaluations that are captured`,
    recorded.captures,
    capturedRows(TOGETHER).length * steps,
  )
  yield exactly(`${family}: calls that a capture of the flow does not allow`, recorded.refused, 0)
  const voice = voiceOf(flow, blockTokens)
  const states = Array.from({ length: TOGETHER }, () => {
    const state = flow.open(voice, 4 * blockTokens)
    state.push(new Int32Array(2 * blockTokens))
    return state
  })
  for (const used of [1, TOGETHER]) {
    const work = flow.beginTogether(states.slice(0, used))
    const encoder = count(() => work.step())
    yield exactly(`${family}: captured runs in the encoder's of ${used}`, encoder.graphLaunches, 0)
    const all = evaluations(work, count)
    yield exactly(`${family}: evaluations of ${used}`, all.length, steps)
    for (const [name, pick] of [
      ['captured runs played', (counts: Counts) => counts.graphLaunches],
      ['kernels that the host starts', (counts: Counts) => counts.launches],
      ['captures', (counts: Counts) => counts.captures],
      ['bytes to the card', (counts: Counts) => counts.toDeviceBytes],
      ['bytes from the card', (counts: Counts) => counts.toHostBytes],
      ['bytes copied on the card', (counts: Counts) => counts.onDeviceBytes],
    ] as const)
      yield exactly(
        `${family}: ${name} in an evaluation of ${used}, most`,
        Math.max(...all.map(pick)),
        name === 'captured runs played' ? 1 : 0,
      )
    work.commit()
  }
  for (const state of states) state.release()
  flow.release()
}

function evaluations(work: FlowWork, count: (act: () => void) => Counts): Counts[] {
  const all: Counts[] = []
  while (work.runsLeft > 0) all.push(count(() => work.step()))
  return all
}
