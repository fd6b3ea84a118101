/**
 * The words of one speech's text, and which of them each token of its parts says.
 *
 * Written text comes first, then the parts that say it, both in order; for a text that is still being written in turns.
 */
import type { TextTokenizer } from './tokenizer.ts'
import { type ReadWord, spokenPlaces, WordOwners } from './word-owners.ts'
import { type WrittenOptions, type WrittenWord, writtenWords } from './written-words.ts'

/** What a part says of the text's words. It grows with its text. */
export interface PartWords {
  /** Of each text token: twice the index of its word, one more for what stands behind that word; −1 before the first. */
  readonly owners: number[]
  /** Words that this part says and no earlier one does, ascending. */
  readonly said: number[]
}

export class TextWords {
  readonly #tokenizer: Pick<TextTokenizer, 'asGiven' | 'startsOf'>
  readonly #owners: WordOwners
  readonly #words: WrittenWord[] = []
  readonly #options: WrittenOptions
  #text = ''
  #isWhole = false
  #place = 0
  /** The last word that is said. */
  #last = -1

  constructor(
    tokenizer: Pick<TextTokenizer, 'asGiven' | 'startsOf'>,
    read: ReadWord,
    options: WrittenOptions = {},
  ) {
    this.#options = options
    this.#tokenizer = tokenizer
    this.#owners = new WordOwners(this.#words, (word, wide) => tokenizer.asGiven(read(word, wide)))
  }

  /** Places are those in all text that has come. */
  get words(): readonly WrittenWord[] {
    return this.#words
  }

  /** What was written from one place to another. */
  slice(from: number, to: number): string {
    return this.#text.slice(from, to)
  }

  /** The last word that is said so far. */
  get last(): number {
    return this.#last
  }

  /** Whether no more text comes. */
  get isWhole(): boolean {
    return this.#isWhole
  }

  /** No more text comes, and all of it is said. */
  end(): void {
    this.#isWhole = true
    const last = this.#last
    if (last >= 0 && last < this.#words.length - 1 && this.#owners.isOther(last))
      this.#reach(last, last, this.#words.length - 1)
  }

  /** A text that is known whole. */
  whole(text: string): void {
    this.#text = text
    this.#place = text.length
    this.#words.push(...writtenWords(text, this.#options))
    this.#isWhole = true
  }

  /** Text that has come, in any cut. */
  append(text: string): void {
    this.#text += text
  }

  /** Of what has come, the stretch that is said next. */
  write(stretch: string): void {
    const found = this.#text.indexOf(stretch, this.#place)
    const at = found < 0 ? this.#place : found
    this.#place = at + stretch.length
    const words = writtenWords(stretch, { ...this.#options, fragment: true })
    this.#words.push(...words.map((word) => ({ ...word, from: at + word.from, to: at + word.to })))
  }

  /** What `said` says as a part of its own; `ids` are the tokens of it. */
  part(said: string, ids: Int32Array): PartWords {
    const part = { owners: [], said: [] }
    this.say(said, ids, part)
    return part
  }

  /** Adds what `said` says to a part; `ids` are the tokens of it. */
  say(said: string, ids: Int32Array, part: PartWords): void {
    const given = this.#tokenizer.asGiven(said)
    const starts = this.#tokenizer.startsOf(given, ids)
    const places = spokenPlaces(given)
    const owners = this.#owners.next(given)
    this.#join(owners)
    let next = 0
    for (let i = 0; i < ids.length; i++) {
      const until = starts[i + 1]!
      let own: number | undefined
      // A word of which an earlier token has the first letters goes on.
      const before = places[next - 1]
      if (before !== undefined && before.to > starts[i]!) own = owners[next - 1]
      for (; next < places.length && places[next]!.from < until; next++) {
        const owner = owners[next]
        if (owner === undefined) continue
        if (owner > this.#last) this.#begin(owner, part)
        own ??= owner
      }
      part.owners.push(this.#mark(own, part))
    }
  }

  /** Words that nothing says go with a neighbour that is said otherwise than by itself: 10 in of "5 ft 10 in", Rs. of "Rs. 500". */
  #join(owners: readonly (number | undefined)[]): void {
    let before = this.#last
    for (const owner of owners) {
      if (owner === undefined || owner <= before) continue
      if (owner > before + 1) {
        if (before >= 0 && this.#owners.isOther(before)) this.#reach(before, before, owner - 1)
        else if (this.#owners.isOther(owner)) this.#reach(owner, before + 1, owner)
      }
      before = owner
    }
  }

  /** One word takes the place of all from one to another. */
  #reach(index: number, from: number, to: number): void {
    // Marks by themselves are no words.
    const isWord = (at: number) => at === index || /[\p{L}\p{N}]/u.test(this.#words[at]!.text)
    let [first, last] = [from, to]
    while (!isWord(first)) first++
    while (!isWord(last)) last--
    this.#take(index, first, last)
  }

  #take(index: number, first: number, last: number): void {
    const { from } = this.#words[first]!
    const { to } = this.#words[last]!
    const ends = this.#words.slice(first, last + 1).some((word) => word.ends)
    this.#words[index] = { text: this.#text.slice(from, to), from, to, ends }
  }

  #begin(owner: number, part: PartWords): void {
    part.said.push(owner)
    this.#last = owner
  }

  #mark(own: number | undefined, part: PartWords): number {
    const first = part.said[0]
    if (first === undefined) return -1
    // Words of an earlier part, which has told their times.
    if (own !== undefined && own >= first) return 2 * own
    return own === undefined ? 2 * part.said.at(-1)! + 1 : -1
  }
}
