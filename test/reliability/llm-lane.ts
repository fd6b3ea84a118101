/** An LLM lane's turns over the reference checkpoint without a thread, and what its utterances have said. */
import type { LlmRunner } from '../../src/engine/llm/llm-runner.ts'
import type { LlmAdmission } from '../../src/lanes/messages.ts'
import { LlmLaneTurns } from '../../workers/llm-lane-turns.ts'
import type { TinyLlm } from '../helpers/tiny-llm.ts'

export interface LaneProbe {
  readonly turns: LlmLaneTurns
  /** Tokens of each slot so far. */
  readonly said: Map<number, number[]>
  /** How each slot's utterance ended: `undefined` where it ended well. */
  readonly left: Map<number, string | undefined>
  /** Whether each slot's ring was ended as failed. */
  readonly rings: Map<number, boolean>
  /** Tokens that the acoustic lane has taken of each slot; the others are in hand. */
  readonly taken: Map<number, number>
  /** Whose each run was, and as often. */
  readonly worked: readonly number[]
  admit(slot: number, utterance?: Partial<LlmAdmission>): void
}

export function openLane(llm: TinyLlm, runner: LlmRunner, minLeadTokens = 1000): LaneProbe {
  const said = new Map<number, number[]>()
  const left = new Map<number, string | undefined>()
  const taken = new Map<number, number>()
  const rings = new Map<number, boolean>()
  const worked: number[] = []
  const turns = new LlmLaneTurns({
    runner,
    rules: llm.rules,
    sampling: llm.parameters.llm.sampling,
    limits: {
      maxBatch: 8,
      prefillChunk: 64,
      prefillChunkIdle: 64,
      minLeadTokens,
      maxLeadTokens: 10 * minLeadTokens,
      batchBoundMs: 1000,
    },
    sinkOf: (slot) => ({
      push: (token) => void said.get(slot)!.push(token),
      end: (failed) => void rings.set(slot, failed),
      get unread() {
        return said.get(slot)!.length - (taken.get(slot) ?? 0)
      },
    }),
    leave: (slot, _epoch, failed) => void left.set(slot, failed),
    inModel: (_rows, run) => run(),
    onWork: (slot) => worked.push(slot),
  })
  const admit = (slot: number, utterance: Partial<LlmAdmission> = {}) => {
    said.set(slot, [])
    turns.apply({
      type: 'admit',
      slot,
      epoch: 1,
      priority: 'stream',
      arrivedMs: slot,
      acousticLane: 0,
      utterance: {
        promptTextIds: Int32Array.of(11, 12, 13),
        promptSpeechTokens: Int32Array.of(5, 6, 7),
        textIds: Int32Array.from({ length: 12 }, (_, i) => 20 + i + slot),
        live: false,
        seed: slot,
        sampling: 'ras',
        ...utterance,
      },
    })
  }
  return { turns, said, left, rings, taken, worked, admit }
}
