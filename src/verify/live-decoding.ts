/** Speech tokens of a text that arrives while it is spoken, always the likeliest, as the reference's stored ones. */
import { openLlm, sequenceRules } from '../engine/bundle-models.ts'
import { LiveSequence } from '../engine/llm/live-sequence.ts'
import { chooseGreedily } from './greedy-decoding.ts'
import type { VerifyContext } from './stage.ts'

/** Positions of a row; more than any stored case has. */
const CAPACITY = 8192

export interface LiveText {
  readonly promptTextIds: Int32Array
  readonly promptSpeech: Int32Array
  /** Text as it comes. */
  readonly pieces: readonly Int32Array[]
}

/** Each piece is given when all before it is used up, as the reference pulls it. */
export async function speakLive(
  { runtime, bundle, session }: VerifyContext,
  { promptTextIds, promptSpeech, pieces }: LiveText,
): Promise<Int32Array> {
  const llm = await openLlm(runtime, bundle, { rows: 1, capacity: CAPACITY }, session)
  const row = llm.pool.take()
  const spoken: number[] = []
  try {
    const rules = sequenceRules(bundle, llm.pool.maxLength)
    const sequence = new LiveSequence(promptTextIds, promptSpeech, rules, { ratio: 0, floor: CAPACITY / 2 })
    const waiting = [...pieces]
    for (;;) {
      while (sequence.waiting) {
        const piece = waiting.shift()
        if (piece === undefined) {
          sequence.finish()
          break
        }
        sequence.append(piece)
      }
      if (sequence.pending.length === 0) return Int32Array.from(spoken)
      const token = chooseGreedily(sequence, llm.prefill(row, sequence.pending).slice())
      if (sequence.accept(token) === 'spoken') spoken.push(token)
    }
  } finally {
    llm.pool.release(row)
    llm.release()
  }
}
