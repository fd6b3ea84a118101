/**
 * English amounts of money as rules: the sign before or behind, cents, scales, a unit that is said once.
 */
import { CURRENCIES, type Currency, PREFIXES } from './en-currencies.ts'
import { tellsKind } from './en-kinds.ts'
import { HEIGHTS } from './en-math.ts'
import { cardinal, decimal } from './en-numbers.ts'
import { type Rule, rule } from './rules.ts'

const SCALES: Readonly<Record<string, string>> = {
  k: 'thousand',
  m: 'million',
  mn: 'million',
  mm: 'million',
  b: 'billion',
  bn: 'billion',
  t: 'trillion',
  tn: 'trillion',
}
const SIGNS = '(?:R\\$|[$€£¥￥₹₩₽₿₺₫฿₱₪₴₦])'
/** Currencies whose thousands are set apart by points. */
const POINTED = '(?:€|₺|R\\$|zł|kr|Kč|EUR)'
const CODES = 'USD|EUR|GBP|CHF|CAD|AUD|NZD|JPY|CNY|RMB|INR|HKD|SGD|KRW|SEK|NOK|MXN|BRL|BTC'
export const AMOUNT = String.raw`(?:\d{1,2}(?:,\d{2}){1,4},\d{3}|\d{1,3}(?:,\d{3}){1,6}|\d{1,15})(?:\.\d{1,6})?`
const SCALE = String.raw`(?:\s?(thousand|million|billion|trillion|mil\b)(?=\W|$)|\s?(mn|mm|MM|bn|BN|tn|[kKmMbBtT])(?![A-Za-z]))?`
const PER = String.raw`(?:(?:\s?\/\s?|(?=pp)|\s(?=pp(?![\w.])))(m²|m2|ft²|kWh|MWh|GB|TB|sq\.? (?:ft|yd|m|mi|in)\b\.?|[a-z]{1,12})(?![a-z])(?:(?<=mo|yr|hr|wk|min|sec|gal|lb|oz|sq|ea)\.(?=\s[a-z+&,]|,))?)?`
/** The unit in words behind a sign would be said twice. */
const NAMED = String.raw`(?:\s(?:US )?(?:dollars?|euros?|pounds?|yen|rupees?|won|rubles?|USD|EUR|GBP|JPY|INR|CAD|AUD|RMB|CNY)(?![A-Za-z]))?`
export const PER_UNIT: Readonly<Record<string, string>> = {
  h: 'hour',
  hr: 'hour',
  mo: 'month',
  yr: 'year',
  kg: 'kilogram',
  lb: 'pound',
  l: 'liter',
  km: 'kilometer',
  m: 'meter',
  kwh: 'kilowatt hour',
  kWh: 'kilowatt hour',
  MWh: 'megawatt hour',
  GB: 'gigabyte',
  TB: 'terabyte',
  wk: 'week',
  d: 'day',
  sqft: 'square foot',
  'sq ft': 'square foot',
  'sq yd': 'square yard',
  'sq m': 'square meter',
  'sq mi': 'square mile',
  'sq in': 'square inch',
  'm²': 'square meter',
  m2: 'square meter',
  'ft²': 'square foot',
  oz: 'ounce',
  min: 'minute',
  pp: 'person',
  gal: 'gallon',
  bbl: 'barrel',
  sh: 'share',
  mi: 'mile',
  sec: 'second',
}

function amount(number: string, currency: Currency, scale: string | undefined, prefix: string): string {
  const [whole = '', cents] = number.replaceAll(',', '').split('.')
  const one = Number(whole) === 1
  const names = (single: boolean) => prefix + (single ? currency.one : currency.many)
  if (scale !== undefined)
    return `${cents === undefined || /^0+$/.test(cents) ? cardinal(whole) : decimal(whole, cents)} ${scale} ${names(false)}`
  if (cents === undefined || /^0+$/.test(cents)) return `${cardinal(whole)} ${names(one)}`
  if (cents.length !== 2 || currency.cent === undefined) return `${decimal(whole, cents)} ${names(false)}`
  const part = `${cardinal(cents)} ${currency.cent[Number(cents) === 1 ? 0 : 1]}`
  return Number(whole) === 0 ? part : `${cardinal(whole)} ${names(one)} and ${part}`
}

