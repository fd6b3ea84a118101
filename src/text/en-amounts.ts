/**
 * Numbers whose reading the words beside them tell: sixes and tens, a 180 degree turn, from −3 to +5, per 100 kilometers.
 */
import { PER_UNIT } from './en-money.ts'
import { cardinal, decade, ordinal } from './en-numbers.ts'
import { ANY_UNIT, NUMBER, sayNumber, unit } from './en-quantities.ts'
import { apart, charBefore, type Rule, rule } from './rules.ts'

const SMALL =
  'two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|several|many|few|some|all|both|straight|pair of|couple of|dozen'
/** What turns and what is seen at an angle: told in the singular. */
const TURNED =
  'turn|view|angle|rotation|spin|video|camera|panorama|bend|corner|slope|incline|arc|flip|swing|pivot|hinge|review|feedback|triangle|lens|shot|photo|tilt|heat|weather|day|oven|water'
/** Things that billions are counted of, told by their plural. */
const NO_BILLION = /^(?:pencils|series|class|is|was|has|as|this)\b/
const MONTH =
  '(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan\\.?|Feb\\.?|Mar\\.?|Apr\\.?|Jun\\.?|Jul\\.?|Aug\\.?|Sept?\\.?|Oct\\.?|Nov\\.?|Dec\\.?)'
const signed = (sign: string | undefined, number: string) =>
  `${sign === '-' || sign === '−' ? 'minus ' : sign === '+' ? 'plus ' : ''}${sayNumber(number)}`
/** 6s → sixes, 10s → tens. */
const plural = (digits: string) => {
  const word = decade(digits)
  return word.endsWith('sixs') ? `${word.slice(0, -1)}es` : word
}

export const AMOUNT_RULES: readonly Rule[] = [
  // The word and its sign are said once.
  rule('(?=©)(?<=[Cc]opyright )© ?', () => ''),
  // Both sides have so many; a pace in minutes; a picture's width before what it is of.
  rule('(?<=\\d)-all(?!\\w)', () => ' all'),
  rule(
    String.raw`(\d{1,2}):00(?=(?:\s?\/\s?| per | an? )(?:mi|mile|km|kilometer)\b)`,
    apart(([, minutes]) => `${cardinal(minutes!)} ${minutes === '1' ? 'minute' : 'minutes'}`),
  ),
  rule(
    String.raw`([2458])K(?= (?:vs\.?|versus|UHD|HDR|OLED|Ultra|streaming|content|footage|gaming|webcams?|cameras?|Blu)\b)`,
    apart(([, size]) => `${cardinal(size!)} K`),
  ),
  rule(
    String.raw`([$€£])\/(hr|h|hour|day|mo|month|yr|year|kg|lb|kWh|unit|gal|oz)(?!\w)`,
    ([, sign, by]) => `${{ $: 'dollars', '€': 'euros', '£': 'pounds' }[sign!]} per ${PER_UNIT[by!] ?? by}`,
  ),
  // A unit behind thousands and millions in words or by a letter.
  rule(
    String.raw`(?<=(?:\b(?:thousand|million|billion|trillion)|\d[KMB]|\de-?\d{1,3}) )(km|mi|kg|mg|lbs?|oz|ft|cm|mm|kWh|MWh|GWh|kW|MW|GW|ha|ly|gal|mph|sq ft|sq km|sq mi|km²|m²|m³)(?![\w/²³])(\.(?=\s[a-z(]|,))?`,
    ([, symbol]) => unit(symbol!, false),
  ),
  rule(
    `(?<=\\b(?:${SMALL}) )(\\d{1,2}|100|1000)s(?=[.,;:!?)]|\\s*$| (?:and|or|in|on|with|from|of)\\b)`,
    ([, digits]) => plural(digits!),
  ),
  rule(
    `(${NUMBER})°\\s?([CF])?(?=[ -](?:${TURNED})s?\\b)`,
    apart(
      ([, number, scale]) =>
        `${sayNumber(number!)} degree${scale === undefined ? '' : scale === 'C' ? ' Celsius' : ' Fahrenheit'}`,
    ),
  ),
  rule(
    String.raw`(\d{1,4}(?:\.\d{1,3})?)B(?= (?:[a-z]{2,20}s|people|parameters)\b)`,
    apart((match, text) =>
      NO_BILLION.test(text.slice(match.index + match[0].length + 1))
        ? undefined
        : `${sayNumber(match[1]!)} billion`,
    ),
  ),
  // From one number to the other, each with its sign.
  rule(String.raw`([-−+]?)(\d{1,9}(?:\.\d{1,6})?)\s?(?:\.{3}|…)\s?([-−+]?)(?=(\d{1,9}))`, (match, text) =>
    /[\w.]/.test(charBefore(match, text)) || match[1]! + match[3]! === ''
      ? undefined
      : `${signed(match[1], match[2]!)} to ${match[3] === '+' ? 'plus ' : match[3] === '' ? '' : 'minus '}`,
  ),
  rule(
    `(${NUMBER})\\s?(${ANY_UNIT})\\s?/\\s?(10{1,3})\\s?(${ANY_UNIT})(?![A-Za-z\\d/])`,
    apart(
      ([, number, of, per, by]) =>
        `${sayNumber(number!)} ${unit(of!, number === '1')} per ${cardinal(per!)} ${unit(by!, false)}`,
    ),
  ),
  // Less than what it is taken from: nothing but a difference, where no word tells a range or a score.
  rule(
    String.raw`(?<=^\s*)(\d{1,9}(?:\.\d{1,6})?) - (\d{1,9}(?:\.\d{1,6})?)(?=\s*[?.]?\s*$)`,
    ([, from, less]) =>
      Number(from) > Number(less) ? `${sayNumber(from!)} minus ${sayNumber(less!)}` : undefined,
  ),
  // The second of two days of a month.
  rule(
    `(?<=\\b${MONTH} \\d{1,2}(?:st|nd|rd|th)?,? (?:or|and|to|through|until) )(\\d{1,2})(?=[.,;:!?)]|$| (?:each|every|of|in|at|and|or|for|the|this|next|last)\\b)(?![.,]\\d)`,
    ([, day]) => (Number(day) >= 1 && Number(day) <= 31 ? `the ${ordinal(day!)}` : undefined),
  ),
]
