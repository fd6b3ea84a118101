/**
 * How much a JSON text becomes, told before it is parsed: values cost some hundred bytes each, and as many steps of every check.
 */
const QUOTE = 0x22
const BACKSLASH = 0x5c
/** One of these stands with nearly every value. */
const SIGNS: ReadonlySet<number> = new Set([...'[{,:'].map((sign) => sign.charCodeAt(0)))

/** Whether so many of `[`, `{`, `,` and `:` stand outside of its strings, or fewer. */
export function hasFewValues(text: string, maxSigns: number): boolean {
  let signs = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (SIGNS.has(code) && ++signs > maxSigns) return false
  }
  return true
}

/** The quote that ends the string that begins at `from`; the end of the text where none does. */
function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let first = at
    while (text.charCodeAt(first - 1) === BACKSLASH) first--
    if ((at - first) % 2 === 0) return at
  }
  return text.length
}
