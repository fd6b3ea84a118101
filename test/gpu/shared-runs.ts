/** Two utterances' blocks in the same runs on a card: as many kernels as for one, and nothing of their state crosses. */
import { voiceOf } from '../../bench/prove-gpu/invented.ts'
import type { Bundle } from '../../src/core/bundle.ts'
import { openFlow } from '../../src/engine/bundle-models.ts'
import type { CountedCard, Counts } from './counters.ts'
import { atMost, exactly, type Line } from './line.ts'

const TOGETHER = 2
/** Cuts of rows, a copy of bytes for one utterance, take a kernel for two. */
const MOST_MORE = 32

export async function* sharedRuns(
  { runtime, session, count }: CountedCard,
  bundle: Bundle,
  family: string,
): AsyncGenerator<Line> {
  const flow = await openFlow(runtime, bundle, session, { together: TOGETHER })
  const { blockTokens } = flow.dims
  const voice = voiceOf(flow, blockTokens)
  const states = Array.from({ length: TOGETHER }, () => {
    const state = flow.open(voice, 4 * blockTokens)
    state.push(new Int32Array(2 * blockTokens))
    state.finish()
    return state
  })
  const one = flow.beginTogether(states.slice(0, 1))
  const alone = steps(one, count)
  one.abort()
  const both = flow.beginTogether(states)
  const shared = steps(both, count)
  both.abort()
  yield atMost(
    `${family}: kernels of two utterances' Euler step more than one's`,
    shared.launches - alone.launches,
    MOST_MORE,
  )
  yield exactly(`${family}: bytes from the card in two utterances' runs`, shared.toHostBytes, 0)
  for (const state of states) state.release()
  flow.release()
}

/** The second evaluation's launches, and what came from the card in the encoder's run and the first two. */
function steps(work: { step(): void }, count: (act: () => void) => Counts) {
  const encoded = count(() => work.step())
  const first = count(() => work.step())
  const second = count(() => work.step())
  const toHostBytes = encoded.toHostBytes + first.toHostBytes + second.toHostBytes
  return { launches: second.launches, toHostBytes }
}
