/**
 * What advertisements of homes, jobs and travel, and lists of things for sale write short, as English rules.
 */
import { numbered } from './en-calendar.ts'
import { spelled } from './en-machine.ts'
import { nameNumber } from './en-models.ts'
import { cardinal, decade } from './en-numbers.ts'
import { digits, groups } from './en-phones.ts'
import { sayNumber, unit } from './en-quantities.ts'
import { apart, charBefore, type Rule, rule } from './rules.ts'

/** Parts of a whole that recipes and workshops have; no days. */
const PARTS = new Set([
  '1/2',
  '1/3',
  '2/3',
  '1/4',
  '3/4',
  '1/5',
  '2/5',
  '3/5',
  '4/5',
  '1/6',
  '5/6',
  '1/8',
  '3/8',
  '5/8',
  '7/8',
])
const WORDS: Readonly<Record<string, string>> = {
  "req'd": 'required',
  "rec'd": 'received',
  "gov't": 'government',
  "int'l": 'international',
  "nat'l": 'national',
  "dep't": 'department',
  "cont'd": 'continued',
  "ass'n": 'association',
  'b/w': 'between',
  'r/t': 'round trip',
  'ea.': 'each',
}
const COURSES =
  'Bio|Biology|Chem|Chemistry|Phys|Physics|Econ|Economics|Hist|History|Psych|Psychology|Math|Calc|Stat|Stats|CS|CSE|EE|PHYS|CHEM|MATH|BIO|ECON|HIST|PSYCH'
/** Denominators that have names of their own. */
const NAMED =
  /^(?:\d|1\d|20|24|25|30|32|40|48|50|60|64|72|80|90|96|100|120|125|128|144|150|200|250|256|300|400|500|600|750|800|1000)$/

