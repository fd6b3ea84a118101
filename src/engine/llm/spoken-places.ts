/** Which text token each speech token of one utterance says, step by step, where that was asked for. */
import type { LlmRunner } from './llm-runner.ts'
import type { IdSpace, LlmSequence } from './llm-sequence.ts'
import { type AlignmentFacts, TextAlignment } from './text-alignment.ts'

/** Of a speech token whose place the model does not tell. */
const UNTOLD = -1

interface Fed {
  readonly row: number | undefined
  readonly fed: number
  readonly sequence: Pick<LlmSequence, 'refed'>
}

export class SpokenPlaces {
  readonly #ids: IdSpace
  readonly #alignment: TextAlignment | undefined

  /** `behind`: text ids of the sequence before the text. `facts` are missing where the model does not tell. */
  constructor(facts: AlignmentFacts | undefined, ids: IdSpace, behind: number) {
    this.#ids = ids
    this.#alignment = facts && new TextAlignment(facts, behind)
  }

  /** `ids` were just fed, the first of them as number `fed` of what was pending: the text among them can be looked at. */
  feed(runner: LlmRunner, { row, fed, sequence }: Fed, ids: readonly number[]): void {
    if (this.#alignment === undefined) return
    const first = runner.pool.length(row!) - ids.length
    const { text, speech } = this.#ids
    for (const [i, id] of ids.entries()) {
      if (id < text || id >= speech || fed + i < sequence.refed) continue
      const key = runner.alignment.key(row!, first + i)
      if (key !== undefined) this.#alignment.feed(key)
    }
  }

  /** The text token that the next speech token says; `query` is that of `position`, the last that was fed. */
  next(query: Float32Array | undefined, position: number): number {
    if (this.#alignment === undefined || query === undefined) return UNTOLD
    return this.#alignment.next(query, position)
  }
}

/** Of a sequence in which the text begins behind `promptTextIds` and `placesBehind` ids more; undefined: not asked for. */
export function placesOf(
  asked: { readonly promptTextIds: Int32Array; readonly placesBehind?: number },
  facts: AlignmentFacts | undefined,
  ids: IdSpace,
): SpokenPlaces | undefined {
  const { promptTextIds, placesBehind } = asked
  if (placesBehind === undefined) return undefined
  return new SpokenPlaces(facts, ids, promptTextIds.length + placesBehind)
}
