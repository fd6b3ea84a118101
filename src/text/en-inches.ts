/**
 * Feet and inches by their marks as English rules: 5'10", 3/8" bolt, a 33" tire, 6' wide. Quotation marks look the same.
 */
import { precedesThing, tellsKind } from './en-kinds.ts'
import { cardinal, fraction } from './en-numbers.ts'
import { sayNumber } from './en-quantities.ts'
import { apart, charBefore, type Rule, rule } from './rules.ts'

/** Characters that are looked back over for a quotation mark that is open. */
const QUOTE_REACH = 200

const counted = (digits: string, name: string) =>
  `${cardinal(digits)} ${name}${Number(digits) === 1 ? '' : 's'}`

/** Quotation marks of a kind; one behind a digit is a measure, one inside a word an apostrophe. */
const openMarks = (text: string, mark: string) =>
  text.match(mark === '"' ? /(?<!\d)"/g : /(?<![\p{L}\d])'/gu)?.length ?? 0

export const INCH_RULES: readonly Rule[] = [
  // Feet joined to inches: 3'-6".
  rule(
    String.raw`(\d{1,3})'\s?-\s?(?=\d{1,2}(?: \d{1,2}\/\d{1,2})?(?:"|''))`,
    apart(([, feet]) => `${cardinal(feet!)} ${feet === '1' ? 'foot' : 'feet'} `),
  ),
  rule(String.raw`(?<=\d["'])\+(?=[\s,.;:!?)]|$)`, () => ' and more'),
  rule(
    String.raw`(\.\d{1,4})"(?![\w"'])`,
    apart(([, part]) => `${sayNumber(`0${part}`)} inches`),
  ),
  rule(
    String.raw`(\d)'\s?(\d{1,2})(?:"|'')?(?![\d'])`,
    apart(([, feet, inches]) =>
      Number(inches) > 11
        ? `${counted(feet!, 'minute')} ${counted(inches!, 'second')}`
        : `${cardinal(feet!)} foot ${cardinal(inches!)}`,
    ),
  ),
  rule(
    String.raw`(?:(\d{1,3})[ -])?(\d{1,2})\/(\d{1,2})(?:"|''|-inch(?!e))(?!\w)`,
    apart((match, text) => {
      const [whole, full, above, below] = match
      const before = text.slice(Math.max(0, match.index - QUOTE_REACH), match.index)
      const part = fraction(above!, below!)
      if (part === undefined || (whole.endsWith('"') && openMarks(before, '"') % 2 === 1)) return undefined
      const many = full !== undefined && !tellsKind(text, match.index, match.index + whole.length)
      return `${full === undefined ? '' : `${cardinal(full)} and `}${full !== undefined && part.startsWith('one ') ? `a ${part.slice(4)}` : part} ${many ? 'inches' : 'inch'}`
    }),
  ),
  // Alone they are feet and inches where no quotation is open.
  rule(String.raw`(\d{1,3}(?:\.\d{1,2})?)(["'])(?![\w"'])`, (match, text) => {
    const [, number, mark] = match
    const before = text.slice(Math.max(0, match.index - QUOTE_REACH), match.index)
    if (/[\w.]/.test(charBefore(match, text)) || openMarks(before, mark!) % 2 === 1) return undefined
    const to = match.index + match[0].length
    const one =
      number === '1' || tellsKind(text, match.index, to) || (mark === '"' && precedesThing(text, to))
    return `${sayNumber(number!)} ${mark === '"' ? (one ? 'inch' : 'inches') : one ? 'foot' : 'feet'}`
  }),
]
