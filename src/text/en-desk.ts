/**
 * What programs, clinics, courts and telephones write short, as English rules: generic types, releases, doses, dockets, keys.
 */

import { nameNumber } from './en-models.ts'
import { cardinal } from './en-numbers.ts'
import { digits } from './en-phones.ts'
import { sayNumber, unit } from './en-quantities.ts'
import { romanValue } from './en-roman.ts'
import { ahead, apart, type Rule, rule } from './rules.ts'

const REACH = 60
/** Keys of a telephone are spoken of. */
const DIALLED = /\b(?:dial|press|hit|push|key|keypad|enter|call back|operator)\b/i
const SIGNS: Readonly<Record<string, string>> = {
  '!': 'exclamation mark',
  '@': 'at',
  '#': 'hash',
  $: 'dollar',
  '%': 'percent',
  '^': 'caret',
  '&': 'and',
  '*': 'star',
  _: 'underscore',
  '+': 'plus',
  '-': 'dash',
  '=': 'equals',
  '?': 'question mark',
}
const PROVINCES: Readonly<Record<string, string>> = {
  ON: 'Ontario',
  QC: 'Quebec',
  BC: 'British Columbia',
  AB: 'Alberta',
  MB: 'Manitoba',
  SK: 'Saskatchewan',
  NS: 'Nova Scotia',
  NB: 'New Brunswick',
  NL: 'Newfoundland',
  PE: 'Prince Edward Island',
}
const EYES = /\b(?:vision|acuity|sight|eyes?|OD|OS|OU|Snellen)\b/
/** Types and their parts: string, number[], User | undefined. */
const TYPE = String.raw`[A-Za-z][\w.]{0,30}(?:\[\])?`

