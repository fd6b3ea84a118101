/**
 * Opening hours as English rules: one letter for a half of the day, one or two for a weekday.
 */
import { sayClock } from './en-calendar.ts'
import { cardinal } from './en-numbers.ts'
import { apart, type Rule, rule } from './rules.ts'

export const DAYS: Readonly<Record<string, string>> = {
  M: 'Monday',
  Mo: 'Monday',
  T: 'Tuesday',
  Tu: 'Tuesday',
  W: 'Wednesday',
  We: 'Wednesday',
  Th: 'Thursday',
  R: 'Thursday',
  F: 'Friday',
  Fr: 'Friday',
  Sa: 'Saturday',
  S: 'Saturday',
  Su: 'Sunday',
}
const DAY = 'Mo|Tu|We|Th|Fr|Sa|Su|M|T|W|F'
const CLOCK = String.raw`\d{1,2}(?::[0-5]\d)?`
const SHORT_DAY = '(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)'
/** What follows a day of opening hours. */
const OPEN = `(?=:? (?:${CLOCK}\\s?[ap]|\\d{1,2}(?::\\d\\d)?\\s?[-–]\\s?\\d|[Cc]losed))`
const several = (days: readonly string[]) => days.map((day) => DAYS[day]!).join(', ')

export const HOUR_RULES: readonly Rule[] = [
  rule(
    `(${CLOCK}\\s?[ap])\\s?[-–]\\s?(${CLOCK}\\s?[ap])(?!\\w|\\.\\w)`,
    apart(([, from, to]) => `${sayClock(from!)} to ${sayClock(to!)}`),
  ),
  rule(
    String.raw`(\d{1,2}:[0-5]\d\s?[ap])(?!\w|\.\w)`,
    apart(([, clock]) => sayClock(clock!)),
  ),
  rule(
    String.raw`(?<=\b(?:at|until|till|by|before|after|around) )((?:1[0-2]|[1-9])[ap])(?![\w.'-])`,
    ([, clock]) => sayClock(clock!),
  ),
  // Of two zones of America: 8/7c.
  rule(
    String.raw`(1[0-2]|[1-9])\/(1[0-2]|[1-9])c(?![\w'])`,
    apart(([, east, central]) => `${cardinal(east!)}, ${cardinal(central!)} central`),
  ),
  rule(
    `(${DAY})\\s?[-–]\\s?(${DAY})${OPEN}`,
    apart(([, from, to]) => `${DAYS[from!]} to ${DAYS[to!]}`),
  ),
  rule(
    `(?!T/F)(?:${DAY})(?:/(?:${DAY})){1,6}${OPEN}`,
    apart(([days]) => several(days.split('/'))),
  ),
  rule(
    '(M/W/F|T/Th|Tu/Th|M/W|W/F)(?![\\w/])',
    apart(([, days]) => several(days!.split('/'))),
  ),
  rule(
    `(MWF|TTh|TR)${OPEN}`,
    apart(([, days]) => several(days === 'MWF' ? ['M', 'W', 'F'] : ['T', 'Th'])),
  ),
  rule(`(?<=[Cc]losed )(Mo|Tu|We|Th|Fr|Sa|Su)(?![A-Za-z])`, ([, day]) => DAYS[day!]),
  rule(
    `(${SHORT_DAY})(?=(?:,|,? (?:&|and|or)) ${SHORT_DAY}(?![a-z]))|(?<=(?:${SHORT_DAY})(?:,|,? (?:&|and|or)) )(${SHORT_DAY})(?![a-z])`,
    apart(([, day, last]) => DAYS[(day ?? last)!.slice(0, 2)]),
  ),
  rule(
    `(Mo|Tu|Th|Fr|Sa|Su)${OPEN}`,
    apart(([, day]) => DAYS[day!]),
  ),
]
