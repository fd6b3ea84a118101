/**
 * English dates and times of day in every order people write them, and ranges of both, as rules.
 */
import { cardinal, ordinal, year } from './en-numbers.ts'
import { apart, charBefore, type Rule, rule } from './rules.ts'

export const NAMES =
  'January February March April May June July August September October November December'.split(' ')
const WEEKDAYS = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ')
export const MONTH =
  '(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)'
const WEEKDAY = '(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)'
const HALF = String.raw`(?:\s?[apAP](?:\.[mM]\.?|[mM](?![A-Za-z])))`
const CLOCK = String.raw`\d{1,2}:[0-5]\d${HALF}?|\d{1,2}${HALF}`
/** Behind these a day and a month stand, not a fraction. */
export const DATED = '(?:on|since|until|till|before|after|due|dated|from|by|of|born)'
/** What has a share or a mark, not a date, behind `of`. */
const SHARED =
  /\b(?!as|week|weekend|night|morning|afternoon|evening|day|dates?|events?|meeting|end|start)[a-z]+ of $/i
const FRACTIONS = new Set(['1/2', '1/3', '1/4', '1/5', '1/8', '1/10', '2/3', '3/4'])
const NO_DATES = new Set(['9/11', '24/7'])

/** The month or weekday of a list that a short name begins. */
export const named = (names: readonly string[], short: string) =>
  names.find((name) => name.toLowerCase().startsWith(short.toLowerCase().replace('.', '').slice(0, 3)))!

const OWNED = /\b(?:the|happy|an?|our|every|each|this|my|your|his|her|their|annual) $/i

/** `the` is there already in "the 6th of May". */
function dayOf(day: string, month: string, before: string): string | undefined {
  const number = Number(day)
  if (number < 1 || number > 31) return undefined
  return `${OWNED.test(before) ? '' : 'the '}${ordinal(String(number))} of ${month}`
}

const before = (match: RegExpExecArray, text: string) =>
  text.slice(Math.max(0, match.index - 12), match.index)

export const sayYear = (digits: string) =>
  digits.length === 4
    ? /^[12]/.test(digits)
      ? year(digits)
      : cardinal(digits)
    : year(`${Number(digits) > 50 ? '19' : '20'}${digits}`)

/** Day and month as numbers: the month first where both could be. */
export function numbered(first: string, second: string, monthFirst: boolean): string | undefined {
  const named = monthFirst ? [first, second] : [second, first]
  const [month, day] = Number(named[0]) > 12 ? [named[1]!, named[0]!] : [named[0]!, named[1]!]
  const name = NAMES[Number(month) - 1]
  return name === undefined ? undefined : dayOf(day, name, '')
}

/** 17:00 → seventeen hundred, 9:05 pm → nine oh five PM. */
export function sayClock(clock: string): string {
  const [, hour, minute, half] = /^(\d{1,2})(?::(\d\d))?\s?([apAP])?/.exec(clock)!
  const hours = Number(hour)
  const suffix = half === undefined ? '' : ` ${half.toUpperCase()}M`
  if (minute === undefined || minute === '00') {
    if (half !== undefined) return cardinal(String(hours)) + suffix
    if (hours === 0 || hours === 24) return 'midnight'
    return hours > 12 ? `${cardinal(String(hours))} hundred` : `${cardinal(String(hours))} o'clock`
  }
  return `${cardinal(String(hours))} ${minute.startsWith('0') ? `o ${cardinal(minute)}` : cardinal(minute)}${suffix}`
}

