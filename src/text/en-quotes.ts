/**
 * Curly single quotes of English text → quotation marks, or the apostrophes they were typed for.
 */

/** Words that lost their beginning. */
const ELIDED = /(?:tis|twas|twere|em|n|til|cause|round|bout|cos|nuff|tween)(?![A-Za-z])|\d\ds?(?!\d)/iy

/** A mark inside a word, before an elided one, or behind an `s` with no quotation open is an apostrophe. */
export function plainQuotes(text: string): string {
  let open = false
  return text.replace(/[‘’]/g, (mark, at: number) => {
    const before = /[\p{L}\d]/u.test(text[at - 1] ?? ' ')
    const after = /[\p{L}\d]/u.test(text[at + 1] ?? ' ')
    if (before && after) return "'"
    ELIDED.lastIndex = at + 1
    if (!before && after && (mark === '’' || /n/i.test(text[at + 1]!)) && ELIDED.test(text)) return "'"
    if (mark === '‘' && after) {
      open = true
      return '"'
    }
    if (before && !open) return 'sS'.includes(text[at - 1]!) || /n/i.test(text[at - 1]!) ? "'" : '"'
    open = false
    return '"'
  })
}
