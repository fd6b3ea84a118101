/**
 * Numbers that their neighbours tell the sense of, as English rules: one in so many, ages with a plus, prices per million.
 */
import { numbered } from './en-calendar.ts'
import { PER_UNIT } from './en-money.ts'
import { cardinal, fraction } from './en-numbers.ts'
import { sayNumber, unit } from './en-quantities.ts'
import { apart, type Rule, rule } from './rules.ts'

const SCALES: Readonly<Record<string, string>> = { k: 'thousand', K: 'thousand', M: 'million', B: 'billion' }
const MONEY: Readonly<Record<string, string>> = {
  $: 'dollars',
  '€': 'euros',
  '£': 'pounds',
  '¢': 'cents',
}
const BY =
  'GB|TB|MB|MWh|kWh|MW|kW|kg|lb|oz|km|mi|hr|h|mo|yr|day|week|month|year|user|seat|unit|token|gal|bbl|sq ft|m²'
/** Behind these stand a month and a day, whatever share they look like. */
const ON_A_DAY =
  "(?:[Bb]irthday|[Bb]-?day|[Aa]nniversary|[Ww]edding)(?: is|'s|:)?|[Tt]oday(?: is|'s|:)?|[Tt]omorrow(?: is|'s|:)?|[Vv]alid (?:thru|through|until)|[Aa]ppointment:?|[Aa]ppt\\.?:?|[Ii]nterview:?|[Mm]eeting:?"
const NO_SHARE = '(?![\\d/]|\\.\\d|\\s?(?:=|of|in|inch|cups?|miles?|the|price|off|full|empty)\\b)'
const DAY = String.raw`(1[0-2]|0?[1-9])\/(3[01]|[12]\d|0?[1-9])`
const COUNTED =
  '(?:[Pp]ain(?: level| score)?|[Ll]ives|[Ss]olid|MP|HP|XP|SP):? |[Pp]ain (?:is|at) |(?:[Mm]ana|[Ss]tamina|[Ee]nergy|[Hh]ealth|[Aa]rmor|[Aa]mmo|[Ss]everity|[Mm]ood): '
const PLUS_END = String.raw`(?=\s*$|[,.;:!?)]| (?:only|&|and|or|lotion|sunscreen|cream|welcome|event|venue|show|crowd|content|audience|to)\b| &)`

export const COUNTER_RULES: readonly Rule[] = [
  rule(
    String.raw`(\d{1,3})\/(\d{1,3}(?:,\d{3}){1,3})(?![\d/]|,\d)`,
    apart(([, some, all]) => `${cardinal(some!)} in ${sayNumber(all!)}`),
  ),
  rule(
    String.raw`(?=\d)(?<=\b(?:[Mm]ultipl(?:y|ied)|[Dd]ivided?|[Ss]caled?) (?:it |this |that |them )?by )(\d{1,2})\/(\d{1,2})(?![\d/])`,
    ([, above, below]) => fraction(above!, below!),
  ),
  rule(String.raw`(?=\d)(?<=\b(?:${ON_A_DAY}) \(?)${DAY}${NO_SHARE}`, ([, month, day]) =>
    numbered(month!, day!, true),
  ),
  rule(
    String.raw`(?=\d)(?<=\b(?:[Ss]tarts|[Ee]nds|[Oo]pens|[Cc]loses|[Bb]egins) )${DAY}(?=\s*$|[.,;!](?!\d)| at | @)`,
    ([, month, day]) => numbered(month!, day!, true),
  ),
  rule(
    String.raw`(?=\d)(?<=\b(?:${COUNTED}))(\d{1,4})\/(\d{1,4})(?![\d/]|\.\d| of\b)`,
    ([, some, all]) => `${cardinal(some!)} out of ${cardinal(all!)}`,
  ),
  rule(
    String.raw`(?=\d)(?<=(?:^|[.!?;:(] |\n)(?:Day|DAY|Thread|THREAD|Tweet) )(\d{1,3})\/(\d{1,3})(?![\d/])`,
    ([, some, all]) => (Number(some) <= Number(all) ? `${cardinal(some!)} of ${cardinal(all!)}` : undefined),
  ),
  rule(
    String.raw`(?=\d)(?<=\b(?:[Mm]ust be|[Aa]ges?|[Aa]ged|SPF|FPS|[Kk]ids|[Cc]hildren|[Aa]dults|[Ff]or|[Rr]ated|[Ss]trictly|is|are) )(\d{1,3})\+${PLUS_END}`,
    ([, number]) => `${cardinal(number!)} plus`,
  ),
  // What a unit costs, with or without an amount.
  rule(
    String.raw`(?=\s?\/)(?<=[$€£¢](?:\d{1,6}(?:\.\d{1,4})?)?)\s?\/\s?(\d{1,4})? ?([kKMB])(?= [a-z]{3})`,
    ([, count, scale]) => ` per ${count === undefined ? '' : `${cardinal(count)} `}${SCALES[scale!]}`,
  ),
  rule(String.raw`([$€£¢])(?=\s?\/\s?\d{0,4} ?[kKMB] [a-z]{3})`, ([, sign]) => MONEY[sign!]),
  rule(
    `([$€£¢])\\/(${BY})(?![A-Za-z²])`,
    ([, sign, by]) =>
      `${MONEY[sign!]} per ${PER_UNIT[by!] ?? (/^[a-z]{3,}$/.test(by!) ? by : unit(by!, true))}`,
  ),
  // A time of day in four digits.
  rule(
    String.raw`(?=0)(?<=\b(?:at|by|until|before|after) )0([1-9])([0-5]\d)(?=\s*$|[.,;!?)](?!\d)| (?:and|on|in|to|for|from|sharp|local)\b)`,
    ([, hour, minute]) => soldiers(hour!, minute!),
  ),
  rule(
    String.raw`(?=0)(?<=\b[Tt]he )0([1-9])([0-5]\d)(?= (?:train|flight|bus|ferry|service|departure|from|to|briefing)\b)`,
    ([, hour, minute]) => soldiers(hour!, minute!),
  ),
]

const minutes = (minute: string) =>
  minute.startsWith('0') ? `oh ${cardinal(minute.slice(1))}` : cardinal(minute)
const soldiers = (hour: string, minute: string) =>
  `oh ${cardinal(hour)} ${minute === '00' ? 'hundred' : minutes(minute)}`
