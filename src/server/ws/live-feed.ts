/**
 * A session's text on its way into a live speech, in slices. Small messages are joined and long texts cut. The event
 * loop turns between two slices, whichever session's they are.
 */
import { countCharacters } from '../../core/characters.ts'
import type { LiveSpeechStream } from '../../core/speech-port.ts'
import { inTextTurn } from '../limits/text-turns.ts'

/** UTF-16 units handed on in one turn of the event loop: a few sentences, a few milliseconds of text rules. */
export const SLICE_LENGTH = 400

type Act = { readonly text: string } | 'settle' | 'flush' | 'finish'

export class LiveFeed {
  readonly #speech: LiveSpeechStream
  readonly #onError: (error: unknown) => void
  readonly #acts: Act[] = []
  #isWaiting = false
  /** Characters that were appended. */
  characters = 0

  /** `onError` is told what the speech refused; nothing is handed on after it. */
  constructor(speech: LiveSpeechStream, onError: (error: unknown) => void) {
    this.#speech = speech
    this.#onError = onError
  }

  append(text: string): void {
    this.characters += countCharacters(text)
    const last = this.#acts.at(-1)
    if (typeof last === 'object') this.#acts[this.#acts.length - 1] = { text: last.text + text }
    else this.#acts.push({ text })
    this.#arm()
  }

  /** No text has come for a while. */
  settle(): void {
    this.#acts.push('settle')
    this.#arm()
  }

  flush(): void {
    this.#acts.push('flush')
    this.#arm()
  }

  finish(): void {
    this.#acts.push('finish')
    this.#arm()
  }

  /** Nothing more is handed on. */
  stop(): void {
    this.#acts.length = 0
  }

  #arm(): void {
    if (this.#isWaiting) return
    this.#isWaiting = true
    inTextTurn(() => {
      this.#isWaiting = false
      try {
        this.#handOn()
        if (this.#acts.length > 0) this.#arm()
      } catch (error) {
        this.stop()
        this.#onError(error)
      }
    })
  }

  /** One slice of text, and the signs that follow it at once. */
  #handOn(): void {
    const act = this.#acts.shift()
    if (typeof act === 'object') {
      const end = sliceEnd(act.text)
      this.#speech.append(act.text.slice(0, end))
      if (end < act.text.length) return void this.#acts.unshift({ text: act.text.slice(end) })
    } else if (act !== undefined) this.#speech[act]()
    while (typeof this.#acts[0] === 'string') this.#speech[this.#acts.shift() as Exclude<Act, object>]()
  }
}

/** Where a text is cut: behind a sentence, else behind a blank, else anywhere but inside a character. */
export function sliceEnd(text: string): number {
  if (text.length <= SLICE_LENGTH) return text.length
  const slice = text.slice(0, SLICE_LENGTH)
  for (const boundary of [/^[\s\S]*(?:[。！？\n]|[.!?]\s)/u, /^[\s\S]*\s/u]) {
    const found = boundary.exec(slice)?.[0].length
    if (found !== undefined) return found
  }
  const isPair = /[\uD800-\uDBFF]$/.test(slice)
  return isPair ? SLICE_LENGTH - 1 : SLICE_LENGTH
}
