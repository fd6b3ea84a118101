/**
 * What prose, letters, notices and the desks of newspapers write, as English rules: hundreds of years, doors, days, dates, shares.
 */
import { DATED, MONTH, NAMES, named, numbered, sayClock } from './en-calendar.ts'
import { DAYS } from './en-hours.ts'
import { tellsKind } from './en-kinds.ts'
import { nameNumber, severalOf } from './en-models.ts'
import { cardinal, decade, digitByDigit, fraction, ordinal, standing } from './en-numbers.ts'
import { NUMBER, sayNumber, unit } from './en-quantities.ts'
import { romanValue } from './en-roman.ts'
import { ahead, apart, charBefore, type Rule, rule } from './rules.ts'

/** Sun is a word of its own, so it counts only before a part of the day. */
const WEEKDAY = 'Mon|Tues?|Weds?|Thu(?:rs?)?|Fri|Sat'
const PART_OF_DAY = '(?:mornings?|afternoons?|evenings?|nights?|noon)'
/** What bears a number and a letter: no billions, no thousands. */
const LETTERED =
  'bus|route|tram|gate|seat|exit|berth|track|platform|bay|booth|form|schedule|row|aisle|room|flat|unit|suite|apartment|apt\\.?|rm\\.?|hall|lot|site|stall|pier|dock'
/** Behind these a month and a day stand. */
const ON_A_DAY =
  '(?:ships?|arrives?|expires?|avail\\.?|available|opens?|closes?|starts?|ends?|begins?|departs?|leaves?|returns?|starting|ending|beginning|week of|as of|effective|deadline|due|LMP|EDD|DOS|dated|posted|updated|last seen|admitted|discharged)'
const SPANS: Readonly<Record<string, string>> = {
  hr: 'hour',
  min: 'minute',
  sec: 'second',
  wk: 'week',
  mo: 'month',
  yr: 'year',
}
const IMPERIAL = 'lbs?|oz|ft|mi|gal|yd|kcal'
const METRIC = 'kg|g|m|cm|mm|km|mL|ml|L|kJ'
const METRICS = new RegExp(`^(?:${METRIC})$`)
const PARTS = /^(?:1\/[2-58]|2\/3|3\/4)$/
/** Words between which letters and numbers of a formula stand. */
const RECKONED = /\b(?:if|where|when|while|and|or|that|is|are|for all|assume|suppose|let|given) \S{1,20} $/i

const dayOf = (day: string, month: string) => `the ${ordinal(String(Number(day)))} of ${named(NAMES, month)}`
const weekday = (short: string) => DAYS[short.slice(0, 2)]!

