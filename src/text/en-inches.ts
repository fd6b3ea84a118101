/**
 * Feet and inches by their marks as English rules: 5'10", 3/8" bolt, a 33" tire, 6' wide. Quotation marks look the same.
 */
import { precedesThing, tellsKind } from './en-kinds.ts'
import { cardinal, fraction } from './en-numbers.ts'
import { sayNumber, unit } from './en-quantities.ts'
import { apart, charBefore, type Rule, rule } from './rules.ts'

/** Characters that are looked back over for a quotation mark that is open. */
const QUOTE_REACH = 200

const SIDES: Readonly<Record<string, string>> = { L: 'long', W: 'wide', H: 'high', D: 'deep' }
const counted = (digits: string, name: string) =>
  `${cardinal(digits)} ${name}${Number(digits) === 1 ? '' : 's'}`

/** Whether a quotation of a kind is open: a mark behind a digit closes one or is a measure, one inside a word an apostrophe. */
function isOpen(text: string, mark: string): boolean {
  let open = false
  for (const { index } of text.matchAll(mark === '"' ? /"/g : /(?<!\p{L})'/gu))
    open = /\d/.test(text[index - 1] ?? '') ? false : !open
  return open
}

export const INCH_RULES: readonly Rule[] = [
  rule(
    String.raw`(\d{1,3}(?:\.\d{1,2})?)"?\s?-\s?(?=\d{1,3}(?:\.\d{1,2})?"(?![\w"']))`,
    apart(([, from]) => `${sayNumber(from!)} to `),
  ),
  // Sides of a box, by their letters too: 12" L x 8" W.
  rule(
    String.raw`(\d{1,3}(?:\.\d{1,2})?)"\s?([LWHD])(?![\w'])(\s?[x×]\s?(?=\d))?`,
    apart(
      ([, number, side, more]) =>
        `${sayNumber(number!)} ${number === '1' ? 'inch' : 'inches'} ${SIDES[side!]}${more === undefined ? '' : ' by '}`,
    ),
  ),
  rule(String.raw`(\d{1,3}(?:\.\d{1,2})?)"[x×](?=\d)`, (match, text) =>
    /[\w.]/.test(charBefore(match, text).replace(/[x×]/, ' '))
      ? undefined
      : `${sayNumber(match[1]!)} ${match[1] === '1' ? 'inch' : 'inches'} by `,
  ),
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
    String.raw`(?:(\d{1,3})[ -])?(\d{1,2})\/(\d{1,2})(?:"|''|-inch(?!e)|-in\.(?=[ ,-]))(?!\w)`,
    apart((match, text) => {
      const [whole, full, above, below] = match
      const before = text.slice(Math.max(0, match.index - QUOTE_REACH), match.index)
      const part = fraction(above!, below!)
      if (part === undefined || (whole.endsWith('"') && isOpen(before, '"'))) return undefined
      const many = full !== undefined && !tellsKind(text, match.index, match.index + whole.length)
      return `${full === undefined ? '' : `${cardinal(full)} and `}${full !== undefined && part.startsWith('one ') ? `a ${part.slice(4)}` : part} ${many ? 'inches' : 'inch'}`
    }),
  ),
  // Alone they are feet and inches where no quotation is open.
  rule(String.raw`(\d{1,3}(?:\.\d{1,2})?)(["'])(?![\w"'])`, (match, text) => {
    const [, number, mark] = match
    const before = text.slice(Math.max(0, match.index - QUOTE_REACH), match.index)
    if (/[\w.]/.test(charBefore(match, text).replace(/[x×]/, ' ')) || isOpen(before, mark!)) return undefined
    const to = match.index + match[0].length
    const one =
      number === '1' || tellsKind(text, match.index, to) || (mark === '"' && precedesThing(text, to))
    return `${sayNumber(number!)} ${mark === '"' ? (one ? 'inch' : 'inches') : one ? 'foot' : 'feet'}`
  }),
  // A whole, a part and their unit.
  rule(
    String.raw`(\d{1,9})[ -](\d{1,2})\/(\d{1,3})\s?(lbs?|oz|ft|mi|yds?|km|cm|mm|m|kg|g|tsp|tbsp|hrs?|h|min|mins|L|mL|ml|pt|qt|gal|in(?=\.?(?:\s*$|[,;)]|\s(?:long|wide|tall|high|deep|thick))))(?![A-Za-z\d/])(?:\.(?=,|\s[a-z]))?`,
    apart((match, text) => {
      const [all, whole, above, below, symbol] = match
      const part = fraction(above!, below!)
      if (part === undefined || Number(above) >= Number(below)) return undefined
      const kind = tellsKind(text, match.index, match.index + all.length)
      const name = symbol === 'in' ? (kind ? 'inch' : 'inches') : unit(symbol!, kind)
      return `${cardinal(whole!)} and ${part.replace(/^one /, 'a ')} ${name}`.replace(/a eighth/, 'an eighth')
    }),
  ),
]
