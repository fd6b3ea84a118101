/**
 * Seconds, minutes and hours with one letter as English rules: `timeout=30s`, `45m–1h`. Decades look alike: `in the 80s`.
 */
import { cardinal } from './en-numbers.ts'
import { apart, type Rule, rule } from './rules.ts'

const UNITS: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  hr: 'hour',
  min: 'minute',
}
/** Words before a decade or an age; a list of decades may stand between. */
const DECADES = String.raw`(?:\b(?:[Tt]he|[Tt]his|his|her|their|my|our|your|its|whose|those|these|of|born in|back in|since|[a-z]+['’]s)\s(?:(?:mid|late|early|low|lower|high|upper)[ -])?|\b[Mm]id[ -]|\b[Ll]ate[ -]|\b[Ee]arly[ -]|['’])(?:['’]?\d{0,2}\d0s(?:,? (?:and|or|to) |, |\s?[-–/]\s?)){0,3}['’]?`
/** What lasts so many seconds: a 30 second ad. */
const LASTING =
  'timeout|delay|interval|limit|video|clip|ad|spot|countdown|timer|window|pause|wait|break|intro|exposure|rest|plank|sprint|hold'
/** What else follows seconds; any other word makes a decade of them (`80s music`). */
const AFTER_SECONDS =
  'max|min|then|and|or|later|ago|before|after|to|for|per|until|till|at|in|on|off|is|was|are|were|of|from|with|without|each|more|less|left|long|apart|when|while|if|as|so|but|by'

const spanOf = (count: string, unit: string) =>
  `${cardinal(count)} ${UNITS[unit]!}${Number(count) === 1 ? '' : 's'}`

export const SPAN_RULES: readonly Rule[] = [
  // A pace of ten minutes and more; feet have one digit.
  rule(
    String.raw`(\d{2})'\s?([0-5]\d)(?:"|'')(?![\d'])`,
    apart(([, minutes, seconds]) => `${spanOf(minutes!, 'm')} ${spanOf(seconds!, 's')}`),
  ),
  // From one to the other; the second is known by the first.
  rule(
    String.raw`(\d{1,4})([mh])\s?[-–]\s?(?=\d{1,4}(?:m|h|min|hr)(?!\w))`,
    apart(([, count, unit]) => `${spanOf(count!, unit!)} to `),
  ),
  rule(
    String.raw`(\d{1,3})(s)\s?[-–]\s?(?=\d{1,4}(?:m|h|min|hr)(?!\w))`,
    apart(([, count, unit]) => `${spanOf(count!, unit!)} to `),
  ),
  rule(String.raw`(?<=\d[smh]\s?[-–]\s?)(\d{1,4})(m|h|min|hr)(?!\w)`, ([, count, unit]) =>
    spanOf(count!, unit!),
  ),
  rule(
    `(?<!${DECADES}|\\ds\\s?[-–]\\s?)([1-9]0)s(?![\\w'’-]|\\s?[-–/]\\s?['’]?\\d| of (?:people|thousands|millions)| (?!(?:${LASTING}|${AFTER_SECONDS})\\b)[a-z])(?=( (?:${LASTING})\\b)?)`,
    apart(([, count, lasting]) =>
      lasting === undefined ? spanOf(count!, 's') : `${cardinal(count!)} second`,
    ),
  ),
]