export const CALENDAR_RULES: readonly Rule[] = [
  rule(
    "(\\d{1,2}):00(?= o'clock)",
    apart(([, hour]) => cardinal(hour!)),
  ),
  // Hours and minutes with a point: 10.30am.
  rule(
    String.raw`(\d{1,2})\.([0-5]\d)(?=\s?[apAP]\.?[mM])\s?([apAP])\.?[mM](?![A-Za-z])`,
    apart(([, hour, minute, half]) => sayClock(`${hour}:${minute}${half}`)),
  ),
  rule(
    String.raw`Q([1-4])\s?'(\d\d)(?!\w)`,
    apart(([, quarter, digits]) => `Q ${cardinal(quarter!)} ${cardinal(digits!)}`),
  ),
  rule(
    `(${WEEKDAY})(?:-(?:${WEEKDAY})){2,6}(?![A-Za-z])`,
    apart(([days]) =>
      days
        .split('-')
        .map((day) => named(WEEKDAYS, day))
        .join(', '),
    ),
  ),
  // Hours of soldiers and of the French, laps, spans: 0630 hours, 18h30, 3:45.678, 2m 30s.
  rule(
    String.raw`([01]\d|2[0-3])([0-5]\d)(?:(?=\shours\b)|\shrs\b(?:\.(?=\s[a-z]))?|h(?!\w))`,
    apart(
      ([whole, hour, minute]) =>
        `${hour!.startsWith('0') ? 'oh ' : ''}${cardinal(String(Number(hour)))} ${minute === '00' ? 'hundred' : cardinal(String(Number(minute)))}${/h/.test(whole) ? ' hours' : ''}`,
    ),
  ),
  rule(
    String.raw`(\d{1,2})h([0-5]\d)(?!\w)`,
    apart(([, hour, minute]) => sayClock(`${hour}:${minute}`)),
  ),
  rule(
    String.raw`(?:(\d{1,3})h\s?)?(\d{1,3})m\s?(\d{1,2})s(?!\w)`,
    apart(([, ...parts]) =>
      parts
        .slice(0, 3)
        .flatMap((part, i) =>
          part === undefined
            ? []
            : [`${cardinal(part)} ${['hour', 'minute', 'second'][i]}${Number(part) === 1 ? '' : 's'}`],
        )
        .join(' '),
    ),
  ),
  rule(
    'M-F(?=,? \\d)',
    apart(() => 'Monday to Friday'),
  ),
  rule(
    `(${WEEKDAY})\\.?(?:/(?:${WEEKDAY})\\.?){1,6}(?![A-Za-z])`,
    apart(([days]) =>
      days
        .replaceAll('.', '')
        .split('/')
        .map((day) => named(WEEKDAYS, day))
        .join(', '),
    ),
  ),
  rule(
    String.raw`(\d{1,2}(?:st|nd|rd|th)) c\.(?=\s|$)`,
    apart(([, number]) => `${ordinal(number!.replace(/\D/g, ''))} century`),
  ),
  // A date and a clock in one.
  rule(
    String.raw`(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d:\d\d)(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?(?![\w:])`,
    apart(([, digits, month, day, clock]) => {
      const name = NAMES[Number(month) - 1]
      const date = name === undefined ? undefined : dayOf(day!, name.toLowerCase(), '')
      return date === undefined ? undefined : `${date}, ${sayYear(digits!)}, ${sayClock(clock!)}`
    }),
  ),
  // Points: the day comes first. Slashes: the month does where both could be.
  rule(
    String.raw`(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?![\d.]{0,24}\d)`,
    apart(([, day, month, digits]) => {
      const said = numbered(day!, month!, false)
      return said === undefined ? undefined : `${said}, ${sayYear(digits!)}`
    }),
  ),
  rule(
    String.raw`(\d{1,2})\/(\d{1,2})\/(\d{2})(?![\d/])`,
    apart(([, first, second, digits]) => {
      const said = numbered(first!, second!, true)
      return said === undefined ? undefined : `${said}, ${sayYear(digits!)}`
    }),
  ),
  rule(
    String.raw`(19|20)(\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?![\d.,]{0,24}\d)`,
    apart(
      ([, century, rest, month, day]) =>
        `${dayOf(day!, NAMES[Number(month) - 1]!, '')!}, ${sayYear(century! + rest!)}`,
    ),
  ),
  rule(
    String.raw`(\d{1,2})\/(\d{1,2})(?![\d/]|\s?=)(?!\s(?:of|cup|inch|mile|hour|teaspoon|tablespoon|acre|lb|pound|price|size|page|scale|share|the))`,
    (match, text) => {
      const lead = new RegExp(`\\b${DATED} $`, 'i').test(before(match, text))
      const isFraction = FRACTIONS.has(match[0]) && !/\b(?:on|dated|born) $/i.test(before(match, text))
      return lead && !SHARED.test(before(match, text)) && !isFraction && !NO_DATES.has(match[0])
        ? numbered(match[1]!, match[2]!, true)
        : undefined
    },
  ),

  // A comma behind the year keeps it from what follows; the reference drops it.
  rule(
    `(${MONTH})\\.? (\\d{1,2})(?:st|nd|rd|th)?, ([12]\\d{3})(?=,| \\d)`,
    apart((match, text) => {
      const said = dayOf(match[2]!, named(NAMES, match[1]!).toLowerCase(), before(match, text))
      return said === undefined ? undefined : `${said}, ${sayYear(match[3]!)}`
    }),
  ),

  // May is a verb as well: with a day beside it, it is a month.
  rule(
    String.raw`(\d{1,2})(?:st|nd|rd|th)?(?: of)? May(?![A-Za-z])(?:,? ([12]\d{3})(?!\d))?`,
    apart((match, text) => {
      const said = dayOf(match[1]!, 'May', before(match, text))
      return said === undefined || match[2] === undefined ? said : `${said} ${sayYear(match[2])}`
    }),
  ),
  rule(
    String.raw`May (\d{1,2})(?:st|nd|rd|th)?(?![\d:/%]|[.,]\d|-\d)(?:(,?) ([12]\d{3})(?![\d:]))?(?! (?!was|is|has|this|his)(?:people|[a-z]{2,}s)\b)`,
    apart((match, text) => {
      const said = dayOf(match[1]!, 'May', before(match, text))
      return said === undefined || match[3] === undefined ? said : `${said}, ${sayYear(match[3])}`
    }),
  ),
  rule(
    `(\\d{1,2})(?:st|nd|rd|th)(?: of)? (${MONTH})(?![A-Za-z])\\.?(?:,? ([12]\\d{3})(?!\\d))?`,
    apart((match, text) => {
      const said = dayOf(match[1]!, named(NAMES, match[2]!).toLowerCase(), before(match, text))
      return said === undefined || match[3] === undefined ? said : `${said} ${sayYear(match[3])}`
    }),
  ),
  rule(
    `(${MONTH})\\.? (\\d{1,2})(?:st|nd|rd|th)?\\s?-\\s?(\\d{1,2})(?:st|nd|rd|th)?(?![\\d-])`,
    apart(([, month, from, to]) => `${named(NAMES, month!)} ${ordinal(from!)} to ${ordinal(to!)}`),
  ),

  // A month of a year; a weekday before a date.
  rule(
    String.raw`((?:19|20)\d\d)-(0[1-9])(?![\d-])`,
    apart(([, digits, month]) => `${NAMES[Number(month) - 1]} ${year(digits!)}`),
  ),
  rule(
    `(${WEEKDAY})\\.?,?(?=\\s(?:the |${MONTH}\\.? )?\\d)`,
    apart(([whole, day]) => named(WEEKDAYS, day!) + (whole.endsWith(',') ? ',' : '')),
  ),
  rule(
    `(${WEEKDAY})(?=: (?:\\d|[Cc]losed))`,
    apart(([, day]) => named(WEEKDAYS, day!)),
  ),
  // In Europe a day and a month end with points; at a text's end the point is the sentence's.
  rule(
    String.raw`(0?[1-9]|[12]\d|3[01])\.(0?[1-9]|1[0-2])\.(?=\s?[a-z(,;])`,
    apart((match, text) =>
      /\b(?:on|since|until|till|due|dated|born) $/i.test(before(match, text))
        ? numbered(match[1]!, match[2]!, false)
        : undefined,
    ),
  ),

  // Ranges of years, decades, times, months and days.
  rule(
    String.raw`(1[1-9]\d\d|20\d\d)\s?-\s?(1[1-9]\d\d|20\d\d)(?![\d-]|\.\d|,\d|\s?[%€$£°])`,
    apart(([, from, to]) => (from! < to! ? `${year(from!)} to ${year(to!)}` : undefined)),
  ),
  rule(
    String.raw`([12]\d{3})[-/](\d\d)(?![\d/-])`,
    apart(([, from, to]) =>
      Number(to) > Number(from!.slice(2)) && (Number(to) > 12 || Number(from!.slice(2)) >= 9)
        ? `${year(from!)} to ${cardinal(to!)}`
        : undefined,
    ),
  ),
  rule(String.raw`(?<=\ds)\s?-\s?(?='?\d{2,4}s)`, () => ' to '),
  rule(
    `(${CLOCK})\\s?-\\s?(?=${CLOCK})`,
    apart(([, from]) => `${sayClock(from!)} to `),
  ),
  rule(
    String.raw`(\d{1,2}:[0-5]\d)\s?-\s?(?=(?:1?\d|2[0-4])(?![\w:/-]|\.\d))`,
    apart(([, from]) => `${sayClock(from!)} to `),
  ),
  rule(
    String.raw`(\d{1,2})\s?-\s?(?=\d{1,2}(?::\d\d)?\s?[ap]\.?m)`,
    apart(([, from]) => `${cardinal(from!)} to `),
  ),
  rule(
    `(${MONTH})\\.?\\s?-\\s?(${MONTH})(?![A-Za-z])(?:\\.(?=,? ?[\\da-z]))?`,
    apart(([, from, to]) => `${named(NAMES, from!)} to ${named(NAMES, to!)}`),
  ),
  rule(
    `(${WEEKDAY})\\.?\\s?-\\s?(${WEEKDAY})(?![A-Za-z])(?:\\.(?=,? ?\\d))?`,
    apart(([, from, to]) => `${named(WEEKDAYS, from!)} to ${named(WEEKDAYS, to!)}`),
  ),
  // '85 is a year; the first decade of the century has no name of its own. Behind the hours of a day a clock counts minutes.
  rule(String.raw`'(\d\d)(?![\w'"°]|\.\d|\s?%)`, (match, text) =>
    /[\w]/.test(charBefore(match, text))
      ? undefined
      : match[1]!.startsWith('0')
        ? `oh ${cardinal(match[1]!)}`
        : cardinal(match[1]!),
  ),
  rule(String.raw`'?00s(?!\w)`, (match, text) =>
    /\w/.test(charBefore(match, text)) ? undefined : 'two thousands',
  ),
  rule(
    String.raw`(2[5-9]|[3-5]\d):([0-5]\d)(?![\d:]|\.\d)`,
    apart(
      ([, minutes, seconds]) =>
        `${cardinal(minutes!)} ${seconds === '00' ? 'minutes' : seconds!.startsWith('0') ? `oh ${cardinal(seconds!)}` : cardinal(seconds!)}`,
    ),
  ),
  // The hour of a day of twenty-four.
  rule(
    String.raw`(?:00|24|1[3-9]|2[0-3]):00(?![:\d]|\s?[apAP]\.?[mM])`,
    apart((match, text) => (/[.:]/.test(charBefore(match, text)) ? undefined : sayClock(match[0]))),
  ),
]
