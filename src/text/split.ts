/**
 * A long text → segments that the model can say in one go.
 *
 * The rule is the reference's (`split_paragraph`): cut behind sentence marks, and gather until a segment would exceed
 * 80. It cuts only segments longer than 60, and joins a last one shorter than 20 to its neighbour. Lengths are
 * characters in Chinese and tokens in English.
 */

const MAX_LENGTH = 80
const MIN_LENGTH = 60
const MERGE_LENGTH = 20
const MARKS = { zh: new Set('。？！；：、.?!;'), en: new Set('.?!;:') } as const
const CLOSING_QUOTES = new Set('"”')

/** Segments of a normalised text that is not empty, in order; joined they are the text, ended by a full stop if it was not. */
export function splitText(
  text: string,
  language: 'zh' | 'en',
  countTokens: (text: string) => number,
): string[] {
  const count = (part: string) => (language === 'zh' ? [...part].length : countTokens(part))
  const segments: string[] = []
  let current = ''
  let length = 0
  for (const clause of clauses(text, language)) {
    // Tokens of a whole can differ from those of its parts, so English is counted anew; characters just add up.
    const together = language === 'zh' ? length + count(clause) : count(current + clause)
    if (together > MAX_LENGTH && length > MIN_LENGTH) {
      segments.push(current)
      current = clause
      length = count(clause)
    } else {
      current += clause
      length = together
    }
  }
  if (current === '') return segments
  if (length < MERGE_LENGTH && segments.length > 0) segments[segments.length - 1] += current
  else segments.push(current)
  return segments
}

/** Pieces that end with a mark and the closing quotation mark behind it. A mark that follows a mark is dropped. */
function clauses(text: string, language: 'zh' | 'en'): string[] {
  const marks = MARKS[language]
  const ended = marks.has(text.at(-1)!) ? text : text + (language === 'zh' ? '。' : '.')
  const out: string[] = []
  let start = 0
  for (let i = 0; i < ended.length; i++) {
    if (!marks.has(ended[i]!)) continue
    if (i > start) out.push(ended.slice(start, i + 1))
    if (CLOSING_QUOTES.has(ended[i + 1] ?? '')) {
      // After a dropped mark there may be no clause to close: the quotation mark then stands alone.
      out.push((out.pop() ?? '') + ended[i + 1])
      start = i + 2
    } else start = i + 1
  }
  return out
}
