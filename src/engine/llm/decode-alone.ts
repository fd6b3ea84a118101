/** One sequence through the LLM by itself, token after token: what every batch must say too. */
import type { SamplingHyperParameters } from '../../core/hyper-parameters.ts'
import type { LlmRunner } from './llm-runner.ts'
import { barIds, type LlmSequence } from './llm-sequence.ts'
import { likeliest, sampleRas } from './sampler.ts'

export interface Chooser {
  readonly how: 'ras' | 'greedy'
  readonly sampling: SamplingHyperParameters
  readonly seed: number
}

/** The tokens that are spoken, until the sequence has nothing pending. */
export function decodeAlone(
  llm: LlmRunner,
  sequence: LlmSequence,
  { how, sampling, seed }: Chooser,
): Int32Array {
  const spoken: number[] = []
  const row = llm.pool.take()
  try {
    for (let draw = 0; sequence.pending.length > 0; draw++) {
      const { pending } = sequence
      // As the lanes do it: one id is a step of decoding.
      const logits =
        pending.length === 1 ? llm.decode([{ row, id: pending[0]! }]).logitsOf(0) : llm.prefill(row, pending)
      const choice = sequence.choice()
      if (choice.how === 'sample') barIds(logits, choice)
      const token =
        choice.how === 'forced'
          ? choice.token
          : how === 'greedy'
            ? likeliest(logits)
            : sampleRas(logits, sequence.chosen, sampling, seed, draw)
      if (sequence.accept(token) === 'spoken') spoken.push(token)
    }
  } finally {
    llm.pool.release(row)
  }
  return Int32Array.from(spoken)
}
