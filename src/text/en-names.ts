/**
 * Initials, letters joined by a sign, and words on both sides of a slash, as English rules.
 */
import { cardinal, decimal } from './en-numbers.ts'
import { unit } from './en-quantities.ts'
import { UNIT_PATTERN } from './en-units.ts'
import { apart, behind, type Rule, rule } from './rules.ts'

/** Words that begin a sentence: a letter and a point before one of them end the sentence before. */
export const STARTERS =
  'The|It|He|She|They|We|You|I|A|An|This|That|These|Those|There|Here|In|On|At|But|And|So|Then|If|When|What|Who|How|Why|Where|My|Our|His|Her|Its|Your|No|Yes|Now|Next|As|For|To|After|Before|Please|All|Each|Some|Most|Many|Both|With|From|Since|While|Although|However|Thanks'
export const ENDS_SENTENCE = new RegExp(`^["')]*(?:\\s*$| (?:${STARTERS})\\b)`)
/** The stop of a sentence whose last word a short one was, unless a bracket closes first. */
export const sentenceEnd = (match: RegExpExecArray, text: string): string =>
  /^["')]/.test(behind(match, text, 1)) || !ENDS_SENTENCE.test(behind(match, text, 12)) ? '' : '.'

/** Behind these a letter is a name of its own. */
const LETTERED =
  /\b(?:[Vv]itamin|[Pp]lan|[Gg]rade|[Tt]ype|[Cc]lass|[Ss]ection|[Pp]art|[Gg]roup|[Tt]eam|[Oo]ption|[Pp]oint|[Hh]epatitis|[Ff]igure|[Aa]ppendix|[Ee]xhibit|[Rr]oom|[Bb]lock|[Ll]etter|[Cc]olumn|[Pp]hase|[Tt]erminal|[Bb]uilding|[Ss]uite|[Gg]ate|[Ww]ing|[Uu]nit|[Zz]one|[Ff]loor|and|or|to|is|union|intersection) $|(?:^|[^A-Za-z])[A-Z] $|, $|\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten) $/
const DATED =
  /\b(?:in|since|of|by|until|from|to|before|after|the|late|early|mid|year|circa|and|(?:early|late) as) $/i
/** Second names of living things, whose first is an initial. */
const SPECIES =
  'coli|aureus|elegans|melanogaster|sapiens|subtilis|musculus|thaliana|cerevisiae|rex|pneumoniae|tuberculosis|pylori|albicans|falciparum|difficile|pyogenes|erectus|neanderthalensis|vulgaris|officinalis|communis|indica|sativa'
/** Two of which one holds. */
const EITHER =
  'he\\/she|she\\/he|him\\/her|her\\/him|his\\/hers|his\\/her|her\\/his|himself\\/herself|herself\\/himself|yes\\/no|no\\/yes|true\\/false|on\\/off|male\\/female|female\\/male|men\\/women|mother\\/father|husband\\/wife|Mr\\.?\\/Mrs\\.?|sir\\/madam|pass\\/fail|win\\/lose|black\\/white|he\\/she\\/they'