export const DESK_RULES: readonly Rule[] = [
  // Types of types: Map<string, number[]>, Promise<User | undefined>.
  rule(String.raw`<(${TYPE}(?:\s?[,|&]\s?${TYPE}){0,6})>`, (match, text) =>
    /(?:^|[^A-Za-z])[A-Z][A-Za-z]{2,30}$/.test(ahead(match, text, 32)) && !/^[A-Z]{2,}$/.test(match[1]!)
      ? ` of ${match[1]!
          .replace(/\s?\|\s?/g, ' or ')
          .replace(/\s?&\s?/g, ' and ')
          .replace(/\s?,\s?/g, ', ')
          .replaceAll('[]', ' array')}`
      : undefined,
  ),
  // Packages and their releases.
  rule('(?=@)(?<=[a-z\\d])@[\\^~]?(?=\\d+\\.\\d)', () => ' at '),
  rule('(?<=(?:^|[\\s"\':]))\\^(?=\\d+\\.\\d)', () => ''),
  rule(
    'v(\\d{1,3})\\.x(?!\\w|\\.\\w)',
    apart(([, major]) => `version ${cardinal(major!)} point x`),
  ),
  rule('(?=p)(?<=\\d )p\\.p\\.(?=[\\s,;)])', () => 'per person'),
  rule(
    'sc\\. ([ivx]{1,5})(?!\\w)',
    apart(([, scene]) => `scene ${cardinal(String(romanValue(scene!.toUpperCase())))}`),
  ),
  rule('(?=-)(?<=[A-Za-z]{2})-V(\\d{1,2})(?![\\w.])', ([, version]) => ` V ${cardinal(version!)}`),
  rule('(?=>)(?<=["\'(])>(?=[a-z])', () => ''),
  rule(
    '(?=\\.)(?<=[\\w-])\\.(?=(?:JPE?G|PNG|GIF|PDF|DOCX?|XLSX?|PPTX?|TXT|CSV|ZIP|MP[34]|MOV|EXE)(?![A-Za-z]))',
    () => ' dot ',
  ),
  rule(
    'conf\\.(?= (?:no\\.|number|code|#))',
    apart(() => 'confirmation'),
  ),
  // Signs that a password may have; keys of a telephone.
  rule(String.raw`(?<=\()[!@#$%^&*_+=?-]{2,12}(?=\))`, ([signs]) =>
    [...signs].map((sign) => SIGNS[sign]!).join(', '),
  ),
  rule(String.raw`\*(\d{2,3})(?=[\s,.;]|$)`, (match, text) =>
    /(?:^|[\s,(])$/.test(ahead(match, text, 1)) &&
    DIALLED.test(ahead(match, text, REACH) + text.slice(match.index, match.index + REACH))
      ? `star ${digits(match[1]!)}`
      : undefined,
  ),
  rule(String.raw`([#*])(?=\s(?:to|for|and|or|then|key|when)\b|[.,;]|$)`, (match, text) =>
    /(?:^|\s)$/.test(ahead(match, text, 1)) && DIALLED.test(ahead(match, text, REACH))
      ? match[1] === '#'
        ? 'pound'
        : 'star'
      : undefined,
  ),
  // Doses by weight and time; what a patient is said to have; how well eyes see.
  rule(
    String.raw`(\d{1,5}(?:\.\d{1,4})?)(?:-(\d{1,5}(?:\.\d{1,4})?))?\s?(mg|mcg|µg|μg|g|mL|ml|mEq|kcal|IU)\/(kg|m²|m2)\/(day|dose|d|hr|h|min|wk|week)(?![\w/])`,
    apart(
      ([, from, to, of, per, by]) =>
        `${sayNumber(from!)}${to === undefined ? '' : ` to ${sayNumber(to)}`} ${unit(of!, from === '1' && to === undefined)} per ${per === 'kg' ? 'kilogram' : 'square meter'} per ${{ d: 'day', hr: 'hour', h: 'hour', min: 'minute', wk: 'week' }[by!] ?? by}`,
    ),
  ),
  rule(
    'c\\/o(?= (?:SOB|CP|HA|N\\/V|(?!(?:his|her|the|my|our|their|your|a)\\b)[a-z]))',
    apart(() => 'complaining of'),
  ),
  rule(
    '(?=S)(?<=\\b(?:c/o|with|w/|no|denies|mild|worsening|acute|and) |\\bCP/)SOB(?!\\w)',
    () => 'shortness of breath',
  ),
  rule('20\\/(\\d{2,3})(?![\\d/.])', (match, text) =>
    /[\w.]$/.test(ahead(match, text, 1)) ||
    !EYES.test(ahead(match, text, 24) + text.slice(match.index, match.index + 16))
      ? undefined
      : `twenty ${cardinal(match[1]!)}`,
  ),
  rule(
    'w\\/in(?!\\w)',
    apart(() => 'within'),
  ),
  rule('est\\.(?= (?:is|was|of|at) )', () => 'estimate'),
  rule('est\\.(?= ?(?:[$€£¥]\\s?\\d|\\d{1,4}(?:\\.\\d{1,3})?%|\\d{1,3}\\.\\d))', () => 'estimate'),
  rule(
    '(\\d{1,3}\\.\\d{1,2})p(?!\\w|\\.\\w)',
    apart(([, pence]) => `${sayNumber(pence!)} pence`),
  ),
  rule(
    '(?=\\/)(?<=\\d(?:p|c))\\/(\\d{1,4}) ?(ml|g|kg|l|oz)(?!\\w)',
    ([, count, by]) => ` per ${cardinal(count!)} ${unit(by!, count === '1')}`,
  ),
  rule(
    "(\\d{1,3})\\s?[x×]\\s?(?=\\d{1,2}-\\d{1,2}\\/\\d{1,2}(?:\"|''))",
    apart(([, one]) => `${cardinal(one!)} by `),
  ),
  rule(
    '([PF])\\/T(?= (?:[a-z]|position|job|work|role))',
    apart(([, first]) => (first === 'P' ? 'part-time' : 'full-time')),
  ),
  rule(
    '(?!\\d\\d00 |(?:19|20)\\d\\d (?:19|20))\\d{4}(?: \\d{4}){2,4}(?: \\d{1,4})?(?![\\w.]| \\d)',
    apart(([card]) => card.split(' ').map(digits).join(', ')),
  ),
  // Substances in brackets are no words.
  rule(
    '(?<=[A-Z][a-z]?)\\((OH|CN|CO|NO|NH)(\\d?)\\)(\\d)?',
    ([, base, part, many]) =>
      ` ${[...base!].join(' ')}${part === '' ? '' : ` ${cardinal(part!)}`}${many === undefined ? '' : ` ${cardinal(many)}`}`,
  ),
  // A province before its code.
  rule(
    '(ON|QC|BC|AB|MB|SK|NS|NB|NL|PE)(?= [A-Z]\\d[A-Z] ?\\d[A-Z]\\d)',
    apart(([, province]) => PROVINCES[province!]),
  ),
  rule('¶¶ ?', () => 'paragraphs '),
  // Laws and dockets.
  rule(
    String.raw`(?=\d)(?<=(?:Pub\. ?L\.|Public Law) )(\d{2,3})-(\d{1,3})(?!\w)`,
    ([, congress, law]) => `${nameNumber(congress!)}, ${nameNumber(law!)}`,
  ),
  rule(
    String.raw`(\d{1,2}):(\d{2})-(cv|cr|mc|md|bk|ap|mj)-(\d{2,6})(?:-([A-Z]{2,4}))?(?!\w)`,
    apart(([, office, year, kind, number, judge]) =>
      [
        cardinal(office!),
        cardinal(year!),
        kind!.toUpperCase(),
        digits(number!),
        ...(judge === undefined ? [] : [judge]),
      ].join(', '),
    ),
  ),
  rule(
    String.raw`(?=\d)(?<=\bC\.?F\.?R\.? (?:§ )?|\bCFR )(\d{1,4})\.(\d{1,4})(?:\(([a-z])\))?(?:\((\d{1,2})\))?(?![\w(])`,
    ([, part, section, letter, number]) =>
      [
        nameNumber(part!),
        'point',
        nameNumber(section!),
        ...(letter === undefined ? [] : [letter.toUpperCase()]),
        ...(number === undefined ? [] : [cardinal(number)]),
      ].join(' '),
  ),
  // Series of letters and numbers; places in a game.
  rule(
    String.raw`([A-Z]{1,4})-(\d{1,3})-(\d{1,3})(?![\w-])`,
    apart(([, letters, one, other]) => `${letters} ${nameNumber(one!)} ${nameNumber(other!)}`),
  ),
  rule(String.raw`(?=\d)(?<=\bKDA:? )(\d{1,3})\/(\d{1,3})\/(\d{1,3})(?![\d/])`, ([, ...parts]) =>
    parts
      .slice(0, 3)
      .map((part) => cardinal(part!))
      .join(', '),
  ),
  rule(
    String.raw`(\d{2,3})\/(\d)d(?=[\s;,.)]|$)`,
    apart(([, runs, wickets]) => `${cardinal(runs!)} for ${cardinal(wickets!)} declared`),
  ),
]