const scaleOf = (word: string | undefined, letter: string | undefined) =>
  (word === 'mil' ? 'million' : word) ?? (letter === undefined ? undefined : SCALES[letter.toLowerCase()])
const perOf = (unit: string | undefined) =>
  unit === undefined
    ? ''
    : unit === 'obo'
      ? ' or best offer'
      : unit === 'ea'
        ? ' each'
        : ` per ${PER_UNIT[unit.replace(/\./g, '')] ?? unit}`
const minus = (sign: string | undefined) =>
  sign === undefined || sign === '' ? '' : sign === '+' ? 'plus ' : 'minus '

/** Hundredths behind a comma and thousands by points or blanks, as in most of Europe: 1.234,56. */
const EUROPEAN = String.raw`(\d{1,3}(?:[. ]\d{3}){1,4}|\d{1,9}),(\d\d?)(?!\d|,\d)`
const plainAmount = (whole: string, cents: string) => `${whole.replace(/[. ]/g, '')}.${cents.padEnd(2, '0')}`

/** Rupees by their letters, with the dash that ends an amount on bills. */
const RUPEES = String.raw`(?:Rs\.?|₨)\s?`
/** As a kind of thing: a twenty dollar bill. */
const kind = ({ one }: Currency): Currency => ({ one, many: one })

