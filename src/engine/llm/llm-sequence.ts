/**
 * The order in which one utterance's text and speech go through the LLM, and when its speech ends.
 *
 * Here for a text that is known whole; for one that is still arriving, in `live-sequence.ts` behind the same interface.
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
  /** S: speech tokens are 0 … S−1; every id from S on stops a plain sequence. */
  readonly speechTokenSize: number
  /** Ids that may not be chosen while speech may not end. */
  readonly barred: readonly number[]
  /** Id that asks for more text. */
  readonly fill: number
  /** Of a run of these tokens the first `longest` are spoken. */
  readonly silence: { readonly tokens: readonly number[]; readonly longest: number }
  /** Text id up to which, itself included, a live sequence feeds its prompt's text first and whole. */
  readonly instructionEnd?: number
  /** Text and speech tokens per block of a live sequence. */
  readonly mixRatio: readonly [number, number]
  /** Positions that a row of the KV pool can hold. */
  readonly maxPositions: number
}

/** How the token after the pending ids is chosen. */
export type Choice =
  /** By the sampler, of all but the barred ids. */
  | { readonly how: 'sample'; readonly barred: readonly number[] }
  /** Not at all: this one, whatever the logits say. */
  | { readonly how: 'forced'; readonly token: number }

/** Makes the ids that `choice` bars impossible. */
export function barIds(logits: Float32Array, { barred }: Extract<Choice, { how: 'sample' }>): void {
  for (const id of barred) logits[id] = -Infinity
}

/** What became of a chosen token. */
export type Outcome = 'spoken' | 'silent' | 'ended'

/** Shortens runs of silence in what is spoken; the language model sees all of them. */
export class SilenceRun {
  readonly #tokens: ReadonlySet<number>
  readonly #longest: number
  #length = 0

  constructor({ tokens, longest }: SequenceRules['silence']) {
    this.#tokens = new Set(tokens)
    this.#longest = longest
  }

  /** Takes the next speech token in; false where it makes its run too long. */
  keeps(token: number): boolean {
    this.#length = this.#tokens.has(token) ? this.#length + 1 : 0
    return this.#length <= this.#longest
  }
}

/** A sequence asks to be fed `pending` ids, then for a token by `choice`; then `accept` tells it that token. */
export interface LlmSequence {
  /** Ids to feed next, in the graph's id space; empty while it waits for text. */
  readonly pending: readonly number[]
  /** How many of these, from the first on, were fed before and are fed again. */
  readonly refed: number
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
  readonly refed = 0
  readonly minTokens: number
  readonly maxTokens: number
  readonly #rules: SequenceRules
  readonly #silence: SilenceRun
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
    this.#silence = new SilenceRun(rules.silence)
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
    return { how: 'sample', barred: this.#chosen.length < this.minTokens ? this.#rules.barred : [] }
  }

  accept(token: number): Outcome {
    if (token >= this.#rules.speechTokenSize) {
      this.#pending = []
      return 'ended'
    }
    this.#chosen.push(token)
    this.#pending = this.#chosen.length < this.maxTokens ? [this.#rules.ids.speech + token] : []
    return this.#silence.keeps(token) ? 'spoken' : 'silent'
  }
}
