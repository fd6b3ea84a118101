/** An utterance's speech tokens, always the likeliest: what the reference's stored tokens were chosen by. */
import type { LlmRunner } from '../engine/llm/llm-runner.ts'
import { barIds, type LlmSequence } from '../engine/llm/llm-sequence.ts'
import { likeliest, logSoftmaxInPlace } from '../engine/llm/sampler.ts'

/** Sees a step (from 1) before its token is chosen: log-probabilities, nothing barred yet. */
export type StepObserver = (step: number, logProbabilities: Float32Array) => void

/** Speaks on a row of its own for at most `maxSteps` steps; the tokens spoken, in order. */
export function speakGreedily(
  runner: LlmRunner,
  sequence: LlmSequence,
  maxSteps = Infinity,
  observe: StepObserver = () => {},
): number[] {
  const row = runner.pool.take()
  const spoken: number[] = []
  try {
    for (let step = 1; sequence.pending.length > 0 && step <= maxSteps; step++) {
      const logProbabilities = logSoftmaxInPlace(runner.prefill(row, sequence.pending).slice())
      observe(step, logProbabilities)
      const token = chooseGreedily(sequence, logProbabilities)
      if (sequence.accept(token) === 'spoken') spoken.push(token)
    }
  } finally {
    runner.pool.release(row)
  }
  return spoken
}

/** Accepts `given` tokens instead of its own; how many of them it would have chosen. */
export function followTokens(
  runner: LlmRunner,
  sequence: LlmSequence,
  given: readonly number[],
  observe: StepObserver,
): number {
  const row = runner.pool.take()
  let same = 0
  try {
    for (const [i, token] of given.entries()) {
      const logProbabilities = logSoftmaxInPlace(runner.prefill(row, sequence.pending).slice())
      observe(i + 1, logProbabilities)
      if (chooseGreedily(sequence, logProbabilities) === token) same++
      sequence.accept(token)
    }
  } finally {
    runner.pool.release(row)
  }
  return same
}

/** The next token; bars the end of speech in `logits` where it may not come. */
export function chooseGreedily(sequence: LlmSequence, logits: Float32Array): number {
  const choice = sequence.choice()
  if (choice.how === 'forced') return choice.token
  barIds(logits, choice)
  return likeliest(logits)
}
