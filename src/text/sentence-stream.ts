/**
 * Text that arrives in pieces → sentences, each as soon as its end is certain.
 *
 * However a text is cut into pieces, the same sentences come out. A place counts as an end only once the character
 * behind it is known, so later text never changes it. A caller that has waited long enough calls `flush`.
 */

const ENDS = new Set('。！？!?；;\n')
/** Marks that words of machines hold as well. */
const INNER = new Set('?!;')
const CLOSING = new Set('"”\'’)）」』】')
const ABBREVIATIONS = new Set(
  'mr mrs ms dr prof st mt ft gen capt lt sgt gov rev hon jr sr vs etc no vol fig inc ltd co e.g i.e a.m p.m u.s u.k approx dept ave blvd col jan feb mar apr aug sept oct nov dec p pp ch ca cf est al nr figs eq ref viz incl excl tel ext messrs bros pres sen rep maj cmdr adm supt hwy rd sq bldg rs lv mts ibid def ov wkts ii iii iv vi vii viii rte rm suppl tues thurs thur det insp vit pvt brig cdr mgr utd conf jct ph.d m.sc b.sc ll.b ll.m'.split(
    ' ',
  ),
)

/** A number and a unit that is a word as well, or that often ends a sentence. */
const MEASURED =
  /(?:^|[^A-Za-z])[\d½¼¾⅓-⅞][\d.,½¼¾⅓-⅞]{0,8}[\s-]?(?:in|min|mins|sec|secs|hr|hrs|oz|ga|lb|lbs|yd|yds|mi|gal|qt|pt|pts|pkgs?|[Tt]bsp|[Tt]sp|mos|wks|yrs?)$/

/** Short forms before a number, and of days, most of which are words as well. */
const COUNTED =
  /(?:^|[^A-Za-z]|(?=\/))(?:nos|apt|ste|fl|sec|art|avg|temp|max|min|para|exp|eqn|tab|ed|op|cit|ea|ep|ll|sc|rt|mon|tue|wed|thu|fri|sat|sun|ln|pkwy|ct|pl|cat|pop|est|dep|arr|pss?|isa|prov|exod|lev|deut|josh|judg|sam|kgs|chr|neh|eccl|jer|ezek|zech|mal|matt|mk|lk|jn|rom|cor|gal|eph|phil|thess|tim|heb|jas|pet|bk|blk|pg|cl|dkt|avail|supp|stat|rptr|exs?|\/(?:mo|yr|hr|wk|min|sec))$/i

/** Marks behind a sentence's end that belong to it, at most. */
const MAX_MARKS = 32
/** Characters that wait for their sentence's end at most; a longer one is cut behind its last blank. */
export const MAX_WAITING = 800

export class SentenceStream {
  #buffer = ''
  /** Everything before this index has been looked at and holds no certain end. */
  #scanned = 0

  /** The text that waits for its sentence's end. */
  get rest(): string {
    return this.#buffer
  }