export const PROSE_RULES: readonly Rule[] = [
  // The 1900s are years whatever follows; a decade as well.
  rule(
    String.raw`(1[1-9]\d0|20\d0)s(?![\w'])`,
    apart((match, text) => (/[=:]\s?$/.test(ahead(match, text, 2)) ? undefined : decade(match[1]!))),
  ),
  rule(
    `(?=\\d)(?<=\\b(?:${LETTERED}|${LETTERED.replace(/(?<=^|\|)[a-z]/g, (first) => first.toUpperCase())}) )(\\d{1,3})([A-Z])(?![\\w-])`,
    ([, number, letter]) => `${nameNumber(number!)} ${letter}`,
  ),
  // Letters with points, where no word is meant: a.s.l., e.e. cummings.
  rule(
    String.raw`(?!(?:e\.g|i\.e|a\.m|p\.m|a\.k\.a|[btq]\.i\.d|o\.c|y\.o|p\.p)\.)[a-z]\.(?:[a-z]\.){1,5}(?!\w)`,
    apart((match, text) => {
      const rest = text.slice(match.index + match[0].length, match.index + match[0].length + 3)
      return match[0].replaceAll('.', ' ').trim() + (/^["')]*(?:\s*$|\s+[A-Z])/.test(rest) ? '.' : '')
    }),
  ),
  rule(
    "(?=[1-9])(?<=\\b[Tt]he (?:early |late |mid-? ?)?|\\d00s(?: and |, | to |-)(?:early |late )?)([1-9]00)s(?![\\w'])",
    ([, century]) => severalOf(cardinal(century!)),
  ),
  // Days of the week before a colon, a part of the day or a clock; with a point before another mark.
  rule(
    `(${WEEKDAY})(?=:\\s| ${PART_OF_DAY}\\b| (?:@|at) \\d)`,
    apart(([, day]) => weekday(day!)),
  ),
  rule(
    `Sun(?= ${PART_OF_DAY}\\b)`,
    apart(() => 'Sunday'),
  ),
  rule(
    `(${WEEKDAY}|Sun)\\.(?=[;,:)])`,
    apart(([, day]) => weekday(day!)),
  ),
  rule(
    'Weds?\\.(?= [a-z\\d])|Weds?(?= \\d)|Weds',
    apart(() => 'Wednesday'),
  ),
  rule(
    'M-W-F(?![\\w-])',
    apart(() => 'Monday, Wednesday, Friday'),
  ),
  rule(
    '(?=M)(?<=\\d\\s?(?:[ap]\\.?m\\.?|hours|hrs)?,? )M-F(?![\\w/-])',
    apart(() => 'Monday to Friday'),
  ),
  // From one day to another, each with its month.
  rule(
    `(\\d{1,2})(?:st|nd|rd|th)? (${MONTH})\\.?\\s?-\\s?(\\d{1,2})(?:st|nd|rd|th)? (${MONTH})(?![A-Za-z])`,
    apart(([, day, month, last, end]) => `${dayOf(day!, month!)} to ${dayOf(last!, end!)}`),
  ),
  // A month and its day: with a nought in front, or behind a word that tells.
  rule(
    String.raw`(?=0|\d{1,2}\/0)(\d{2})\/(\d{2})(?![\d/]|\.\d|\s?[=+*×])`,
    apart((match, text) =>
      /[-+*×=/]\s?$/.test(ahead(match, text, 2)) ||
      new RegExp(`\\b(?:${DATED}|exp\\.?|expires|thru) $`, 'i').test(ahead(match, text, 10))
        ? undefined
        : numbered(match[1]!, match[2]!, true),
    ),
  ),
  rule(
    String.raw`(?<=\b${ON_A_DAY}:? )(1[0-2]|[1-9])\/(3[01]|[12]\d|[1-9])(?![\d/]|\s?(?:=|of|in|inch|cup|mile|the|price|off|full|empty)\b)`,
    ([whole, month, day]) => (PARTS.test(whole) ? undefined : numbered(month!, day!, true)),
  ),
  // Shares and sums below nought; a half in time of decay.
  rule(String.raw`-(\d{1,3})\/(\d{1,3})(?![\d/]|\.\d)`, (match, text) => {
    const part = /[\s(=]/.test(charBefore(match, text)) ? fraction(match[1]!, match[2]!) : undefined
    return part === undefined ? undefined : `negative ${part}`
  }),
  rule('(?=-)(?<=[=<>≥≤(,]\\s?)-(?=[a-z](?![A-Za-z-]))', () => 'minus '),
  rule(
    '(?<=(?:^|[^A-Za-z])t)\\s?½|(?<=(?:^|[^A-Za-z])t) ?1\\/2(?= (?:=|≈|of|is|was)(?!\\w))',
    () => ' one half',
  ),
  rule('(?<=[A-Za-z\\d)])\\^-([a-z])(?!\\w)', ([, power]) => ` to the power of minus ${power}`),
  // More or less than an amount, behind a word that is no name of a number.
  rule(String.raw`(?<=\b[a-z]{4,20})\s([<>])\s?(?=[$€£]?\d)`, (match, text) =>
    RECKONED.test(`${ahead(match, text, 40)} `) ? undefined : ` ${match[1] === '<' ? 'less' : 'more'} than `,
  ),
  rule(String.raw`(?<=\b[A-Za-z][A-Za-z.]{2,20})\s?(>=|<=|[≥≤])\s?(?=[$€£]?\d)`, (match, text) =>
    /\b(?:if|where|when|while|until|assume|suppose|let|given) \S{1,20}$/i.test(ahead(match, text, 32))
      ? undefined
      : ` at ${/[>≥]/.test(match[1]!) ? 'least' : 'most'} `,
  ),
  // Points and the best there is; odds; a number with a plus and nothing behind it.
  rule(
    String.raw`(\d{1,2}\.\d{1,2})\/(5|10|12|15|20|25|50|100)(?![\d/]|\.\d|\s?=)`,
    apart(([, mark, best]) =>
      Number(mark) <= Number(best) ? `${sayNumber(mark!)} out of ${cardinal(best!)}` : undefined,
    ),
  ),
  rule(
    String.raw`(?=\d)(?<=\b(?:at|odds(?: of)?|odds:|priced at) )(\d{1,3})\/([1245])(?![\d/]|\s?(?:of|price|scale|speed|size))`,
    ([, one, other]) =>
      Number(one) > Number(other) ? `${cardinal(one!)} to ${cardinal(other!)}` : undefined,
  ),
  rule(
    String.raw`(?=\d)(?<=(?:^|[^\w$€£.,]))(\d{1,3})\+(?=[.,;:!?)]|\s*$| \/ )`,
    ([, number]) => `${cardinal(number!)} plus`,
  ),
  rule('\\+1s(?!\\w)', (match, text) => (/\w/.test(charBefore(match, text)) ? undefined : 'plus ones')),
  rule('(?<=\\d)-of-(?=\\d)|(?<=\\b[Bb]est)-of-(?=\\d)', () => ' of '),
  // Several of a number; tens of a hundred and more.
  rule(
    String.raw`(?<=\b(?:[Uu]nder|[Oo]ver) )(\d{1,2})s(?=[\s.,;)]|$)|(?<=\b(?:[Hh]ow many|[Cc]ount(?:ing)? by) )(\d{1,2})s(?![\w'])`,
    ([, age, number]) => severalOf(cardinal((age ?? number)!)),
  ),
  rule(
    String.raw`(?<=\b(?:in|HR|FHR|SBP)(?: the)?(?: low| mid| high| upper)?[ -])(1[1-9]0)s(?![\w'])`,
    ([, number]) => severalOf(nameNumber(number!)),
  ),
  rule('([01])s(?= and [01]s\\b)|(?<=\\b[01]s and )([01])s(?!\\w)', ([, one, other]) =>
    (one ?? other) === '1' ? 'ones' : 'zeros',
  ),
  // A scene of a play and its line; a movement of a work.
  rule(
    String.raw`([IVX]{1,4})\.([ivx]{1,4})\.(\d{1,4})(?:-(\d{1,4}))?(?!\w)`,
    apart(
      ([, act, scene, line, last]) =>
        `act ${cardinal(String(romanValue(act!)))}, scene ${cardinal(String(romanValue(scene!.toUpperCase())))}, ${last === undefined ? `line ${cardinal(line!)}` : `lines ${cardinal(line!)} to ${cardinal(last)}`}`,
    ),
  ),
  rule(
    '(?=[IV])(?<=, )(II|III|IV|VI{0,3}|IX)\\.(?= [A-Z][a-z])',
    ([, part]) => `${cardinal(String(romanValue(part!)))},`,
  ),
  // Degrees below nought; years with a letter; three numbers of which the last is no year; a series in golf.
  rule("-(\\d{1,3})([CF])(?![\\w'])", (match, text) =>
    /[\s(]/.test(charBefore(match, text))
      ? `minus ${cardinal(match[1]!)} degrees ${match[2] === 'C' ? 'Celsius' : 'Fahrenheit'}`
      : undefined,
  ),
  rule(
    '((?:19|20)\\d\\d)([a-f])(?!\\w)',
    apart(([, digits, letter]) => `${standing(digits!)} ${letter}`),
  ),
  rule(
    '(\\d{1,2})\\/(\\d{1,2})\\/(\\d)(?![\\d/])',
    apart(([, ...parts]) =>
      parts
        .slice(0, 3)
        .map((part) => cardinal(part!))
        .join(', '),
    ),
  ),
  rule('(?<=\\()-(\\d{1,4})(?=,)', ([, number]) => `minus ${cardinal(number!)}`),
  // Clocks with a point before what leaves then; stones; from one to one and a half.
  rule(
    '(?=\\d)(?<=\\b[Tt]he )(\\d{1,2})\\.([0-5]\\d)(?= (?:from|to|train|bus|ferry|flight|express|sleeper|service)\\b)',
    ([, hour, minute]) => sayClock(`${hour}:${minute}`),
  ),
  rule(
    '(\\d{1,2}) ?st(?= ?\\d{1,2} ?lbs?\\b)',
    apart(([, stones]) => `${cardinal(stones!)} stone`),
  ),
  rule(
    '(\\d{1,2})-(?=\\d{1,2} [1-7]\\/[2-8] (?:hrs?|hours?|min|cups?|tsp|tbsp|lbs?|oz|inch|in|miles?|days?|weeks?|years?))',
    apart(([, from]) => `${cardinal(from!)} to `),
  ),
  rule(`(?=c)(?<=\\d\\/\\d )c(?= [a-z]{3})`, () => 'cup'),
  // A place's number before its name, as most of Europe writes it.
  rule(
    '(?=\\d)(?<=^|\\n|, )(\\d{5})(?= \\p{Lu}\\p{Ll}{2,20}(?: \\p{Lu}\\p{Ll}{2,20})?(?:[,;]|\\.?$))'.replaceAll(
      /\\p\{(L[lu])\}/g,
      (_, kind: string) => (kind === 'Lu' ? '[A-ZÀ-Þ]' : '[a-zß-ÿ]'),
    ),
    ([, code]) => digitByDigit(code!, 'zero'),
  ),
  // Editors of books, and what else is short between words.
  rule(
    String.raw`(?=[Ee])(?<=(?:^|[(,;.] ?))([Ee])ds?\.(?= [A-Z](?:\.|[a-z]+ [A-Z]))`,
    ([, first]) => `${first}dited by`,
  ),
  rule(String.raw`(?=\/)(?<=[a-z]{3})\/(hr|min|sec|wk|mo|yr)(?!\w)`, ([, by]) => ` per ${SPANS[by!]}`),
  rule(
    '(?=\\/)(?<=[a-z]{3}s)\\/(day|week|month|year|hour|minute|second|night|gallon|mile|kilometer|person|pound|ounce|serving|unit|roll|pack|box|bag|bottle|case|set|page|room|table|class|team|game|match|household|student|user|head|capita|tablet|capsule|dose)(?![\\w/])',
    ([, by]) => ` per ${by}`,
  ),
  rule('(?=[hmswy])(?<=\\bper )(hr|min|sec|wk|mo|yr)(?!\\w)\\.?(?=[,;:)]|\\s[a-z])', ([, by]) => SPANS[by!]),
  // Days behind a word that tells: by Fri?
  rule(
    `(?<=\\b(?:[Bb]y|[Oo]n|COB|EOD|until|till|next|this|last|every|each|due|before|after|since|[Aa]ll day) )(${WEEKDAY})(?=[?!,;:)]|\\.?\\s*$)`,
    ([, day]) => weekday(day!),
  ),
  // A warranty of so many years.
  rule(
    '(\\d{1,3}) (yr|mo|wk)\\.(?= ([a-z]{3,}))',
    apart((match, text) => {
      const [whole, number, short, thing] = match
      const one =
        number === '1' ||
        /^(?:warranty|guarantee|lease|contract|term|plan|loan|old|supply|trial|sentence|program|course|degree)$/.test(
          thing!,
        ) ||
        tellsKind(text, match.index, match.index + whole.length)
      return `${cardinal(number!)} ${SPANS[short!]}${one ? '' : 's'}`
    }),
  ),
  // The same in the measures of both worlds.
  rule(
    `(${NUMBER})\\s?(${IMPERIAL}|${METRIC})\\s?\\/\\s?(?=(?!100(?!\\d))${NUMBER}\\s?(${IMPERIAL}|${METRIC})(?![A-Za-z\\d/]))`,
    apart(([, number, symbol, other]) =>
      METRICS.test(symbol!) === METRICS.test(other!)
        ? undefined
        : `${sayNumber(number!)} ${unit(symbol!, number === '1')}, `,
    ),
  ),
  // A year and the number of a law.
  rule(
    String.raw`((?:19|20)\d\d)\/(\d{3,5})(?![\d/])`,
    apart(([, digits, number]) => `${standing(digits!)}, ${nameNumber(number!)}`),
  ),
  rule('(\\d{1,4})x(?= d[a-z](?![a-z]))', ([, number]) => `${cardinal(number!)} x`),
  rule(
    '1 in(?= ?[=≈])',
    apart(() => 'one inch'),
  ),
  rule('(?<=:[0-5]\\d) ?\\/ ?(mi|km|mile)(?!\\w)', ([, by]) => ` per ${by === 'km' ? 'kilometer' : 'mile'}`),
  rule('(?<=\\d sets?) ?[x×] ?(?=\\d)', () => ' of '),
  rule(
    '(\\d{1,4})[kK] mi(?:\\.(?=,|\\s[a-z]))?(?![\\w-])',
    apart(([, thousands]) => `${cardinal(thousands!)} thousand miles`),
  ),
  rule(
    "(\\d{1,3})'\\s?[x×]\\s?(\\d{1,3})'(?![\\w'])",
    apart(([, one, other]) => `${cardinal(one!)} feet by ${cardinal(other!)} feet`),
  ),
  rule(
    '([42]):([420]):([420])(?![\\d:])',
    apart(([, ...parts]) => digitByDigit(parts.slice(0, 3).join(''), 'zero')),
  ),
  rule(
    '(\\d{2})\\/(\\d{2}) (?:mpg|MPG)(?!\\w)',
    apart(([, city, road]) => `${cardinal(city!)}, ${cardinal(road!)} miles per gallon`),
  ),
  rule(
    '(\\d{1,3}(?:\\.\\d{1,2})?) ac(?=[;,.)]|\\s(lot|parcel|of|on)\\b|\\s*$)',
    apart(
      ([, number, thing]) =>
        `${sayNumber(number!)} ${number === '1' || /^[lp]/.test(thing ?? '') ? 'acre' : 'acres'}`,
    ),
  ),
]
