/**
 * When the words of one utterance are said. Speech tokens come with the text token that each of them says. A word goes
 * from its first speech token to that of the next word, or of the mark behind it. Pure.
 */
import type { PartWords } from '../text/text-words.ts'

/** Seconds from the utterance's first sample. */
export interface WordTime {
  /** Its index in the text. */
  readonly word: number
  readonly start: number
  readonly end: number
}

/** Times are known word after word, each for certain once it is given out. */
export interface PartTimes {
  /** More speech tokens: of each the text token that it says, −1 where the model does not tell. */
  push(places: Int32Array): void
  /** There are no more. */
  end(): void
  /** Words whose times became known, in order. */
  take(): WordTime[]
  /** Seconds at which the first word begins whose time is not known; Infinity once all are. */
  readonly openFrom: number
}

/** Share of a speech token that words get which begin within the same one. */
const LEAST_SHARE = 0.5

export class AlignedTimes implements PartTimes {
  readonly #words: PartWords
  readonly #tokenSeconds: number
  readonly #known: WordTime[] = []
  #tokens = 0
  /** Of `said`, how many have begun. */
  #begun = 0
  /** The word that is being said, and when something else came behind it. */
  #start = 0
  #closed: number | undefined
  #isOver = false

  /** `tokenSeconds`: how long a speech token is heard. */
  constructor(words: PartWords, tokenSeconds: number) {
    this.#words = words
    this.#tokenSeconds = tokenSeconds
  }

  get openFrom(): number {
    if (this.#isOver) return Number.POSITIVE_INFINITY
    return this.#begun === 0 ? 0 : this.#start
  }

  push(places: Int32Array): void {
    for (const place of places) this.#hear(this.#words.owners[place] ?? -1)
  }

  end(): void {
    if (this.#isOver) return
    const total = this.#tokens * this.#tokenSeconds
    const { said } = this.#words
    if (this.#begun < said.length) this.#spread(said.length - this.#begun, total)
    if (this.#begun > 0) this.#finish(this.#closed ?? total)
    this.#isOver = true
  }

  take(): WordTime[] {
    return this.#known.splice(0)
  }

  #hear(owner: number): void {
    const now = this.#tokens++ * this.#tokenSeconds
    if (owner < 0) return
    const { said } = this.#words
    let until = this.#begun
    while (until < said.length && said[until]! <= owner >> 1) until++
    if (until > this.#begun) this.#begin(until, now)
    if (owner % 2 === 1) this.#closed ??= Math.max(now, this.#start)
  }

  /** Words up to `until` have begun, the last of them now. */
  #begin(until: number, now: number): void {
    const passed = until - this.#begun - 1
    if (passed > 0) this.#spread(passed, now)
    const start = Math.max(now, this.#from)
    if (this.#begun > 0) this.#finish(this.#closed ?? start)
    this.#start = this.#begun === 0 ? now : start
    this.#closed = undefined
    this.#begun = until
  }

  /** Words that no speech token was found for share the time until `until` with the one before them. */
  #spread(count: number, until: number): void {
    const shares = this.#begun > 0 && this.#closed === undefined ? count + 1 : count
    const from = this.#from
    const each = Math.max((until - from) / shares, (LEAST_SHARE * this.#tokenSeconds) / shares)
    for (let i = 0; i < count; i++) {
      const at = from + each * (shares - count + i)
      if (this.#begun > 0) this.#finish(this.#closed ?? at)
      this.#begun++
      this.#start = at
      this.#closed = undefined
    }
    this.#closed = from + each * shares
  }

  /** Where the time begins that is not given to words. */
  get #from(): number {
    return this.#begun === 0 ? 0 : (this.#closed ?? this.#start)
  }

  /** The word that is being said ends. */
  #finish(end: number): void {
    const word = this.#words.said[this.#begun - 1]!
    this.#known.push({ word, start: this.#start, end: Math.max(end, this.#start) })
  }
}

/**
 * Where the model does not tell: words take their share of the text's tokens. Their number of speech tokens is expected until
 * all have come.
 */
export class EstimatedTimes implements PartTimes {
  readonly #words: PartWords
  readonly #tokenSeconds: number
  readonly #ratio: number
  #tokens = 0
  #given = 0
  #isOver = false
  /** Audio may have been handed out up to here: nothing begins before it any more. */
  #from = 0

  /** `ratio`: speech tokens that a text token is expected to take. */
  constructor(words: PartWords, tokenSeconds: number, ratio: number) {
    this.#words = words
    this.#tokenSeconds = tokenSeconds
    this.#ratio = ratio
  }

  get openFrom(): number {
    if (this.#isOver) return Number.POSITIVE_INFINITY
    this.#from = Math.max(this.#from, this.#placeOf(this.#given).start)
    return this.#from
  }

  push(places: Int32Array): void {
    this.#tokens += places.length
  }

  end(): void {
    this.#isOver = true
  }

  take(): WordTime[] {
    const { said } = this.#words
    const heard = this.#tokens * this.#tokenSeconds
    const times: WordTime[] = []
    for (; this.#given < said.length; this.#given++) {
      const { start, end } = this.#placeOf(this.#given)
      // The last word so far may not be the last: more text may come.
      if (!this.#isOver && (end > heard || this.#given === said.length - 1)) break
      const from = Math.min(Math.max(this.#from, start), heard)
      const to = Math.min(Math.max(from, end), heard)
      times.push({ word: said[this.#given]!, start: from, end: to })
      this.#from = to
    }
    return times
  }

  /** Of the nth word, as far as is known. */
  #placeOf(index: number): { start: number; end: number } {
    const { owners, said } = this.#words
    const expected = this.#ratio * owners.length
    const tokens = this.#isOver ? this.#tokens : Math.max(this.#tokens, expected)
    const each = (tokens * this.#tokenSeconds) / Math.max(1, owners.length)
    const word = said[index]
    const first = word === undefined ? -1 : owners.indexOf(2 * word)
    if (first < 0) return { start: owners.length * each, end: owners.length * each }
    return { start: first * each, end: (owners.lastIndexOf(2 * word!) + 1) * each }
  }
}
