/** One utterance in the LLM lane: what it was asked for, its sequence, where its tokens go, how far it is. */
import type { StageClock } from '../src/core/stage-clock.ts'
import type { ParkedRow } from '../src/engine/llm/kv-pool.ts'
import type { LlmSequence } from '../src/engine/llm/llm-sequence.ts'
import type { SpokenPlaces } from '../src/engine/llm/spoken-places.ts'
import type { LlmAdmission } from '../src/lanes/messages.ts'
import type { Priority } from '../src/scheduler/rank.ts'

/** Where a slot's tokens go. */
export interface TokenSink {
  /** `place`: the text token that it says, where that is asked for. */
  push(token: number, place?: number): void
  /** No more tokens will come; `failed` where there should have been more, so that a part never passes for the whole. */
  end(failed: boolean): void
  /** Tokens that the acoustic lane has not taken. */
  readonly unread: number
}

export interface LlmUtterance {
  readonly slot: number
  readonly epoch: number
  readonly priority: Priority
  readonly arrivedMs: number
  readonly asked: LlmAdmission
  readonly sequence: LlmSequence
  readonly sink: TokenSink
  /** Where its trace is recorded. */
  readonly clock: StageClock | undefined
  /** What tells which text token is said; undefined where that is not asked for. */
  readonly places: SpokenPlaces | undefined
  row: number | undefined
  /** What its row held when another utterance needed the row more. */
  parked: ParkedRow | undefined
  /** Of the sequence's pending ids, how many the row has been fed. */
  fed: number
  /** Numbers the draws, so that each has its own place in the request's random stream. */
  draws: number
}
