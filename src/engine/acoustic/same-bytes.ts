/**
 * Whether the flow gives the same bytes in wide runs as in narrow ones: the loaded model is asked.
 *
 * Kernels may sum up in another order where an operator is shared out to other threads. Then speech would depend on
 * what else its device does, so such a machine makes narrow runs only.
 */
import { type FlowRunner, finishWork } from '../flow/flow-runner.ts'

/** Lengths of the whole utterances that are tried, in tokens. */
const TRIED_TOKENS = [7, 40] as const

/** `widths.wide` chooses what the next runs are. It is left narrow. */
export function givesSameBytes(flow: Pick<FlowRunner, 'dims' | 'whole'>, widths: { wide: boolean }): boolean {
  const { vocab, speaker } = flow.dims
  const voice = {
    speechTokens: new Int32Array(0),
    mel: new Float32Array(0),
    embedding: Float32Array.from({ length: speaker }, (_, i) => Math.sin(i)),
  }
  const mel = (tokens: Int32Array, wide: boolean) => {
    widths.wide = wide
    const { buffer, byteOffset, byteLength } = finishWork(flow.whole(voice, tokens))
    return Buffer.from(buffer, byteOffset, byteLength)
  }
  try {
    return TRIED_TOKENS.every((length) => {
      const tokens = Int32Array.from({ length }, (_, i) => (i * 7919) % vocab)
      return mel(tokens, false).equals(mel(tokens, true))
    })
  } finally {
    widths.wide = false
  }
}