  /** More text; returns the sentences that are complete now, in order. */
  append(text: string): string[] {
    this.#buffer += text
    const sentences: string[] = []
    let start = 0
    let at = this.#scanned
    for (; at < this.#buffer.length; at++) {
      const ended = this.#endAt(at, start)
      if (ended === 'unknown') break
      const end = ended ?? (at - start >= MAX_WAITING ? this.#cutBefore(start, at) : undefined)
      if (end === undefined) continue
      sentences.push(this.#buffer.slice(start, end))
      start = end
      at = end - 1
    }
    this.#buffer = this.#buffer.slice(start)
    this.#scanned = at - start
    return sentences.filter((sentence) => sentence.trim() !== '')
  }

  /** Everything that waits, as it is; undefined where that is nothing. */
  flush(): string | undefined {
    const rest = this.#buffer
    this.#buffer = ''
    this.#scanned = 0
    return rest.trim() === '' ? undefined : rest
  }

  /** Index behind a sentence that ends at `at`; undefined where none does; `unknown` where only more text can tell. */
  #endAt(at: number, start: number): number | undefined | 'unknown' {
    const character = this.#buffer[at]!
    if (character !== '.' && character !== '…' && !ENDS.has(character)) return undefined
    let end = at + 1
    while (end <= at + MAX_MARKS && end < this.#buffer.length && this.#continuesEnd(this.#buffer[end]!)) end++
    if (end === this.#buffer.length) return 'unknown'
    // Inside an address or an entity these are letters like others: `?id=5`, `&amp;`.
    if (end === at + 1 && INNER.has(character)) {
      if (/[A-Za-z\d=&/_#%[]/.test(this.#buffer[end]!)) return undefined
      if (character === ';' && /&#?[A-Za-z\d]{1,10}$/.test(this.#buffer.slice(Math.max(0, at - 12), at)))
        return undefined
    }
    // A product, 5! = 120, goes on.
    if (character === '!' && end === at + 1 && /[\dn)]/.test(this.#buffer[at - 1] ?? '')) {
      const behind = this.#buffer.slice(end, end + 2)
      if (behind === ' ' || behind === '') return 'unknown'
      if (/[=+*/×÷^]/.test(behind.trimStart()[0] ?? '')) return undefined
    }
    // Dots behind a comma stand for what goes on: 1, 2, …, n.
    if (/[.…]/.test(character) && /[,+*×]\s?$/.test(this.#buffer.slice(Math.max(0, at - 2), at)))
      return undefined
    // A word that was broken to fit a page.
    if (character === '\n' && /[a-z]{2}-$/.test(this.#buffer.slice(Math.max(0, at - 3), at)))
      return /[a-z]/.test(this.#buffer[end]!) ? undefined : end
    if (character !== '.') return end
    // A point ends a sentence only before a blank, and not behind an abbreviation or a single letter.
    if (!/\s/.test(this.#buffer[end]!)) return undefined
    if (end > at + 1) {
      // In brackets it may be a short form's: (I-Vt.) and others.
      if (!/^[)\]"”]+$/.test(this.#buffer.slice(at + 1, end))) return end
      const behind = /\S/.exec(this.#buffer.slice(end, end + MAX_MARKS))?.[0]
      if (behind === undefined) return this.#buffer.length < end + MAX_MARKS ? 'unknown' : end
      return /[a-z]/.test(behind) ? undefined : end
    }
    if (this.#isAbbreviation(at) || countsItems(this.#buffer.slice(start, at))) return undefined
    const before = this.#buffer.slice(Math.max(0, at - 12), at)
    const [isMeasured, isCounted] = [MEASURED.test(before), COUNTED.test(before)]
    if (!isMeasured && !isCounted) return end
    // Ten in. long, max. 5: the point ends a sentence only where a new one begins.
    const next = /\S/.exec(this.#buffer.slice(end, end + MAX_MARKS))?.[0]
    if (next === undefined) return this.#buffer.length < end + MAX_MARKS ? 'unknown' : end
    return /[a-z(+&@]/.test(next) || (isCounted && /\d/.test(next)) ? undefined : end
  }

  /** Behind the last blank of what has no end; behind all of it where there is none, but inside no character. */
  #cutBefore(start: number, at: number): number {
    for (let cut = at; cut > start; cut--) if (/[\s,，、]/.test(this.#buffer[cut - 1]!)) return cut
    return /[\ud800-\udbff]/.test(this.#buffer[at - 1]!) ? at - 1 : at
  }

  /** Whether what waits looks like the end of a sentence: a mark, but not that of a number, abbreviation or initial. */
  get settled(): boolean {
    const text = this.#buffer.trimEnd().replace(/["”’')）」』]{1,4}$/, '')
    const last = text.at(-1)
    if (last === undefined) return false
    if (last !== '.') return last === '…' || ENDS.has(last)
    const tail = text.slice(-10)
    const word = tail.slice(0, -1)
    return (
      !/[\d.]\.$/.test(tail) &&
      !isAbbreviation(word) &&
      !MEASURED.test(word) &&
      !MEASURED.test(tail.slice(0, -1))
    )
  }

  #continuesEnd(character: string): boolean {
    return ENDS.has(character) || CLOSING.has(character) || character === '.' || character === '…'
  }

  #isAbbreviation(point: number): boolean {
    // Long enough for every abbreviation; a longer word is none.
    return isAbbreviation(this.#buffer.slice(Math.max(0, point - 8), point))
  }
}

/** 1. Alice 2. Bob: whether a sentence's last number counts the items of a list. */
function countsItems(sentence: string): boolean {
  const [, lead, number] = /^(|[\s\S]*[\s:：(（,，])(\d{1,2})$/.exec(sentence) ?? []
  if (number === undefined) return false
  return (
    lead!.trim() === '' ||
    number === '1' ||
    new RegExp(`(?:^|[\\s:：(（,，])${Number(number) - 1}[.．]`).test(lead!)
  )
}

function isAbbreviation(before: string): boolean {
  const word = /[A-Za-z.]*$/.exec(before)![0].toLowerCase()
  return ABBREVIATIONS.has(word) || /^(?:[a-z]\.)*[a-z]$/.test(word)
}
