/** How much likelier a text makes the speech tokens of a recording, by the speech LLM that knows both. */
import type { LlmRunner } from './llm-runner.ts'
import type { IdSpace } from './llm-sequence.ts'

/** Tokens from the recording's start that are looked at (4 s), and how far apart those whose likelihood is taken. */
const MAX_TOKENS = 100
const STRIDE = 2

/**
 * Mean gain in nats per speech token of the recording under the text over without it; undefined where there are too few
 * tokens, or the text leaves no room in a row. Above zero where the recording says the text. Two prefills in short runs.
 */
export function transcriptGain(
  llm: LlmRunner,
  ids: IdSpace,
  textIds: Int32Array,
  speechTokens: Int32Array,
): number | undefined {
  const speech = speechTokens.subarray(0, MAX_TOKENS)
  if (speech.length < 2 * STRIDE || textIds.length + speech.length + 2 > llm.pool.maxLength) return undefined
  const said = meanLogLikelihood(llm, ids, textIds, speech)
  return said - meanLogLikelihood(llm, ids, new Int32Array(0), speech)
}

/** Of every `STRIDE`-th token, each after all before it. */
function meanLogLikelihood(llm: LlmRunner, ids: IdSpace, textIds: Int32Array, speech: Int32Array): number {
  const row = llm.pool.take()
  try {
    let pending = [ids.sos, ...Array.from(textIds, (id) => ids.text + id), ids.task]
    let sum = 0
    let count = 0
    for (const [i, token] of speech.entries()) {
      if (i % STRIDE === 0) {
        sum += logSoftmaxAt(llm.prefill(row, pending), token)
        count++
        pending = []
      }
      pending.push(ids.speech + token)
    }
    return sum / count
  } finally {
    llm.pool.release(row)
  }
}

function logSoftmaxAt(logits: Float32Array, index: number): number {
  let most = -Infinity
  for (const value of logits) most = Math.max(most, value)
  let sum = 0
  for (const value of logits) sum += Math.exp(value - most)
  return logits[index]! - most - Math.log(sum)
}