export const MONEY_RULES: readonly Rule[] = [
  // A note by what it is worth.
  rule(`(?<=\\b(?:an?|crisp|[a-z]+'s an?) )[$€£](5|10|20|50|100)(?=[.;:!?)](?:\\s|$)|,\\s|$)`, ([, worth]) =>
    cardinal(worth!),
  ),
  rule(`${RUPEES}(${AMOUNT})${SCALE}(?:\\s?(lakhs?|crores?)\\b)?(?:\\/-)?${PER}`, (match, text) => {
    const [, number, word, letter, many, per] = match
    return /\w/.test(text[match.index - 1] ?? ' ')
      ? undefined
      : amount(number!, CURRENCIES['Rs']!, many ?? scaleOf(word, letter), '') + perOf(per)
  }),
  rule(`(₹)\\s?(${AMOUNT})(?:\\s?(lakhs?|crores?|L|[Cc]r)\\b|\\/-)`, ([, sign, number, many]) =>
    amount(number!, CURRENCIES[sign!]!, many === 'L' ? 'lakh' : /^cr$/i.test(many!) ? 'crore' : many, ''),
  ),
  // No cents, as Europe writes it: 5,- and 5.-.
  rule(`(€|£|CHF|EUR)\\s?(\\d{1,9})[.,](?:--?|—)(?!\\d)`, ([, sign, number]) =>
    amount(number!, CURRENCIES[sign!]!, undefined, ''),
  ),
  rule(`(\\d{1,9})[.,](?:--?|—)\\s?(€|£|CHF|EUR)(?![A-Za-z])`, (match, text) =>
    /[\w.]/.test(text[match.index - 1] ?? ' ')
      ? undefined
      : amount(match[1]!, CURRENCIES[match[2]!]!, undefined, ''),
  ),
  rule(`(${SIGNS})(${AMOUNT})${SCALE}(?= [a-z]{2}| Series [A-H]\\b| [A-Z][a-z]+ [a-z]{3})`, (match, text) => {
    const [, sign, number, word, letter] = match
    // Dollars and cents stand for themselves.
    return /\.\d\d$/.test(number!) && word === undefined && letter === undefined
      ? undefined
      : tellsKind(text, match.index, match.index + match[0].length)
        ? amount(number!, kind(CURRENCIES[sign!]!), scaleOf(word, letter), '')
        : undefined
  }),
  // A five dollar a day habit, a twenty million dollar deal.
  rule(`([$€£])(\\d{1,9})-(an?|per)-(?=([a-z]{1,12})( [a-z]{3})?)`, (match, text) => {
    const [, sign, number, per, , thing] = match
    const one =
      Number(number) === 1 ||
      (thing !== undefined &&
        /\b(?:an?|the|this|that|his|her|my|our|their) $/i.test(
          text.slice(Math.max(0, match.index - 6), match.index),
        ))
    return `${cardinal(number!)} ${CURRENCIES[sign!]![one ? 'one' : 'many']} ${per} `
  }),
  rule(
    `([$€£])(\\d{1,4}(?:\\.\\d{1,2})?)-(thousand|million|billion|trillion)(?![a-z])`,
    ([, sign, number, scale]) => amount(number!, kind(CURRENCIES[sign!]!), scale, ''),
  ),
  rule(`([€£$])\\.(\\d\\d)(?!\\d)`, ([, sign, cents]) =>
    amount(`0.${cents}`, CURRENCIES[sign!]!, undefined, ''),
  ),
  rule(`(\\d{1,2})[c](?![\\w])`, (match, text) =>
    /[\w.,$€£]/.test(text[match.index - 1] ?? ' ')
      ? undefined
      : `${cardinal(match[1]!)} ${match[1] === '1' || tellsKind(text, match.index, match.index + match[0].length) ? 'cent' : 'cents'}`,
  ),
  rule(`kr\\.?\\s?(${AMOUNT})(?![\\d,]{0,24}\\d)`, (match, text) =>
    /\w/.test(text[match.index - 1] ?? ' ') ? undefined : amount(match[1]!, CURRENCIES['kr']!, undefined, ''),
  ),
  rule(`\\$(?=(?:${CODES})\\s?\\d)`, () => ''),
  // Thousands by points: 2.000 € is two thousand.
  rule(`(${POINTED})\\s?(\\d{1,3}(?:\\.\\d{3}){1,4})(?![\\d.,]{0,24}\\d)`, ([, sign, number]) =>
    amount(number!.replaceAll('.', ''), CURRENCIES[sign!]!, undefined, ''),
  ),
  rule(`(\\d{1,3}(?:\\.\\d{3}){1,4})\\s?(${POINTED})(?![A-Za-z])`, (match, text) =>
    /[\w.]/.test(text[match.index - 1] ?? ' ')
      ? undefined
      : amount(match[1]!.replaceAll('.', ''), CURRENCIES[match[2]!]!, undefined, ''),
  ),
  rule(
    `(${SIGNS})\\s?(\\d{1,9}),(\\d{1,2})${SCALE.replace(/\)\?$/, ')')}`,
    ([, sign, whole, part, word, letter]) =>
      amount(`${whole}.${part}`, CURRENCIES[sign!]!, scaleOf(word, letter), ''),
  ),
  rule(`(${SIGNS})\\s?${EUROPEAN}`, (match, text) =>
    /\w/.test(text[match.index - 1] ?? ' ')
      ? undefined
      : amount(plainAmount(match[2]!, match[3]!), CURRENCIES[match[1]!]!, undefined, ''),
  ),
  rule(`${EUROPEAN}\\s?(${SIGNS}|zł|kr|Kč|EUR|USD|CHF)(?![A-Za-z])`, (match, text) =>
    /[\w.]/.test(text[match.index - 1] ?? ' ')
      ? undefined
      : amount(plainAmount(match[1]!, match[2]!), CURRENCIES[match[3]!]!, undefined, ''),
  ),
  // Whose dollar or yen it is, before or behind the sign.
  rule(`(US|(?:${CODES})|JP|CN)\\s?[$¥￥]\\s?(${AMOUNT})${SCALE}${PER}(?!\\d)`, (match, text) => {
    const [whole, owner, number, word, letter, per] = match
    const sign = /[$]/.test(whole) ? '$' : '¥'
    const code = owner === 'US' ? 'USD' : owner === 'JP' ? 'JPY' : owner === 'CN' ? 'CNY' : owner!
    return /\w/.test(text[match.index - 1] ?? ' ') || (sign === '$') !== /D$/.test(code)
      ? undefined
      : amount(number!, CURRENCIES[code]!, scaleOf(word, letter), '') + perOf(per)
  }),
  rule(`\\$(US|AU?|CA?|HK|NZ)(${AMOUNT})${SCALE}(?!\\w)`, ([, owner, number, word, letter]) =>
    amount(number!, CURRENCIES['$']!, scaleOf(word, letter), PREFIXES[owner!]!),
  ),
  // Notes by what they are worth: twenties.
  rule(String.raw`[$€£](\d{1,4}0)s(?!\w)`, ([, worth]) =>
    cardinal(worth!).replace(/y?$/, (end) => (end === '' ? 's' : 'ies')),
  ),
  // A loss in brackets, as accounts have it: $(4.2) million.
  rule(
    `([$€£])\\((${AMOUNT})\\)${SCALE}`,
    ([, sign, number, word, letter]) =>
      `minus ${amount(number!, CURRENCIES[sign!]!, scaleOf(word, letter), '')}`,
  ),
  // From … to …, the sign once or twice.
  rule(
    `(US|AU?|CA?|HK|NZ|S)?(${SIGNS})(${AMOUNT})${SCALE}\\s?-\\s?(?:${SIGNS})?(${AMOUNT})${SCALE}${PER}(?![\\d-])`,
    (match) => {
      const [, prefix, sign, from, firstWord, firstLetter, to, word, letter, per] = match
      const scale = scaleOf(word, letter)
      const first = scaleOf(firstWord, firstLetter)
      const till = `${amount(to!, CURRENCIES[sign!]!, scale, PREFIXES[prefix ?? ''] ?? '')}${perOf(per)}`
      if (/\.\d\d$/.test(from!) && first === undefined)
        return `${amount(from!, CURRENCIES[sign!]!, scale, '')} to ${till}`
      const whole =
        (from!.includes('.')
          ? decimal(...(from!.replaceAll(',', '').split('.') as [string, string]))
          : cardinal(from!.replaceAll(',', ''))) + (first === undefined ? '' : ` ${first}`)
      return `${whole} to ${till}`
    },
  ),
  rule(
    `([-+]?)(?:\\b(US|AU?|CA?|HK|NZ|S))?(${SIGNS})\\s?([-+]?)(${AMOUNT})${SCALE}${NAMED}${PER}(?!\\d)(\\+(?=[.,;:!?)]| [|]|\\s*$))?`,
    (match, text) => {
      const [, before, prefix, sign, behind, number, word, letter, per, more] = match
      if (before !== '' && /\w/.test(text[match.index - 1] ?? ' ')) return undefined
      return (
        (more === undefined ? '' : 'more than ') +
        minus(before || behind) +
        amount(number!, CURRENCIES[sign!]!, scaleOf(word, letter), PREFIXES[prefix ?? ''] ?? '') +
        perOf(per)
      )
    },
  ),
  rule(`(-?)(${AMOUNT})${SCALE}\\s?(${SIGNS}|¢|zł|kr|Kč)(?![A-Za-z])${PER}(?![\\d])`, (match, text) => {
    const [, sign, number, word, letter, unit, per] = match
    if (/[\w.]/.test(text[match.index - 1] ?? ' ')) return undefined
    return minus(sign) + amount(number!, CURRENCIES[unit!]!, scaleOf(word, letter), '') + perOf(per)
  }),
  rule(`(${CODES})\\s?(${AMOUNT})${SCALE}(?!\\d)`, (match, text) =>
    /[\w/]/.test(text[match.index - 1] ?? ' ')
      ? undefined
      : amount(match[2]!, CURRENCIES[match[1]!]!, scaleOf(match[3], match[4]), ''),
  ),
  rule(`(${AMOUNT})${SCALE}\\s?(${CODES})${PER}(?![A-Za-z\\d])`, (match, text) =>
    /[\w.]/.test(text[match.index - 1] ?? ' ')
      ? undefined
      : amount(match[1]!, CURRENCIES[match[4]!]!, scaleOf(match[2], match[3]), '') + perOf(match[5]),
  ),
  rule(String.raw`(\d{1,3})p(?!\w|\.[mM])`, (match, text) =>
    /[\w.]/.test(text[match.index - 1] ?? ' ') || HEIGHTS.test(match[1]!)
      ? undefined
      : `${cardinal(match[1]!)} pence`,
  ),
  // A sign without an amount: several tell how dear a thing is; one before letters names a variable.
  rule(String.raw`\$(?=[A-Za-z])`, () => 'dollar '),
  rule(String.raw`\$+(?![\d\w])`, ([signs]) => (signs === '$' ? 'dollar' : '')),
]
