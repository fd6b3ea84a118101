/**
 * Whether the flow's wide runs are worth having: the same bytes as narrow ones, and much sooner. The loaded model is asked.
 *
 * Kernels may sum up in another order where an operator is shared out to other threads: speech would then depend on
 * what else its device does. And threads wait for one another at each operator: where operators are small, a wide run
 * takes the cores from others and ends no sooner. Such a machine makes narrow runs only.
 */
import type { FlowRunner } from '../flow/flow-runner.ts'

/** Lengths of the whole utterances that are tried, in tokens. The last is also timed. */
const TRIED_TOKENS = [7, 40] as const

/** Share of a narrow step's time that a wide step may take. Above it, the cores are better left to others. */
export const MOST_OF_NARROW = 0.75

export interface WideTrial {
  readonly sameBytes: boolean
  /** Shortest wide step over shortest narrow step: other work on the machine only lengthens a step. */
  readonly ofNarrow: number
}

/** Whether wide runs are kept after a trial. */
export const wideRunsPay = ({ sameBytes, ofNarrow }: WideTrial): boolean =>
  sameBytes && ofNarrow <= MOST_OF_NARROW

/** `widths.wide` chooses what the next runs are. It is left narrow. `nowMs`: any monotonic clock. */
export function tryWideRuns(
  flow: Pick<FlowRunner, 'dims' | 'whole'>,
  widths: { wide: boolean },
  nowMs: () => number,
): WideTrial {
  const { vocab, speaker } = flow.dims
  const voice = {
    speechTokens: new Int32Array(0),
    mel: new Float32Array(0),
    embedding: Float32Array.from({ length: speaker }, (_, i) => Math.sin(i)),
  }
  const solve = (tokens: Int32Array, wide: boolean) => {
    widths.wide = wide
    const work = flow.whole(voice, tokens)
    try {
      let shortestMs = Number.POSITIVE_INFINITY
      while (work.runsLeft > 0) {
        const before = nowMs()
        work.step()
        shortestMs = Math.min(shortestMs, nowMs() - before)
      }
      const { buffer, byteOffset, byteLength } = work.commit()[0]!
      return { bytes: Buffer.from(buffer, byteOffset, byteLength), shortestMs }
    } finally {
      work.abort()
    }
  }
  try {
    let ofNarrow = Number.POSITIVE_INFINITY
    for (const length of TRIED_TOKENS) {
      const tokens = Int32Array.from({ length }, (_, i) => (i * 7919) % vocab)
      const narrow = solve(tokens, false)
      const wide = solve(tokens, true)
      ofNarrow = wide.shortestMs / narrow.shortestMs
      if (!wide.bytes.equals(narrow.bytes)) return { sameBytes: false, ofNarrow }
    }
    return { sameBytes: true, ofNarrow }
  } finally {
    widths.wide = false
  }
}
