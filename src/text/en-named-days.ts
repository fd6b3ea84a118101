/**
 * Days that name something, spans of days with a word between, and cold weather, as English rules: the Jan. 6 committee.
 */
import { MONTH, NAMES, named, numbered, sayClock } from './en-calendar.ts'
import { cardinal, ordinal, year } from './en-numbers.ts'
import { sayNumber } from './en-quantities.ts'
import { ahead, apart, behind, charBefore, type Rule, rule, stopBehind } from './rules.ts'

const OWNED = String.raw`\b(?:[Tt]he|[Tt]his|[Tt]hat|[Aa]|[Hh]is|[Hh]er|[Oo]ur|[Tt]heir|[Mm]y|[Yy]our)|[a-z]'s`
/** No thing that a day could name. */
const JOINT =
  '(?:and|or|to|in|at|of|on|is|was|were|are|from|for|by|with|that|which|when|as|but|the|he|she|it|they|we|you|through|until|after|before)'
/** Their letters are no scales. */
const PLACES =
  /\b(?:gates?|seats?|rows?|rooms?|class(?:es)?|units?|sizes?|exits?|platforms?|stands?|bays?|sections?|figures?|fig\.) $/i
const EVENT =
  /\b(?:doors|drinks|breakfast|lunch|tea|dinner|supper|kick-?off|meet|train|bus|ferry|open|opening hour)s?\b/i
const PART_OF_DAY = /^ (?:in the (?:morning|afternoon|evening)|tonight)\b/
/** Prices move by decimals. */
const TRADED = /\b(?:rose|fell|rates?|prices?|shares|fares?|traded|average|score)\b|[$€£%]/i
const degrees = (sign: string, number: string, scale: string) =>
  `${sign === '' ? '' : 'minus '}${cardinal(number)} degrees ${scale === 'C' ? 'Celsius' : 'Fahrenheit'}`

