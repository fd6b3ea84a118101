/**
 * Quantities in English: how a number is said, the units that may stand behind it, and amounts that tell a kind.
 */
import { tellsKind } from './en-kinds.ts'
import { cardinal, decimal, fraction } from './en-numbers.ts'
import { UNITS } from './en-sign-units.ts'
import { UNIT_PATTERN, unitName } from './en-units.ts'
import { ahead, apart, type Rule, rule } from './rules.ts'

const WHOLE = String.raw`(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,18})`
export const NUMBER = `${WHOLE}(?:\\.\\d{1,20})?`

/** A number as people say it: one thousand two hundred and thirty four point five. */
export function sayNumber(number: string): string {
  const [whole = '', part] = number.replace(/^[-+]/, '').replaceAll(',', '').split('.')
  const said = part === undefined ? cardinal(whole) : decimal(whole, part)
  return number.startsWith('-') ? `minus ${said}` : number.startsWith('+') ? `plus ${said}` : said
}

/** A bare letter stands right behind its number or with a blank; it is no name such as 4K. */
export const OWN_UNITS = Object.keys(UNITS)
  .filter((unit) => unit !== 'K')
  .sort((a, b) => b.length - a.length)
  .map((unit) => unit.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'))
  .join('|')
export const ANY_UNIT = `(?:${OWN_UNITS}|${UNIT_PATTERN})`

export function unit(symbol: string, one: boolean): string {
  const own = UNITS[symbol]
  return own === undefined ? unitName(symbol, one) : own[one ? 0 : 1]
}

/** Units that stand in front of a thing: a five kilogram bag. Those that are words or names as well are left out. */
const KIND_UNIT =
  'km|cm|mm|kg|mg|mcg|cl|ml|mL|lbs?\\.?|oz\\.?|ft\\.?|yd\\.?|mi|kB|KB|MB|GB|TB|Mbps|Gbps|MP|hPa|kPa|Hz|kHz|MHz|GHz|kW|kWh|Wh|MW|W|V|kV|Ω|L|sec\\.?|mins?\\.?|hrs?\\.?|mph|px|acre|mAh|gal\\.?|t|g|m|h|s'

/** `in` is a word as well, so the table of units lacks it. */
const kindUnit = (symbol: string) =>
  /^in\.?$/.test(symbol) ? 'inch' : unit(symbol.replace(/^(lb|min|hr)s?\.?$/, '$1'), true)

/** In the 40s tonight: no seconds. */
const isDecade = (match: RegExpExecArray, text: string) =>
  match[2] === 's' &&
  /^[1-9]0$/.test(match[1]!) &&
  /\b(?:the|his|her|their|my|our) $/i.test(text.slice(Math.max(0, match.index - 6), match.index))

export const QUANTITY_RULES: readonly Rule[] = [
  // Half of what a word names: a ½-price sale.
  rule(
    String.raw`(?:½|1\/2)-(?=(?:price|hour|day|mile|term|pint|pound|dozen|time|year|marathon|size|length|full|empty)\b)`,
    apart((match, text) => (/\d $/.test(ahead(match, text, 2)) ? undefined : 'half-')),
  ),
  // A 5kg bag, two 10 km runs, 60 W bulbs: before a thing the amount is a kind, said in the singular.
  rule(
    `(${NUMBER})\\s?-?(${KIND_UNIT}|in\\.?)(?= [A-Za-z]{2})`,
    apart((match, text) =>
      tellsKind(text, match.index, match.index + match[0].length) && !isDecade(match, text)
        ? `${sayNumber(match[1]!)} ${kindUnit(match[2]!)}`
        : undefined,
    ),
  ),
  // Feet and inches: 5 ft 10 in.
  rule(
    String.raw`(\d{1,2})\s?ft\.?,?\s(\d{1,2})\s?ins?(?:\.(?!\s*$)|\b)`,
    apart((match, text) => {
      const [whole, feet, inches] = match
      return tellsKind(text, match.index, match.index + whole.length)
        ? `${cardinal(feet!)} foot ${cardinal(inches!)}`
        : `${cardinal(feet!)} ${feet === '1' ? 'foot' : 'feet'} ${cardinal(inches!)} ${inches === '1' ? 'inch' : 'inches'}`
    }),
  ),
  // 5-km run: with a hyphen it is always a kind.
  rule(
    `(${NUMBER})-(${KIND_UNIT}|in\\.(?=[ ,])|in(?= [a-z]{3}))(?= [A-Za-z]|-[a-z]|\\s?$|[,;)])`,
    apart(([, number, symbol]) => `${sayNumber(number!)} ${kindUnit(symbol!)}`),
  ),
  // Lengths side by side: 20 in x 30 in.
  rule(
    `(${NUMBER})\\s?(${ANY_UNIT}|in)?\\s?[x×]\\s?(${NUMBER})\\s?(${ANY_UNIT}|in)(?:\\s?[x×]\\s?(${NUMBER})\\s?(${ANY_UNIT}|in))?(?![A-Za-z\\d])`,
    apart((match, text) => {
      const [whole, first, firstUnit, second, secondUnit, third, thirdUnit] = match
      const kind = tellsKind(text, match.index, match.index + whole.length)
      return [
        [first, firstUnit],
        [second, secondUnit],
        [third, thirdUnit],
      ]
        .filter(([number]) => number !== undefined)
        .map(([number, symbol]) =>
          symbol === undefined
            ? sayNumber(number!)
            : `${sayNumber(number!)} ${symbol === 'in' ? (kind ? 'inch' : 'inches') : unit(symbol, kind || number === '1')}`,
        )
        .join(' by ')
    }),
  ),
  // Half a teaspoon.
  rule(
    String.raw`(\d{1,3})\/(\d{1,3}) ?(tsp|tbsp|lb|oz|in(?! (?:the|an?|his|her|its|their|our|my|your|this|that|these|those|total|all|[A-Z][a-z]{2,}|(?:19|20)\d\d)\b)|mi|km|kg|L|l|pt|qt|gal|ft|yd|cm|mm|hr|m(?= (?:long|wide|tall|high|deep|thick|away|apart|from|of)|[,.;)]|$))\.?(?![A-Za-z\d/])`,
    apart(([, above, below, symbol]) => {
      const part = fraction(above!, below!)
      return part === undefined ? undefined : `${part} ${symbol === 'in' ? 'inch' : unit(symbol!, true)}`
    }),
  ),
  rule(
    String.raw`1\/(\d{2,5})(?= ?(?:s|sec|second)(?![\w]))(?: ?(?:sec\.?(?!ond)|s(?!ec)))?`,
    apart(([whole, below]) => `${fraction('1', below!)} of a${/s$|sec\.?$/.test(whole) ? ' second' : ''}`),
  ),
  // Feet and what is over; side by side whatever they are.
  rule(
    String.raw`(\d)\s?ft\.?\s(\d|1[01])(?![\w.,:%]{0,24}\d|\w|\s?(?:in|"))`,
    apart(([, feet, inches]) => `${cardinal(feet!)} foot ${cardinal(inches!)}`),
  ),
  rule(String.raw`(?<=[\d'"½¼¾]) [x×] (?=(?!10\^)\d[^=]{0,12}(?:$|[^=\d]))`, (match, text) =>
    /^\d+\s?=/.test(text.slice(match.index + 3, match.index + 16)) ? undefined : ' by ',
  ),
  rule(
    String.raw`(\d{1,5}\.\d{1,3}) ?[x×] ?(?=(?!10\^)\d{1,5}(?:\.\d{1,3})?(?![\d=]| =))`,
    apart(([, side]) => `${sayNumber(side!)} by `),
  ),
  // Degrees of an oven or a fever.
  rule(
    `(${NUMBER}) ?([FC])(?=$|[.,;:!?)]|\\s(?:for|and|or|until|in|on|today|outside|oven))`,
    apart((match, text) =>
      /(?:\b(?:at|to|of|is|was|about|highs?|lows?|around|below|above|over|under|reached|hit|oven|preheat)|\btemperature)\s$/i.test(
        text.slice(Math.max(0, match.index - 14), match.index),
      ) && /^\d{2,3}(?:\.\d)?$/.test(match[1]!)
        ? `${sayNumber(match[1]!)} degrees ${match[2] === 'F' ? 'Fahrenheit' : 'Celsius'}`
        : undefined,
    ),
  ),
  // A decimal of Europe, where what follows tells that it is one.
  rule(
    `(-?\\d{1,9}),(\\d{1,2})(?=\\s?(?:${ANY_UNIT}|million|billion|percent|degrees|liters?|met(?:er|re)s?|kilos?)(?![A-Za-z\\d]))\\s?(${ANY_UNIT})?(?![A-Za-z])`,
    apart(([, whole, part, symbol]) => {
      const said = sayNumber(`${whole}.${part}`)
      return symbol === undefined ? `${said} ` : `${said} ${unit(symbol, false)}`
    }),
  ),
  rule(
    String.raw`(\d{1,9}),(?=\d{1,2}(?![\d,]))`,
    apart(([, number]) => `${cardinal(number!)}, `),
  ),
  rule(String.raw`(?<=[CF°%℃℉])\s?~\s?(?=-?\d)`, () => ' to '),
  // PM2.5: a decimal behind letters is one all the same.
  rule(
    String.raw`(?<=[A-Za-z])(\d{1,4}\.\d{1,4})(?![\d.]{0,24}\d|\w)`,
    ([, number]) => ` ${sayNumber(number!)}`,
  ),
  rule(
    `(-?${NUMBER})\\s?~\\s?(?=-?\\d)`,
    apart(
      ([, from]) => `${from!.startsWith('-') ? 'negative ' : ''}${sayNumber(from!.replace('-', ''))} to `,
    ),
  ),
  // A decimal behind grouped thousands, as Europe and Switzerland write it.
  rule(
    String.raw`(\d{1,3}(?:\.\d{3}){1,4}|\d{1,3}(?: \d{3}){1,4}),(\d{1,2})(?![\d,]{0,24}\d|\w)|(\d{1,3}(?:'\d{3}){1,4})\.(\d{1,9})(?![\d.]{0,24}\d|\w)`,
    apart(([, pointed, part, swiss, rest]) =>
      sayNumber(`${(pointed ?? swiss)!.replace(/\D/g, '')}.${part ?? rest}`),
    ),
  ),
  // Thousands as in Switzerland.
  rule(
    String.raw`\d{1,3}(?:'\d{3}){1,4}(?![\w'])`,
    apart(([number]) => cardinal(number.replaceAll("'", ''))),
  ),
  rule(
    String.raw`1(0{2,6}|0{0,2}(?:,000){1,2})s(?= (?:of|more)\b)`,
    apart(([, zeros]) => MANY[zeros!.replaceAll(',', '')]),
  ),
  rule(
    '50-50(?![\\d-])',
    apart(() => 'fifty fifty'),
  ),
  // Spans of time and power in small letters, as people type them.
  rule(
    String.raw`(\d{1,3})(d|y|mo|w)(?![A-Za-z\d'])`,
    apart((match, text) => {
      const [whole, number, letter] = match
      // 3d is a kind of picture.
      if (/^[234]d$/.test(whole)) return undefined
      // So is a variable in what is reckoned.
      if (
        letter === 'y' &&
        (/[=+*/−-]\s?$/.test(text.slice(Math.max(0, match.index - 2), match.index)) ||
          /^\s?[=+*]/.test(text.slice(match.index + whole.length)))
      )
        return `${cardinal(number!)} y`
      const one = number === '1' || tellsKind(text, match.index, match.index + whole.length)
      return `${cardinal(number!)} ${SPANS[letter!]}${one ? '' : 's'}`
    }),
  ),
  // Areas and volumes by themselves.
  rule(
    String.raw`(sq|cu)\.? ?(ft|km|mi|yd|cm|m)(?:\.(?=\s+[a-z])|(?![\w.]))`,
    apart(([, kind, symbol]) => unit(`${kind} ${symbol}`, false)),
  ),
  rule(String.raw`(?<=\d)\.{2,3}(?=\d)`, () => ' to '),
  rule(
    String.raw`(\d{1,6}(?:\.\d{1,6})?)\s?(bn|mn|tn)(?![A-Za-z\d])`,
    apart(
      ([, number, scale]) =>
        `${sayNumber(number!)} ${{ bn: 'billion', mn: 'million', tn: 'trillion' }[scale!]!}`,
    ),
  ),
  rule(
    String.raw`(\d{1,6}\.\d{1,6})(M|B)(?![\w.,]{0,24}\d|\w)`,
    apart(([, number, scale]) => `${sayNumber(number!)} ${scale === 'M' ? 'million' : 'billion'}`),
  ),
  // A race is as long as its name.
  rule(
    String.raw`(\d{1,3})[kK](?= (?:run|race|walk|resolution|video|display|monitor|screen|TV)s?\b)`,
    apart(([, number]) => `${cardinal(number!)} K`),
  ),
  // A product of a number with all below it: where mathematics stands around it, or nothing at all.
  rule(String.raw`(\d{1,6}|n|\))!(?=\s?[=+*/×÷^)?-]|\s(?:is|equals|means|ways)\b|\s?$)`, (match, text) => {
    const [, base] = match
    const before = text.slice(0, match.index)
    const rest = text.slice(match.index + match[0].length)
    if (/[\w.,$€£]$/.test(before) && base !== ')') return undefined
    const alone = before.trim() === '' && rest.trim() === ''
    const reckoned = /[=+*/×÷(]\s?$|\b(?:is|of|compute|calculate|find|evaluate|equals)\s$/i.test(before)
    if (!alone && (rest.trim() === '' ? !reckoned || base === ')' : /^\s?-?\s?$/.test(rest))) return undefined
    return `${base === ')' ? ')' : base === 'n' ? 'n' : cardinal(base!)} factorial${rest.trim() === '' ? '.' : ''}`
  }),
  rule(String.raw`\|([A-Za-z\d+-]{1,12})\|`, (match, text) =>
    /[\w|]/.test(text[match.index - 1] ?? ' ')
      ? undefined
      : `the absolute value of ${match[1]!.replace(/^-/, 'minus ').replace(/\d+/g, (digits) => cardinal(digits))}`,
  ),
]

const SPANS: Readonly<Record<string, string>> = { d: 'day', y: 'year', mo: 'month', w: 'watt' }
const MANY: Readonly<Record<string, string>> = {
  '00': 'hundreds',
  '000': 'thousands',
  '0000': 'tens of thousands',
  '00000': 'hundreds of thousands',
  '000000': 'millions',
}
