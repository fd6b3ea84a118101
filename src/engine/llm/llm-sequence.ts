/**
 * The order in which one utterance's text and speech go through the LLM, and when its speech ends.
 *
 * Knows: the reference's rules for a text that is known whole (`inference` of `cosyvoice/llm/llm.py`). Does not know: logits,
 * rows, batches. The rules for a text that is still arriving are in `live-sequence.ts`, behind the same interface.
 */
import assert from 'node:assert/strict'

/** Where each kind of id begins in the graph's id space; see `src/convert/models/speech-lm.ts`. */
export interface IdSpace {
  readonly text: number
  readonly speech: number
  readonly sos: number
  readonly task: number
}

export interface SequenceRules {
  readonly ids: IdSpace
  /** S: speech tokens are 0 … S−1, S ends speech, S+2 asks for more text; every id from S on stops a plain sequence. */
  readonly speechTokenSize: number
  /** Text and speech tokens per block of a live sequence. */
  readonly mixRatio: readonly [number, number]
  /** Positions that a row of the KV pool can hold. */
  readonly maxPositions: number
}

/** How the token after the pending ids is chosen. */
export type Choice =
  /** By the sampler, the end of speech barred or not. */
  | { readonly how: 'sample'; readonly barEnd: boolean }
  /** Not at all: this one, whatever the logits say. */
  | { readonly how: 'forced'; readonly token: number }

/** What became of a chosen token. */
export type Outcome = 'spoken' | 'silent' | 'ended'

/** A sequence asks to be fed `pending` ids, then for a token by `choice`, then is told that token by `accept`. */
export interface LlmSequence {
  /** Ids to feed next, in the graph's id space; empty while it waits for text. */
  readonly pending: readonly number[]
  /** Tokens chosen so far, silent ones included: what the repetition rule looks back on. */
  readonly chosen: readonly number[]
  /** How the token after `pending` is chosen. Only while `pending` is not empty. */
  choice(): Choice
  /** `token` was chosen after all of `pending` was fed. */
  accept(token: number): Outcome
}

/** Speech tokens per text token before which speech may not end, and after which it must. */
export interface LengthRatios {
  readonly min: number
  readonly max: number
}

const REFERENCE_RATIOS: LengthRatios = { min: 2, max: 20 }

/** A text that is known whole: start, prompt text and text, task, prompt speech; then speech until it ends. */
export class PlainSequence implements LlmSequence {
  readonly minTokens: number
  readonly maxTokens: number
  readonly #rules: SequenceRules
  readonly #chosen: number[] = []
  #pending: readonly number[]

  constructor(
    promptText: Int32Array,
    promptSpeech: Int32Array,
    text: Int32Array,
    rules: SequenceRules,
    ratios = REFERENCE_RATIOS,
  ) {
    assert(text.length > 0, 'an utterance needs text')
    const { ids } = rules
    this.#rules = rules
    this.#pending = [
      ids.sos,
      ...Array.from(promptText, (id) => ids.text + id),
      ...Array.from(text, (id) => ids.text + id),
      ids.task,
      ...Array.from(promptSpeech, (id) => ids.speech + id),
    ]
    this.minTokens = Math.floor(ratios.min * text.length)
    this.maxTokens = Math.min(Math.floor(ratios.max * text.length), rules.maxPositions - this.#pending.length)
    assert(
      this.maxTokens > 0,
      `${this.#pending.length} positions of prompt leave no room for speech in ${rules.maxPositions}`,
    )
  }

  get pending(): readonly number[] {
    return this.#pending
  }

  get chosen(): readonly number[] {
    return this.#chosen
  }

  choice(): Choice {
    return { how: 'sample', barEnd: this.#chosen.length < this.minTokens }
  }

  accept(token: number): Outcome {
    if (token >= this.#rules.speechTokenSize) {
      this.#pending = []
      return 'ended'
    }
    this.#chosen.push(token)
    this.#pending = this.#chosen.length < this.maxTokens ? [this.#rules.ids.speech + token] : []
    return 'spoken'
  }

  /** Whether the last token was the last allowed: nothing is pending and no end was chosen. */
  get atLimit(): boolean {
    return this.#chosen.length >= this.maxTokens
  }
}
