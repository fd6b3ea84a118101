/**
 * Opening hours as English rules: one letter for a half of the day, one or two for a weekday.
 */
import { sayClock } from './en-calendar.ts'
import { ENDS_SENTENCE } from './en-names.ts'
import { cardinal } from './en-numbers.ts'
import { ahead, apart, behind, type Rule, rule } from './rules.ts'

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
/** Words with a capital that go on with a time of day. */
const NO_SENTENCE =
  '(?:[A-Z]{2,4}\\b|Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Eastern|Pacific|Central|Mountain|Greenwich|Beijing|Tokyo|Paris|London|New York)'
const several = (days: readonly string[]) => days.map((day) => DAYS[day]!).join(', ')

export const HOUR_RULES: readonly Rule[] = [
  // The point of a half of the day ends the sentence as well where a new one begins.
  rule(
    `(\\d{1,2})(?::([0-5]\\d))?\\s?([apAP])\\.[mM]\\.(?=\\s+["'(]?(?!${NO_SENTENCE})[A-Z])`,
    apart((match, text) => {
      const [, hour, minute, half] = match
      // A time that tells which one stands before a name.
      const names = /\b(?:the|an?|our|this|that|my|your|his|her|their|every) $/i.test(ahead(match, text, 8))
      const ends = !names || ENDS_SENTENCE.test(behind(match, text, 12))
      return `${sayClock(`${hour}:${minute ?? '00'}${half}`)}${ends ? '.' : ''}`
    }),
  ),
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