export const NAMED_DAY_RULES: readonly Rule[] = [
  rule(
    `(?=[JFMASOND])(?<=(?:${OWNED}) )(${MONTH})\\.? (\\d{1,2})(?:st|nd|rd|th)?(?:, ((?:19|20)\\d\\d),?)?(?= (?!${JOINT}\\b)[a-z]{3})`,
    ([, month, day, digits]) =>
      Number(day) < 1 || Number(day) > 31
        ? undefined
        : `${named(NAMES, month!)} ${ordinal(day!)}${digits === undefined ? '' : `, ${year(digits)},`}`,
  ),
  rule(`(?=\\d)(?<=(?:${OWNED}) )(\\d{1,2}) (${MONTH})(?= (?!${JOINT}\\b)[a-z]{3})`, ([, day, month]) =>
    Number(day) < 1 || Number(day) > 31 ? undefined : `${ordinal(day!)} of ${named(NAMES, month!)}`,
  ),
  // From 12/23 to 1/2: as soon as one of both can be no share, both are days.
  rule(
    String.raw`(\d{1,2})\/(\d{1,2})( (?:to|through|thru|until|till) |\s?-\s?)(\d{1,2})\/(\d{1,2})(?![\d/]|\.\d|\s?(?:of|in|cups?|inch|miles?|tsp|tbsp|lb|oz|full|pint|pound)\b)`,
    apart(([, month, day, joint, lastMonth, last]) => {
      const isDay = [month, day, lastMonth, last].some((part) => Number(part) > 8)
      const [from, to] = [numbered(month!, day!, true), numbered(lastMonth!, last!, true)]
      return isDay && from !== undefined && to !== undefined
        ? `${from} ${/-/.test(joint!) ? 'to' : joint!.trim().replace('thru', 'through')} ${to}`
        : undefined
    }),
  ),
  // From one day to another of the same month: 5-7 July, 4th–Fri 8th Sept.
  rule(
    `(\\d{1,2})(?:st|nd|rd|th)?(?:\\s?-\\s?| to )(?=(?:the )?(\\d{1,2})(?:st|nd|rd|th)?(?: of)? ${MONTH}(?![A-Za-z]))`,
    apart((match, text) => {
      const [, from, to] = match
      return Number(from) < 1 || Number(to) > 31 || Number(from) >= Number(to)
        ? undefined
        : `${/\bthe $/i.test(ahead(match, text, 4)) ? '' : 'the '}${ordinal(String(Number(from)))} to `
    }),
  ),
  rule(`(?=\\s?-)(?<=${MONTH}\\.? \\d{1,2}(?:st|nd|rd|th)?)\\s?-\\s?(?=${MONTH}\\.? \\d)`, () => ' to '),
  rule('(?=-)(?<=\\d(?:st|nd|rd|th))-(?=(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6} \\d)', () => ' to '),
  rule(
    String.raw`(?=\s?-)(?<=\d{1,2}[/.]\d{1,2}[/.](?:19|20)?\d\d|\d{4}-\d\d-\d\d)\s?-\s?(?=\d{1,2}[/.]\d{1,2}[/.]\d|\d{4}-\d\d-\d\d)`,
    () => ' to ',
  ),
  rule(
    String.raw`(?=\d)(?<=\b(?:(?:[Dd]ep|[Aa]rr)\.?|[Dd]epart(?:s|ed|ing)?|[Aa]rriv(?:es?|ed|ing)) (?:[A-Z][a-z]{2,15} ){0,2})([01]?\d|2[0-3])\.([0-5]\d)(?![\d%]|\.\d)`,
    ([, hour, minute]) => sayClock(`${hour}:${minute}`),
  ),
  // A clock with a point, as Britain writes it, where something of the day tells: doors from 6.30.
  rule(
    String.raw`(?=\d)(?<=\b(?:at|from|until|till|by|to) )(1\d|2[0-3]|[1-9])\.([0-5][05])(?![\d%]|\.\d|\s?[a-z]{1,3}\b(?<! (?:on|to|in|for|and|at|by)))`,
    (match, text) =>
      (EVENT.test(ahead(match, text, 48)) || PART_OF_DAY.test(behind(match, text, 24))) &&
      !TRADED.test(ahead(match, text, 48))
        ? sayClock(`${match[1]}:${match[2]}`)
        : undefined,
  ),
  // From one hour to a clock; a clock with its seconds and its half of the day.
  rule(
    String.raw`(1?\d|2[0-4])\s?-\s?(\d{1,2}:[0-5]\d)(?![\d:]|\s?[ap]\.?m)`,
    apart(([, from, to]) => `${cardinal(from!)} to ${sayClock(to!)}`),
  ),
  rule(
    String.raw`(\d{1,2}):([0-5]\d):([0-5]\d)\s?([apAP])\.?[mM](?![A-Za-z])\.?`,
    apart((match, text) => {
      const [whole, hour, minute, second, half] = match
      const stop = whole.endsWith('.') ? stopBehind(match, text) : ''
      return `${sayClock(`${hour}:${minute}`)}${second === '00' ? '' : ` and ${cardinal(String(Number(second)))} ${second === '01' ? 'second' : 'seconds'}`} ${half!.toUpperCase()}M${stop}`
    }),
  ),
  rule(
    String.raw`(\d{1,2}\.\d)C(?![\w'-])`,
    apart(([, number]) => `${sayNumber(number!)} degrees Celsius`),
  ),
  rule(
    String.raw`(?=\/)(?<=\d ?[AP]M [A-Z]{2,4}|\d ?[ap]m [A-Z]{2,4})\/(?=\d{1,2}(?::\d\d)? ?[apAP][mM])`,
    () => ', ',
  ),
  // Degrees on both sides, and what the weather does.
  rule(String.raw`(-?)(\d{1,3})([CF]) (to|and|or) (-?)(\d{1,3})([CF])(?![\w'-])`, (match, text) =>
    /[\s(]/.test(charBefore(match, text)) && match[3] === match[7] && !PLACES.test(ahead(match, text, 16))
      ? `${degrees(match[1]!, match[2]!, match[3]!)} ${match[4]} ${degrees(match[5]!, match[6]!, match[7]!)}`
      : undefined,
  ),
  rule(
    String.raw`(?=\d)(?<=\b(?:[Rr]each(?:ed|ing|es)?|[Hh]it(?:ting|s)?|[Tt]opp(?:ed|ing)|[Nn]ear(?:ly|ing)?|[Ii]t's|up to|exceed(?:ed|ing)?) )(\d{2,3})([CF])(?=[.,;!?)]|\s*$| (?:heat|in|on|this|today|tonight|tomorrow|outside|here|and|by|for|at|with|but|or|wash)\b)`,
    ([, number, scale]) => degrees('', number!, scale!),
  ),
  rule(
    String.raw`(\d{1,2})C(?= (?:heat|outside|today|tomorrow|weather|wash|warmer|colder|hotter|cooler|in the (?:shade|sun))\b)`,
    apart(([, number]) => degrees('', number!, 'C')),
  ),
]
