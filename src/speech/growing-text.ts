/**
 * The text of one utterance while more of it may come.
 *
 * It collects text until a device takes the utterance, and from then on sends the device what comes.
 */
import assert from 'node:assert/strict'
import type { PartWords } from '../text/text-words.ts'

/** The part of `Lent` that takes text. */
export interface TextTaker {
  append(textIds: Int32Array): void
  finish(): void
}

export class GrowingText {
  readonly #ids: number[] = []
  #text = ''
  #complete = false
  #taker: TextTaker | undefined
  /** What it says of the text's words, where that is asked; it grows before the text does. */
  readonly words: PartWords | undefined

  constructor(words?: PartWords) {
    this.words = words
  }

  /** Ids so far. */
  get textIds(): Int32Array {
    return Int32Array.from(this.#ids)
  }

  /** What the ids say. */
  get text(): string {
    return this.#text
  }

  /** No more will come. */
  get complete(): boolean {
    return this.#complete
  }

  append(textIds: Int32Array, text: string): void {
    assert(!this.#complete, 'text after the end of text')
    if (textIds.length === 0) return
    this.#ids.push(...textIds)
    this.#text += text
    this.#taker?.append(textIds)
  }

  finish(): void {
    this.#complete = true
    this.#taker?.finish()
  }

  /** The utterance was admitted with all that is here now; what comes later goes to `taker`. */
  takenBy(taker: TextTaker): void {
    if (!this.#complete) this.#taker = taker
  }
}
