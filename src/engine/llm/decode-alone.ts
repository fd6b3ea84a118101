/** One sequence through the LLM by itself, token after token: what every batch must say too. */
import type { SamplingHyperParameters } from '../../core/hyper-parameters.ts'
import type { LlmRunner } from './llm-runner.ts'
import { barIds, type LlmSequence } from './llm-sequence.ts'
import { likeliest, sampleRas } from './sampler.ts'
import type { SpokenPlaces } from './spoken-places.ts'

export interface Chooser {
  /** `given`: these tokens, then the end, whatever the model would say. */
  readonly how: 'ras' | 'greedy' | 'given'
  readonly given?: Int32Array
  readonly sampling: SamplingHyperParameters
  readonly seed: number
}

/** What tells the text token that each speech token says, and those that it told. */
export interface PlacesOf {
  readonly of: Pick<SpokenPlaces, 'feed' | 'next'>
  readonly told: number[]
}

/** Beyond every speech token: it ends speech in every sequence. */
const END = 0x7fffffff

/** The tokens that are spoken, until the sequence has nothing pending. */
export function decodeAlone(
  llm: LlmRunner,
  sequence: LlmSequence,
  { how, sampling, seed, given = new Int32Array(0) }: Chooser,
  places?: PlacesOf,
): Int32Array {
  const spoken: number[] = []
  let next = 0
  const row = llm.pool.take()
  try {
    for (let draw = 0; sequence.pending.length > 0; draw++) {
      const { pending } = sequence
      // As the lanes do it: one id is a step of decoding.
      const step = pending.length === 1 ? llm.decode([{ row, id: pending[0]! }]) : undefined
      const logits = step?.logitsOf(0) ?? llm.prefill(row, pending)
      places?.of.feed(llm, { row, fed: 0, sequence }, pending)
      const query = step === undefined ? llm.prefillQuery : step.queryOf(0)
      const place = places?.of.next(query, llm.pool.length(row) - 1)
      const choice = sequence.choice()
      if (choice.how === 'sample') barIds(logits, choice)
      const token =
        choice.how === 'forced'
          ? choice.token
          : how === 'greedy'
            ? likeliest(logits)
            : how === 'given'
              ? (given[next++] ?? END)
              : sampleRas(logits, sequence.chosen, sampling, seed, draw)
      if (sequence.accept(token) !== 'spoken') continue
      spoken.push(token)
      if (place !== undefined) places?.told.push(place)
    }
  } finally {
    llm.pool.release(row)
  }
  return Int32Array.from(spoken)
}
