/**
 * The text of one utterance while more of it may come.
 *
 * It collects text until a device takes the utterance, and from then on sends the device what comes.
 */
import assert from 'node:assert/strict'

/** The part of `Lent` that takes text. */
export interface TextTaker {
  append(textIds: Int32Array): void
  finish(): void
}

export class GrowingText {
  readonly #ids: number[] = []
  #complete = false
  #taker: TextTaker | undefined

  /** Ids so far. */
  get textIds(): Int32Array {
    return Int32Array.from(this.#ids)
  }

  /** No more will come. */
  get complete(): boolean {
    return this.#complete
  }

  append(textIds: Int32Array): void {
    assert(!this.#complete, 'text after the end of text')
    if (textIds.length === 0) return
    this.#ids.push(...textIds)
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
