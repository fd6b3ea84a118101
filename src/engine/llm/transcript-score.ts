/** Whether a recording says a text: how much the order of the text's words matters to its speech tokens, by the speech LLM. */
import type { LlmRunner } from './llm-runner.ts'
import type { IdSpace } from './llm-sequence.ts'

/** Speech tokens from the recording's start that are looked at (4 s), and those after which clear cases are known. */
const MAX_TOKENS = 100
const FIRST_LOOK = 50
/** Means at the first look beyond which the rest is not looked at, nats. */
const CLEARLY_SAID = 1.6
const CLEARLY_NOT = 0
/** Fewer tokens have no order to speak of. */
const MIN_TEXT = 4
const MIN_SPEECH = 25

/** Rows of the pool that `orderGain` takes: the text, and three disorders of it. */
export const SCORED_TEXTS = 4

/**
 * Mean gain in nats per speech token under the text over the same text in disorder. It is near 0 where the recording
 * says something else or the model cannot hear it. It is clearly above where it says the text. Noise, voices and the
 * model's taste in words are the same on both sides. Undefined where there is too little to tell by. Synchronous; a
 * prefill and at most 99 steps of four rows.
 */
export function orderGain(
  llm: LlmRunner,
  ids: IdSpace,
  textIds: Int32Array,
  speechTokens: Int32Array,
): number | undefined {
  const speech = speechTokens.subarray(0, MAX_TOKENS)
  if (textIds.length < MIN_TEXT || speech.length < MIN_SPEECH) return undefined
  if (textIds.length + speech.length + 2 > llm.pool.maxLength) return undefined
  const texts = [textIds, shuffled(textIds, 1), shuffled(textIds, 2), textIds.slice().reverse()]
  const rows = texts.map(() => llm.pool.take())
  try {
    let sum = 0
    const add = (likelihoods: readonly number[]) => {
      const [said = 0, ...disorders] = likelihoods
      sum += said - disorders.reduce((all, each) => all + each, 0) / disorders.length
    }
    add(
      texts.map((text, i) => {
        const prompt = [ids.sos, ...Array.from(text, (id) => ids.text + id), ids.task]
        return logSoftmaxAt(llm.prefill(rows[i]!, prompt), speech[0]!)
      }),
    )
    for (let count = 1; count < speech.length; count++) {
      const mean = sum / count
      if (count === FIRST_LOOK && (mean >= CLEARLY_SAID || mean <= CLEARLY_NOT)) return mean
      const id = ids.speech + speech[count - 1]!
      const { logitsOf } = llm.decode(rows.map((row) => ({ row, id })))
      add(rows.map((_, i) => logSoftmaxAt(logitsOf(i), speech[count]!)))
    }
    return sum / speech.length
  } finally {
    // The last row first: none has to move.
    for (const row of rows.reverse()) llm.pool.release(row)
  }
}

/** The same ids in an order that depends on their number and `seed` only. */
function shuffled(textIds: Int32Array, seed: number): Int32Array {
  const out = textIds.slice()
  let state = seed
  for (let i = out.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const j = Math.floor((state / 2 ** 32) * (i + 1))
    const kept = out[i]!
    out[i] = out[j]!
    out[j] = kept
  }
  return out
}

function logSoftmaxAt(logits: Float32Array, index: number): number {
  let most = -Infinity
  for (const value of logits) most = Math.max(most, value)
  let sum = 0
  for (const value of logits) sum += Math.exp(value - most)
  return logits[index]! - most - Math.log(sum)
}
