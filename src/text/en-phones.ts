/**
 * English telephone numbers and other runs of digits: said one by one, in the groups they are written in.
 */
import { digitByDigit } from './en-numbers.ts'
import { apart, type Rule, rule } from './rules.ts'

export const digits = (group: string) => digitByDigit(group.replace(/\D/g, ''), 'zero')
export const groups = (text: string) =>
  text
    .split(/\D+/)
    .filter((group) => group !== '')
    .map(digits)
    .join(', ')

const CALLS =
  '(?:[Cc]all|[Dd]ial|[Pp]hone|[Tt]el\\.?|[Ff]ax|[Hh]otline|[Tt]ext|[Mm]obile|[Cc]ell|[Ww]hats[Aa]pp|[Pp]h\\.?)'
/** What may follow a short number that is dialled. */
const DIALLED_END = '(?=[.,;!?)]|$| (?:for|now|if|when|in|to|immediately|and|or|from)\\b)'

/** Groups of a national number that is written in one piece: 3-3-4 behind an optional 1. */
const pieced = (number: string) =>
  number.length === 10 || (number.length === 11 && number.startsWith('1'))
    ? groups(number.replace(/^(1?)(\d{3})(\d{3})(\d{4})$/, '$1 $2 $3 $4'))
    : digits(number)

export const PHONE_RULES: readonly Rule[] = [
  rule(String.raw`\+\s?(\d{1,3}(?:[ .\-]?\(?\d{1,5}\)?){1,7})(?!\d)`, ([, number]) =>
    number!.replace(/\D/g, '').length >= 7
      ? `plus ${/\D/.test(number!) ? groups(number!) : pieced(number!)}`
      : undefined,
  ),
  rule(
    String.raw`(?:1[- .])?\(\d{2,5}\)[-. ]?\d{3,4}[-. ]?\d{3,5}(?!\d)`,
    apart(([number]) => groups(number)),
  ),
  rule(
    String.raw`(?:\d{1,2}[-. ])?(\d{3})([-. ])\d{3}\2\d{4}(?![\d-])`,
    apart(([number]) => groups(number)),
  ),
  rule(
    String.raw`1-(8\d\d)-([A-Z]{2,10}(?:-[A-Z]{2,10})?)(?!\w)`,
    apart(([, prefix, word]) => `one, ${digits(prefix!)}, ${word!.toLowerCase().replace('-', ' ')}`),
  ),
  rule(
    // With a point it would be a decimal, but for the numbers of films.
    String.raw`(?:\d{3}-|555\.)\d{4}(?![\d-]|\.\d)`,
    apart(([number]) => groups(number)),
  ),
  // A zero in front: the trunk code of most countries.
  rule(
    String.raw`00\d{1,3}(?:[- ]\d{2,5}){2,5}(?![\d-])|0\d{1,4}(?:[- ]\d{2,8}){1,4}(?![\d-]|[.:]\d)`,
    apart(([number]) => (number.replace(/\D/g, '').length >= 8 ? groups(number) : undefined)),
  ),
  rule(
    String.raw`(${CALLS}(?: number| us at| us on| me at| me on| at| on| is|:){0,2}:? )(\d[\d -]{2,20}\d)(?![\d:.,]{0,24}\d)`,
    apart(([, lead, number]) =>
      // A span of hours or of sizes has few digits.
      /\D/.test(number!) && number!.replace(/\D/g, '').length < 5
        ? undefined
        : `${lead!.replace(/^([Tt])el\.?(?=\W)/, '$1elephone')}${groups(number!)}`,
    ),
  ),
  rule(
    `(${CALLS} )(\\d{1,3})${DIALLED_END}`,
    apart(([, lead, number]) => `${lead}${digits(number!)}`),
  ),
  rule(
    String.raw`\d(?:-\d){2,8}(?![\w-]{0,24}\w|\s?=)`,
    apart(([number]) => number.split('-').map(digits).join(' ')),
  ),
  rule(
    '(?:911|(?<=\\b(?:[Cc]all|[Dd]ial|[Rr]ing|[Pp]hone|[Tt]ext|[Ee]mergency|[Nn]umber(?: is)?|911 or|112 or|999 or) )(?:999|112|411))(?![\\d.,]{0,24}\\d|[-:%/A-Za-z°]|\\s?(?:[a-z]{1,12}s|percent|people|mph|kph|km|kg|lb|ft|mm|cm|mi|ml|m|g|%)\\b|\\s?°)',
    apart((match, text) =>
      /[$€£]\s*$/.test(text.slice(Math.max(0, match.index - 2), match.index)) ? undefined : digits(match[0]),
    ),
  ),
  // A short number that messages go to.
  rule(String.raw`(?<=[Tt]ext "?[A-Z]{2,12}(?: \d{1,6})?"? to )\d{4,6}(?!\w)`, ([number]) => digits(number)),
  // Cards, books, long runs.
  rule(
    String.raw`(?:97[89]-?)?\d{1,7}(?:-\d{1,8}){2,6}-[\dX](?![\w-])|\d{2,8}(?:-\d{2,8}){2,6}(?![\w-])`,
    apart(([number]) =>
      /^\d{4}-\d\d?-\d\d?$/.test(number) || /^\d\d?-\d\d?-\d{4}$/.test(number)
        ? undefined
        : groups(number) + (number.endsWith('X') ? ', X' : ''),
    ),
  ),
  rule(
    String.raw`\d{5}-\d{4}(?![\d-])`,
    apart(([number]) => groups(number)),
  ),
  rule(
    String.raw`\d{4}(?: \d{4}){2,4}(?![\d])`,
    apart(([number]) => groups(number)),
  ),
  rule(
    String.raw`\d{13,40}(?![\d.,])|[2-9]\d{9}(?![\d.,]{0,24}\d)`,
    apart(([number]) => pieced(number)),
  ),
]