export const NAME_RULES: readonly Rule[] = [
  // U.S.A., J.K.: letters; the last point ends a sentence only where another begins.
  rule(
    `(?:[A-Z]\\.){2,8}`,
    apart((match, text) => {
      const letters = match[0].replaceAll('.', ' ').trim()
      const rest = text.slice(match.index + match[0].length, match.index + match[0].length + 12)
      return letters + (ENDS_SENTENCE.test(rest) ? '.' : /^[A-Za-z\d]/.test(rest) ? ' ' : '')
    }),
  ),
  rule(
    'km\\/h(?![\\w])',
    apart(() => 'kilometers per hour'),
  ),
  rule(
    'm\\/s(?![\\w²])',
    apart(() => 'meters per second'),
  ),
  // Units without a number.
  rule(
    '(mph|kph|mpg|bpm)(?!\\w)',
    apart(([, symbol]) => unit(symbol!, false)),
  ),
  rule(
    '24x7(?!\\w)',
    apart(() => 'twenty four seven'),
  ),
  rule(
    `(?:${EITHER}|${EITHER.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())}|${EITHER.replace(/(?<=^|\|)[a-z]/g, (letter) => letter.toUpperCase())})(?![\\w/])`,
    apart(([words]) => words.replace(/\.?\//g, ' or ')),
  ),
  rule(
    's\\/he(?![\\w/])',
    apart(() => 'she or he'),
  ),
  rule(
    '[nN]\\/[aA](?![\\w/])',
    apart(([letters]) => letters.replace('/', ' ').toUpperCase()),
  ),
  // AT&T, R&D: letters, although some of them are words.
  rule(
    '[A-Z]{1,4}(?:\\s?&\\s?[A-Z]{1,4}){1,3}(?![A-Za-z])',
    apart(([letters]) =>
      letters
        .split(/\s?&\s?/)
        .map((part) => [...part].join(' '))
        .join(' and '),
    ),
  ),
  // J. R. R. Tolkien, George W. Bush: no sentence ends at an initial.
  rule(
    `([A-Z])\\.(?= ?[A-Z]\\.| (?!(?:${STARTERS})\\b)[A-Z][a-z]| (?:${SPECIES})\\b)`,
    apart((match, text) =>
      LETTERED.test(text.slice(Math.max(0, match.index - 12), match.index)) &&
      !/^ (?:[a-z]|[A-Z]\.)/.test(text.slice(match.index + 2, match.index + 5))
        ? undefined
        : `${match[1]}${/^\s/.test(text.slice(match.index + 2)) ? '' : ' '}`,
    ),
  ),
  // COVID-19, GPT-4, UTF-8; the zone of a clock has a sign.
  rule(
    String.raw`(UTC|GMT)\s?([-+])(\d{1,2})(?::?(\d\d))?(?!\d)`,
    apart(
      ([, zone, sign, hours, minutes]) =>
        `${zone} ${sign === '-' ? 'minus' : 'plus'} ${cardinal(hours!)}${minutes === undefined || minutes === '00' ? '' : ` ${cardinal(minutes)}`}`,
    ),
  ),
  rule('(?<=\\d)-(to|on|in|by|for|out-of)-(?=\\d)', ([, joint]) => ` ${joint!.replace('-', ' ')} `),
  rule('(?<=\\d(?:st|nd|rd|th))\\s?-\\s?(?=\\d{1,6}(?:st|nd|rd|th))', () => ' to '),
  // A–Z: from one letter to another that is not its neighbour.
  rule(
    '([A-Z])-([A-Z])(?![\\w-])',
    apart((match, text) => {
      const [, from, to] = match
      return text[match.index - 1] !== '-' && to!.charCodeAt(0) - from!.charCodeAt(0) > 1
        ? `${from} to ${to}`
        : undefined
    }),
  ),
  rule('(?<=[A-Za-z])-(?=\\d)', () => ' '),
]

/** Counts that look like years; behind the rules of quantities. */
export const COUNT_RULES: readonly Rule[] = [
  // A decimal and the letters of a name stand apart.
  rule(
    `(\\d{0,6})\\.(\\d{1,6})(?!(?:${UNIT_PATTERN}|[KMB])(?![A-Za-z\\d]))(?=[A-Z]{1,4}(?![A-Za-z])|[a-z]{2,6}(?![A-Za-z]))`,
    apart(([, whole, part]) => `${decimal(whole!, part!)} `),
  ),
  // A count of things is no year.
  rule(
    String.raw`(1\d{3}|2\d{3})(?= (?:people|men|women|children|(?!years|was|is|has|his|this|us|its|as)[a-z]{3,}(?:[^s\W]s|ies))(?![\w]))`,
    apart((match, text) =>
      DATED.test(text.slice(Math.max(0, match.index - 10), match.index)) ? undefined : cardinal(match[1]!),
    ),
  ),
  rule(
    `10\\d\\d(?![\\d.,]{0,24}\\d|\\w|\\s(?:${UNIT_PATTERN})(?![A-Za-z\\d]))`,
    apart((match, text) =>
      match[0] === '1000' || !DATED.test(text.slice(Math.max(0, match.index - 10), match.index))
        ? cardinal(match[0])
        : undefined,
    ),
  ),
]
