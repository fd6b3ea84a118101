/**
 * A user's own pronunciations: written form → how it is said, found in linear time.
 *
 * A key stands for whole words. Where it begins or ends with a letter or digit, none may stand beside it; Chinese
 * characters have no such bounds. The longest key wins. A key in small letters fits any case, others fit as written.
 */

/** Written form → how it is said. */
export type Dictionary = Readonly<Record<string, string>>

interface Node {
  readonly next: Map<string, Node>
  /** Keys that end here, as they are written. */
  readonly ends: string[]
}

export class Pronunciations {
  readonly #root: Node = { next: new Map(), ends: [] }
  readonly #said: Dictionary

  constructor(dictionary: Dictionary) {
    this.#said = dictionary
    for (const key of Object.keys(dictionary)) {
      let node = this.#root
      for (const letter of key.toLowerCase()) {
        let next = node.next.get(letter)
        if (next === undefined) {
          next = { next: new Map(), ends: [] }
          node.next.set(letter, next)
        }
        node = next
      }
      node.ends.push(key)
    }
  }

  /** Every key in `text` replaced by what `put` makes of its words; work is bounded by the longest key. */
  replace(text: string, put: (said: string) => string): string {
    if (this.#root.next.size === 0) return text
    let out = ''
    let at = 0
    while (at < text.length) {
      const key = this.#keyAt(text, at)
      if (key === undefined) out += text[at++]
      else {
        out += put(this.#said[key]!)
        at += key.length
      }
    }
    return out
  }

  #keyAt(text: string, at: number): string | undefined {
    if (isWord(text[at]) && isWord(text[at - 1])) return undefined
    let node: Node | undefined = this.#root
    let found: string | undefined
    for (let end = at; node !== undefined; ) {
      const width = (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1
      for (const key of node.ends) {
        const written = text.slice(at, end)
        const fits = key === written || (key === key.toLowerCase() && written.toLowerCase() === key)
        if (fits && !(isWord(text[end - 1]) && isWord(text[end]))) found = key
      }
      if (end >= text.length) break
      node = node.next.get(text.slice(end, end + width).toLowerCase())
      end += width
    }
    return found
  }
}

/** A letter or digit of a script that writes words apart. */
function isWord(character: string | undefined): boolean {
  return (
    character !== undefined && /[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{Nd}]/u.test(character)
  )
}
