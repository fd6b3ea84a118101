/**
 * Which written word each spoken one belongs to: "$5" is said "five dollars", and both belong to it.
 *
 * Each written word is read by itself by the same rules. That reading and what is really said are aligned with least
 * changes, window by window: the work is linear in the text. Order is kept.
 */
import { hasChinese } from './language.ts'
import type { WrittenWord } from './written-words.ts'

/** A spoken word: its place in the segment that says it. */
export interface SpokenPlace {
  readonly from: number
  readonly to: number
}

const SPOKEN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{N}\p{M}'’])+/gu
/** Words that are said as they are written. */
const PLAIN = /^["'“‘(]*(?:[A-Za-z]?[a-z]+(?:['’][a-z]+)?)["'”’).,;:!?]*$/
/** Costs of a word said otherwise, of one that no written word calls for, and of one left out. */
const OTHER = 1
const MORE = 1.1
const LESS = 0.6
/** Written words that are looked at beyond twice those that are spoken. */
const SLACK = 40
/** Readings of a window with fewer words found again than this share look further. */
const FOUND = 0.5

/** The spoken words of a text that is said, in order. */
export function spokenPlaces(said: string): SpokenPlace[] {
  return [...said.matchAll(SPOKEN)].map(({ 0: word, index }) => ({ from: index, to: index + word.length }))
}

/** What a word is by itself, in words; `wide`: where Chinese is said. */
export type ReadWord = (word: string, wide: boolean) => string

export class WordOwners {
  readonly #written: readonly WrittenWord[]
  readonly #read: ReadWord
  /** Of each written word, what it is by itself; made when it is looked at. */
  readonly #readings: (readonly string[])[] = []
  /** Words that are said otherwise than by themselves. */
  readonly #other = new Set<number>()
  #at = 0

  constructor(written: readonly WrittenWord[], read: ReadWord) {
    this.#written = written
    this.#read = read
  }

  /** Of each spoken word of the next segment, the index of its written word; undefined where the text has none left. */
  next(said: string): (number | undefined)[] {
    const spoken = spokenPlaces(said).map(({ from, to }) => keyOf(said.slice(from, to)))
    if (spoken.length === 0) return []
    const left = this.#written.length - this.#at
    const wide = hasChinese(said)
    let best: Aligned | undefined
    for (let width = 2 * spoken.length + SLACK; ; width *= 4) {
      best = align(spoken, this.#window(Math.min(width, left), wide))
      if (width >= left || best.found >= FOUND * spoken.length) break
    }
    const owners = best.owners.map((owner) => (owner === undefined ? undefined : owner + this.#at))
    this.#compare(spoken, owners, wide)
    const last = owners.findLast((owner) => owner !== undefined)
    // A word may go on in the next segment.
    if (last !== undefined) this.#at = last
    return owners
  }

  /** Whether a word is said otherwise than by itself: its neighbours may be said with it. */
  isOther(index: number): boolean {
    return this.#other.has(index)
  }

  #compare(spoken: readonly string[], owners: readonly (number | undefined)[], wide: boolean): void {
    const said = new Map<number, string[]>()
    for (const [i, owner] of owners.entries())
      if (owner !== undefined) said.set(owner, [...(said.get(owner) ?? []), spoken[i]!])
    for (const [owner, words] of said)
      if (words.join(' ') !== this.#readingOf(owner, wide).join(' ')) this.#other.add(owner)
  }

  #window(width: number, wide: boolean): { key: string; owner: number }[] {
    const words: { key: string; owner: number }[] = []
    for (let i = 0; i < width; i++)
      for (const key of this.#readingOf(this.#at + i, wide)) words.push({ key, owner: i })
    return words
  }

  #readingOf(index: number, wide: boolean): readonly string[] {
    const known = this.#readings[index]
    if (known !== undefined) return known
    const { text } = this.#written[index]!
    const said = PLAIN.test(text) ? text : this.#read(text, wide)
    const reading = spokenPlaces(said).map(({ from, to }) => keyOf(said.slice(from, to)))
    this.#readings[index] = reading
    return reading
  }
}

interface Aligned {
  /** Undefined only where nothing is written. */
  readonly owners: (number | undefined)[]
  /** Spoken words that are read the same. */
  readonly found: number
}

/** Least changes; what is written behind the last spoken word costs nothing. */
function align(spoken: readonly string[], written: readonly { key: string; owner: number }[]): Aligned {
  const width = written.length + 1
  const costs = new Float32Array((spoken.length + 1) * width)
  const steps = new Uint8Array(costs.length)
  for (let j = 1; j < width; j++) {
    costs[j] = j * LESS
    steps[j] = 2
  }
  for (let i = 1; i <= spoken.length; i++) {
    costs[i * width] = i * MORE
    steps[i * width] = 1
    for (let j = 1; j < width; j++) {
      const same = spoken[i - 1] === written[j - 1]!.key
      const both = costs[(i - 1) * width + j - 1]! + (same ? 0 : OTHER)
      const more = costs[(i - 1) * width + j]! + MORE
      const less = costs[i * width + j - 1]! + LESS
      const least = Math.min(both, more, less)
      costs[i * width + j] = least
      steps[i * width + j] = least === both ? 0 : least === more ? 1 : 2
    }
  }
  let j = 0
  for (let k = 1; k < width; k++)
    if (costs[spoken.length * width + k]! < costs[spoken.length * width + j]!) j = k
  const owners: (number | undefined)[] = new Array(spoken.length).fill(undefined)
  const other = new Array<boolean>(spoken.length).fill(false)
  let found = 0
  for (let i = spoken.length; i > 0; ) {
    const step = steps[i * width + j]!
    if (step === 0) {
      owners[i - 1] = written[j - 1]!.owner
      if (spoken[i - 1] === written[j - 1]!.key) found++
      else other[i - 1] = true
      i--
      j--
    } else if (step === 1) i--
    else j--
  }
  return { owners: withStrays(owners, other, written[0]?.owner), found }
}

/**
 * What no written word calls for goes with the word before it. It goes with the one behind where that is said otherwise
 * than by itself and the one before is not. At the beginning it goes with the first.
 */
function withStrays(
  owners: readonly (number | undefined)[],
  other: readonly boolean[],
  first: number | undefined,
): (number | undefined)[] {
  const all = owners.slice()
  for (let i = 0; i < all.length; ) {
    if (owners[i] !== undefined) {
      i++
      continue
    }
    let next = i
    while (next < all.length && owners[next] === undefined) next++
    const isBehind = i === 0 || (next < all.length && other[next]! && !other[i - 1]!)
    all.fill((isBehind ? owners[next] : all[i - 1]) ?? first, i, next)
    i = next
  }
  return all
}

const keyOf = (word: string) => word.toLowerCase().replace(/['’]/g, '')
