/**
 * Quantities in English: how a number is said, the units that may stand behind it, and amounts that tell a kind.
 */
import { cardinal, decimal, fraction } from './en-numbers.ts'
import { UNITS } from './en-sign-units.ts'
import { UNIT_PATTERN, unitName } from './en-units.ts'
import { apart, type Rule, rule } from './rules.ts'

const WHOLE = String.raw`(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,18})`
export const NUMBER = `${WHOLE}(?:\\.\\d{1,20})?`

/** A number as people say it: one thousand two hundred and thirty four point five. */
export function sayNumber(number: string): string {
  const [whole = '', part] = number.replace(/^[-+]/, '').replaceAll(',', '').split('.')
  const said = part === undefined ? cardinal(whole) : decimal(whole, part)
  return number.startsWith('-') ? `minus ${said}` : number.startsWith('+') ? `plus ${said}` : said
}

/** A bare letter needs to stand right behind its number or with a blank, never as a name such as 4K. */
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
  'km|cm|mm|kg|mg|ml|mL|lb\\.?|oz\\.?|ft\\.?|yd\\.?|mi|MB|GB|TB|Hz|kHz|MHz|GHz|kW|kWh|MW|W|V|L|min|hr|mph|px|acre|mAh|g|m'

export const QUANTITY_RULES: readonly Rule[] = [
  // A 5kg bag, a 10 km run: behind "a" the amount is a kind, said in the singular.
  rule(
    `(${NUMBER})\\s?-?(${KIND_UNIT})(?= [a-z]{3})(?! (?:and|or|per|the|for|was|are|has|had|from|away|ago|long|wide|tall|high|deep|of|in|to|at|than|by|each|more|less)\\b)`,
    apart((match, text) =>
      /\b(?:an?|this|that|every|each|another|one) $/i.test(
        text.slice(Math.max(0, match.index - 8), match.index),
      )
        ? `${sayNumber(match[1]!)} ${unit(match[2]!, true)}`
        : undefined,
    ),
  ),
  // 5-km run: with a hyphen it is always a kind.
  rule(
    `(${NUMBER})-(${KIND_UNIT})(?= [a-z]|-[a-z])`,
    apart(([, number, symbol]) => `${sayNumber(number!)} ${unit(symbol!, true)}`),
  ),
  // Lengths side by side: 20 in x 30 in.
  rule(
    `(${NUMBER})\\s?(${ANY_UNIT}|in)?\\s?[x×]\\s?(${NUMBER})\\s?(${ANY_UNIT}|in)(?:\\s?[x×]\\s?(${NUMBER})\\s?(${ANY_UNIT}|in))?(?![A-Za-z\\d])`,
    apart(([, first, firstUnit, second, secondUnit, third, thirdUnit]) =>
      [
        [first, firstUnit],
        [second, secondUnit],
        [third, thirdUnit],
      ]
        .filter(([number]) => number !== undefined)
        .map(([number, symbol]) =>
          symbol === undefined
            ? sayNumber(number!)
            : `${sayNumber(number!)} ${symbol === 'in' ? 'inches' : unit(symbol, number === '1')}`,
        )
        .join(' by '),
    ),
  ),
  // Half a teaspoon.
  rule(
    String.raw`(\d{1,3})\/(\d{1,3}) ?(tsp|tbsp|lb|oz|in|mi|km|kg|L|l|pt|qt|gal|ft|yd)\.?(?![A-Za-z\d/])`,
    apart(([, above, below, symbol]) => {
      const part = fraction(above!, below!)
      return part === undefined ? undefined : `${part} ${symbol === 'in' ? 'inch' : unit(symbol!, true)}`
    }),
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
  // Thousands as in Switzerland.
  rule(
    String.raw`\d{1,3}(?:'\d{3}){1,4}(?![\w'])`,
    apart(([number]) => cardinal(number.replaceAll("'", ''))),
  ),
  rule(
    String.raw`1(00|000|0000|00000|000000)s(?= of\b)`,
    apart(([, zeros]) => `${MANY[zeros!]}`),
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
      : `the absolute value of ${match[1]!.replace(/\d+/g, (digits) => cardinal(digits))}`,
  ),
]

const MANY: Readonly<Record<string, string>> = {
  '00': 'hundreds',
  '000': 'thousands',
  '0000': 'tens of thousands',
  '00000': 'hundreds of thousands',
  '000000': 'millions',
}
