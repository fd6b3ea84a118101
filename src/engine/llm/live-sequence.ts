/**
 * The order in which text that is still arriving and its speech go through the LLM: blocks of 5 text and 15 speech tokens
 * (`inference_bistream` of the reference).
 *
 * Phases: `blocks`  text fills blocks of 5, each followed by 15 of the prompt's speech tokens while there are any, then
 *                   by speech that the LLM makes until a fill token asks for the next block;
 *         `final`   once no more text comes: what text is left, the task id, and speech until it ends.
 * Three rules are the reference's way and not obvious: text is read one id at a time and only when nothing is left to
 * feed. So a block is never taken without new text, even if the prompt's text would fill one. The ids fed last before
 * the final phase are fed again. Speech tokens of the prompt that no block took when the text ends are dropped. One is
 * not: an instruction without prompt speech waits for a block of text. The reference speaks from it alone.
 */
import assert from 'node:assert/strict'
import {
  type Choice,
  type LlmSequence,
  type Outcome,
  type SequenceRules,
  SilenceRun,
} from './llm-sequence.ts'

/** Speech tokens of the final phase: so many per text token, and so many at least. The reference has no limit. */
interface FinalLimit {
  readonly ratio: number
  readonly floor: number
}

const FINAL_LIMIT: FinalLimit = { ratio: 20, floor: 50 }

export class LiveSequence implements LlmSequence {
  readonly #rules: SequenceRules
  readonly #finalLimit: FinalLimit
  readonly #silence: SilenceRun
  readonly #barredInBlocks: readonly number[]
  readonly #chosen: number[] = []
  /** Text that has come and was not read yet. */
  readonly #arrived: number[] = []
  /** Text that was read and no block has taken, and prompt speech likewise. */
  #text: number[]
  #promptSpeech: number[]
  #pending: number[] = []
  /** What was fed last; while nothing has been fed yet, what will be fed first. */
  #fed: number[]
  /** How many ids `#fed` begins with before any block: the start and the instruction. */
  readonly #front: number
  #started = false
  #phase: 'blocks' | 'final' | 'ended' = 'blocks'
  /** Index among `#chosen` at which a fill token is forced. */
  #nextFill: number
  #numText = 0
  #refed = 0
  #noMoreText = false

  constructor(promptText: Int32Array, promptSpeech: Int32Array, rules: SequenceRules, limit = FINAL_LIMIT) {
    this.#finalLimit = limit
    this.#rules = rules
    this.#silence = new SilenceRun(rules.silence)
    this.#barredInBlocks = rules.barred.filter((id) => id !== rules.fill)
    const { ids, mixRatio } = rules
    const text = Array.from(promptText, (id) => ids.text + id)
    const instruction =
      rules.instructionEnd === undefined ? 0 : promptText.lastIndexOf(rules.instructionEnd) + 1
    this.#fed = [ids.sos, ...text.slice(0, instruction)]
    this.#front = this.#fed.length
    this.#text = text.slice(instruction)
    this.#promptSpeech = Array.from(promptSpeech, (id) => ids.speech + id)
    const block = mixRatio[1]
    this.#nextFill = (Math.floor(promptSpeech.length / block) + 1) * block - promptSpeech.length
  }

  get pending(): readonly number[] {
    return this.#pending
  }

  get refed(): number {
    return this.#refed
  }

  get chosen(): readonly number[] {
    return this.#chosen
  }

  /** Nothing is pending because more text is needed. */
  get waiting(): boolean {
    return this.#phase === 'blocks' && this.#pending.length === 0
  }

  /** More text, in any cut. */
  append(text: Int32Array): void {
    assert(!this.#noMoreText, 'text after the end of text')
    this.#arrived.push(...text)
    this.#numText += text.length
    this.#read()
  }

  /** No more text will come. */
  finish(): void {
    this.#noMoreText = true
    this.#read()
  }

  choice(): Choice {
    assert(this.#pending.length > 0, 'nothing is pending')
    if (this.#phase === 'final') return { how: 'sample', barred: [] }
    if (this.#chosen.length === this.#nextFill) return { how: 'forced', token: this.#rules.fill }
    return { how: 'sample', barred: this.#barredInBlocks }
  }

  accept(token: number): Outcome {
    assert(this.#pending.length > 0, 'a token without anything fed')
    const { speechTokenSize, fill, mixRatio, ids } = this.#rules
    this.#started = true
    this.#refed = 0
    this.#fed = this.#pending
    this.#pending = []
    if (token === fill && this.#phase === 'blocks') {
      this.#nextFill = this.#chosen.length + mixRatio[1] + 1
      this.#chosen.push(token)
      this.#read()
      return 'silent'
    }
    this.#chosen.push(token)
    // In blocks the end is barred, and the reference raises on the reserved id: both end speech here.
    if (token >= speechTokenSize) {
      this.#phase = 'ended'
      return 'ended'
    }
    if (this.#phase === 'final' && this.#chosen.length >= this.#limit) {
      this.#phase = 'ended'
    } else this.#pending = [ids.speech + token]
    return this.#silence.keeps(token) ? 'spoken' : 'silent'
  }

  get #limit(): number {
    const { ratio, floor } = this.#finalLimit
    return Math.max(floor, ratio * this.#numText)
  }

  /** Reads text until something is pending or none is left; the end of text begins the final phase. */
  #read(): void {
    while (this.#pending.length === 0 && this.#phase === 'blocks') {
      const id = this.#arrived.shift()
      if (id !== undefined) this.#take(this.#rules.ids.text + id)
      else if (!this.#noMoreText) return
      else if (this.#numText > 0) this.#finalise()
      else this.#phase = 'ended'
    }
  }

  #take(id: number): void {
    const [textBlock, speechBlock] = this.#rules.mixRatio
    this.#text.push(id)
    while (this.#promptSpeech.length > 0 && this.#text.length >= textBlock) {
      this.#fed.push(...this.#text.splice(0, textBlock), ...this.#promptSpeech.splice(0, speechBlock))
    }
    if (this.#promptSpeech.length === 0) this.#beginBlock()
  }

  /** Makes speech pending if it can go on: after a fill, or as the first thing ever, that takes a block of text. */
  #beginBlock(): void {
    const [textBlock] = this.#rules.mixRatio
    const onlyStart = !this.#started && this.#fed.length === this.#front
    if (!this.#started && !onlyStart) this.#pending = this.#fed
    else if (this.#text.length >= textBlock) {
      const block = this.#text.splice(0, textBlock)
      this.#pending = this.#started ? block : [...this.#fed, ...block]
    }
  }

  #finalise(): void {
    this.#phase = 'final'
    this.#refed = this.#started ? this.#fed.length : 0
    this.#pending = [...this.#fed, ...this.#text, this.#rules.ids.task]
    this.#text = []
    this.#promptSpeech = []
  }
}