export const HOME_RULES: readonly Rule[] = [
  // Sizes of clothes from one to the other.
  rule(
    '(X{0,3}[SML]|[2-5]XL)\\s?-\\s?((?:X{1,4}|[2-6]X)L|L)(?![\\w-])',
    apart(([whole, from, to]) => (/X/.test(whole) ? `${from} to ${to}` : undefined)),
  ),
  rule(
    String.raw`(\d(?:\.5)?)\s?(?:BR|BD|bd|br|bdr?ms?|beds?)\s?[/,]?\s?(\d(?:\.\d{1,2})?)\s?(?:BA|ba|baths?)(?![A-Za-z])`,
    apart(([, beds, baths]) => `${sayNumber(beds!)} bedroom, ${sayNumber(baths!)} bath`),
  ),
  rule(
    `(${Object.keys(WORDS).join('|').replaceAll('.', '\\.')})(?![\\w/])`,
    apart((match, text) => {
      const [whole, short] = match
      const rest = text.slice(match.index + whole.length, match.index + whole.length + 3)
      return WORDS[short!]! + (whole.endsWith('.') && /^\s*(?:$|[A-Z])/.test(rest) ? '.' : '')
    }),
  ),
  // From one day to another.
  rule(
    String.raw`(\d{1,2})\/(\d{1,2})\s?-\s?(\d{1,2})\/(\d{1,2})(?![\d/"]|\s?(?:in|cup|inch|mile|tsp|tbsp|lb|oz)\b)`,
    apart((match) => {
      const [whole, month, day, lastMonth, last] = match
      if (whole.split(/\s?-\s?/).every((part) => PARTS.has(part))) return undefined
      const [from, to] = [numbered(month!, day!, true), numbered(lastMonth!, last!, true)]
      return from === undefined || to === undefined ? undefined : `${from} to ${to}`
    }),
  ),
  // A month and its day, which is no share; other shares of a crowd.
  rule(
    String.raw`(?!(?:2|4|6|9|11)\/31)([2-9]|1[0-2])\/(2[1-46-9]|31)(?![\d/]|\s?[=+*×"]|\.\d| (?:of|people|inch|cup|mile|scale|time)\b)`,
    apart((match, text) =>
      /[+*×=/]\s?$/.test(text.slice(Math.max(0, match.index - 2), match.index))
        ? undefined
        : numbered(match[1]!, match[2]!, true),
    ),
  ),
  rule(
    String.raw`(?<=\b(?:[Rr]ank(?:ed)?|[Pp]lace|[Pp]osition|QB|FG|FT|[Ww]ent|[Ss]hot|[Pp]assing|[Cc]ompleted):? )(\d{1,4})\/(\d{1,4})(?![\d/])`,
    ([, some, all]) => `${cardinal(some!)} of ${cardinal(all!)}`,
  ),
  rule(
    String.raw`(\d{1,4})\/(\d{2,4})(?![\w/"'-]|\.\d| of\b|\s?(?:=|in\b|inch|mm|Hz|V\b|W\b))`,
    apart((match, text) =>
      /[-+*×=/$€£.]\s?$/.test(text.slice(Math.max(0, match.index - 2), match.index)) ||
      NAMED.test(match[2]!) ||
      /^0|^(?:19|20)\d\d$/.test(match[2]!) ||
      Number(match[1]) > Number(match[2]) ||
      Number(match[1]) < 2
        ? undefined
        : `${cardinal(match[1]!)} out of ${cardinal(match[2]!)}`,
    ),
  ),
  rule(
    String.raw`(?<=\b(?:GPA|gpa|average)(?: is| of|:)? )(\d\.\d{1,3})\/(\d(?:\.\d{1,2})?)(?![\d/])`,
    ([, mark, best]) => `${sayNumber(mark!)} out of ${sayNumber(best!)}`,
  ),
  // Plans and forms that money is saved and told by; courses.
  rule('(401|403|457) ?([kKbB])(?![\\w(])', (match, text) =>
    /[\w.,$]/.test(charBefore(match, text))
      ? undefined
      : `${nameNumber(match[1]!)} ${match[2]!.toUpperCase()}`,
  ),
  rule('529(?= (?:plan|account|college)s?\\b)', (match, text) =>
    /[\w.,$]/.test(charBefore(match, text)) ? undefined : 'five twenty nine',
  ),
  rule(
    String.raw`(\d{4})-([A-Z]{1,4})(?![\w-])`,
    apart(([, form, letters]) => `${nameNumber(form!)} ${letters}`),
  ),
  rule(
    `(${COURSES}) (\\d{3})(?![\\w.,:%-]{0,24}\\d|\\w)`,
    apart(([, course, number]) => `${course} ${nameNumber(number!)}`),
  ),
  // Numbers of goods; the last digits of an account.
  rule(
    String.raw`(?<=\b(?:UPC|EAN(?:-13)?|GTIN|IMEI|ISSN|NDC|SSN|EIN|IBAN)[:#]? )\d[\d -]{5,24}\d(?!\w)`,
    ([number]) => groups(number),
  ),
  rule(
    String.raw`(?<=\b(?:[Ee]nding(?: in| with)?|[Aa]cct|[Aa]ccount|[Cc]ard|Visa|VISA|Mastercard|Amex|[Cc]hecking|[Ss]avings|debit|credit) )(?:\.{2,4}|[xX*]{1,12}[- ]?)(\d{4})(?!\w)`,
    ([, last]) => digits(last!),
  ),
  rule(String.raw`(?<=[A-Z])# ?(?=\d)`, () => ' number '),
  rule(
    String.raw`#(\d{1,3})-(\d{1,3})(?![\w-])`,
    apart(([, from, to]) =>
      Number(from) < Number(to) ? `numbers ${cardinal(from!)} to ${cardinal(to!)}` : undefined,
    ),
  ),
  // A parcel's number in groups.
  rule(
    String.raw`1Z(?: [A-Z\d]{2,4}){4,6}(?!\w)`,
    apart(([code]) => code.split(' ').map(spelled).join(', ')),
  ),
  // Measures of a spoon, as cooks write them.
  rule(
    String.raw`(\d{1,2}(?:\.\d{1,2})?) ([Tt])\.(?= (?!rex)[a-z])`,
    apart(
      ([, number, spoon]) =>
        `${sayNumber(number!)} ${spoon === 'T' ? 'tablespoon' : 'teaspoon'}${number === '1' ? '' : 's'}`,
    ),
  ),
  rule(String.raw`(?<=\d )([Tt])\.(?= [a-z])`, (match, text) => {
    const part = /(?:^|[^\d ]|[^\d] )\d\/\d{1,2} $/.test(
      text.slice(Math.max(0, match.index - 8), match.index),
    )
    return `${match[1] === 'T' ? 'tablespoon' : 'teaspoon'}${part ? '' : 's'}`
  }),
  rule(
    String.raw`(?<=\d )pp?\.(?=[,;)]|\s*$)`,
    (match, text) => `pages${/^\s*$/.test(text.slice(match.index + match[0].length)) ? '.' : ''}`,
  ),
  rule(
    String.raw`Cat\.? (?=[1-5] (?:hurricane|storm|typhoon|cyclone)\b)`,
    apart(() => 'Category '),
  ),
  rule(String.raw`(?<=[a-z]-)(\d{1,2})s(?!\w)`, ([, number]) => decade(number!).replace(/sixs$/, 'sixes')),
  rule(
    String.raw`(?<=[A-Za-z%.] )(incl|excl)\.(?=\s*$|[;,)])`,
    (match, text) => `${match[1]}uded${/^\s*$/.test(text.slice(match.index + match[0].length)) ? '.' : ''}`,
  ),
  rule(
    String.raw`(\d{1,6})\+ ?(yrs?|hrs?|mins?|lbs?|mi|km|ft|kg|GB|TB|wks?|mos)(?![A-Za-z])(?:\.(?=[ ,]))?`,
    apart(([, number, symbol]) => `more than ${cardinal(number!)} ${unit(symbol!, false)}`),
  ),
  // Races by their length; teams by their number; blood.
  rule(
    String.raw`(?<=\b(?:the|an?|my|his|her|our|your|first|this|that|charity|local|annual|ran|runs|run|running|virtual|for) )(5|8|10|15)[kK](?=[ .,;!?]|$)(?! (?:followers|users|people|views|likes|subscribers|steps|words|dollars|a |per |more|of|[a-z]+s\b))`,
    ([, length]) => `${cardinal(length!)} K`,
  ),
  rule(
    String.raw`(\d{2})ers(?!\w)`,
    apart(([, number]) => cardinal(number!).replace(/e?$/, 'ers')),
  ),
  rule('(?<=(?:^|[^A-Za-z])(?:O|AB))-(?=$|[.,;:!?)])', () => ' negative'),
  // Ends of a strand.
  rule(
    "([35])'-(?=[A-Z]{2})",
    apart(([, end]) => `${cardinal(end!)} prime `),
  ),
  rule("(?<=[A-Z])-([35])'(?!\\w)", ([, end]) => ` ${cardinal(end!)} prime`),
  // Names that signs stand in.
  rule(String.raw`(?<=[A-Za-z])\$(?=[A-Za-z])`, (match, text) =>
    /[A-Z]/.test(text[match.index + 1]!) ? 'S' : 's',
  ),
  rule('(?<=(?:^|\\s)[A-Z])!(?=[a-z]{2})', () => 'i'),
]
