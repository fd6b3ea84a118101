/**
 * English amounts of money as rules: the sign before or behind, cents, scales, a unit that is said once.
 */
import { cardinal, decimal } from './en-numbers.ts'
import { type Rule, rule } from './rules.ts'

interface Currency {
  readonly one: string
  readonly many: string
  /** Hundredth parts, where people name them. */
  readonly cent?: readonly [string, string]
}

const CENT = ['cent', 'cents'] as const
const CURRENCIES: Readonly<Record<string, Currency>> = {
  $: { one: 'dollar', many: 'dollars', cent: CENT },
  '€': { one: 'euro', many: 'euros', cent: CENT },
  '£': { one: 'pound', many: 'pounds', cent: ['penny', 'pence'] },
  '¥': { one: 'yen', many: 'yen' },
  '￥': { one: 'yen', many: 'yen' },
  '₹': { one: 'rupee', many: 'rupees', cent: ['paisa', 'paise'] },
  '₩': { one: 'won', many: 'won' },
  '₽': { one: 'ruble', many: 'rubles' },
  '₿': { one: 'bitcoin', many: 'bitcoins' },
  '₺': { one: 'lira', many: 'lira' },
  '₫': { one: 'dong', many: 'dong' },
  '฿': { one: 'baht', many: 'baht' },
  '¢': { one: 'cent', many: 'cents' },
  USD: { one: 'US dollar', many: 'US dollars', cent: CENT },
  EUR: { one: 'euro', many: 'euros', cent: CENT },
  GBP: { one: 'pound', many: 'pounds', cent: ['penny', 'pence'] },
  CHF: { one: 'Swiss franc', many: 'Swiss francs' },
  CAD: { one: 'Canadian dollar', many: 'Canadian dollars', cent: CENT },
  AUD: { one: 'Australian dollar', many: 'Australian dollars', cent: CENT },
  JPY: { one: 'yen', many: 'yen' },
  CNY: { one: 'yuan', many: 'yuan' },
  RMB: { one: 'yuan', many: 'yuan' },
  INR: { one: 'rupee', many: 'rupees' },
}
const PREFIXES: Readonly<Record<string, string>> = {
  US: 'US ',
  A: 'Australian ',
  AU: 'Australian ',
  C: 'Canadian ',
  CA: 'Canadian ',
  HK: 'Hong Kong ',
  NZ: 'New Zealand ',
  S: 'Singapore ',
}
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
const SIGNS = '[$€£¥￥₹₩₽₿₺₫฿]'
const CODES = 'USD|EUR|GBP|CHF|CAD|AUD|JPY|CNY|RMB|INR'
export const AMOUNT = String.raw`(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,15})(?:\.\d{1,6})?`
const SCALE = String.raw`(?:\s?(thousand|million|billion|trillion)\b|\s?(mn|mm|bn|tn|[kKmMbBtT])(?![A-Za-z]))?`
const PER = String.raw`(?:\s?\/\s?([a-z]{1,12})(?![a-z]))?`
/** The unit in words behind a sign would be said twice. */
const NAMED = String.raw`(?:\s(?:US )?(?:dollars?|euros?|pounds?|yen|rupees?|won|rubles?|USD|EUR|GBP)(?![A-Za-z]))?`
const PER_UNIT: Readonly<Record<string, string>> = {
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
  wk: 'week',
  d: 'day',
  sqft: 'square foot',
}

function amount(number: string, currency: Currency, scale: string | undefined, prefix: string): string {
  const [whole = '', cents] = number.replaceAll(',', '').split('.')
  const one = Number(whole) === 1
  const names = (single: boolean) => prefix + (single ? currency.one : currency.many)
  if (scale !== undefined)
    return `${cents === undefined ? cardinal(whole) : decimal(whole, cents)} ${scale} ${names(false)}`
  if (cents === undefined || /^0+$/.test(cents)) return `${cardinal(whole)} ${names(one)}`
  if (cents.length !== 2 || currency.cent === undefined) return `${decimal(whole, cents)} ${names(false)}`
  const part = `${cardinal(cents)} ${currency.cent[Number(cents) === 1 ? 0 : 1]}`
  return Number(whole) === 0 ? part : `${cardinal(whole)} ${names(one)} and ${part}`
}

const scaleOf = (word: string | undefined, letter: string | undefined) =>
  word ?? (letter === undefined ? undefined : SCALES[letter.toLowerCase()])
const perOf = (unit: string | undefined) => (unit === undefined ? '' : ` per ${PER_UNIT[unit] ?? unit}`)
const minus = (sign: string | undefined) => (sign === undefined || sign === '' ? '' : 'minus ')

export const MONEY_RULES: readonly Rule[] = [
  // From … to …, the sign once or twice.
  rule(
    `(US|AU?|CA?|HK|NZ|S)?(${SIGNS})(${AMOUNT})\\s?-\\s?(?:${SIGNS})?(${AMOUNT})${SCALE}${PER}(?![\\d-])`,
    (match) => {
      const [, prefix, sign, from, to, word, letter, per] = match
      const scale = scaleOf(word, letter)
      const whole = from!.includes('.')
        ? decimal(...(from!.replaceAll(',', '').split('.') as [string, string]))
        : cardinal(from!.replaceAll(',', ''))
      return `${whole} to ${amount(to!, CURRENCIES[sign!]!, scale, PREFIXES[prefix ?? ''] ?? '')}${perOf(per)}`
    },
  ),
  rule(
    `(-?)(?:\\b(US|AU?|CA?|HK|NZ|S))?(${SIGNS})\\s?(-?)(${AMOUNT})${SCALE}${NAMED}${PER}(?!\\d)`,
    (match, text) => {
      const [, before, prefix, sign, behind, number, word, letter, per] = match
      if (before === '-' && /\w/.test(text[match.index - 1] ?? ' ')) return undefined
      return (
        minus(before || behind) +
        amount(number!, CURRENCIES[sign!]!, scaleOf(word, letter), PREFIXES[prefix ?? ''] ?? '') +
        perOf(per)
      )
    },
  ),
  rule(`(-?)(${AMOUNT})${SCALE}\\s?(${SIGNS}|¢)${PER}(?![\\d])`, (match, text) => {
    const [, sign, number, word, letter, unit, per] = match
    if (/[\w.]/.test(text[match.index - 1] ?? ' ')) return undefined
    return minus(sign) + amount(number!, CURRENCIES[unit!]!, scaleOf(word, letter), '') + perOf(per)
  }),
  rule(`(${CODES})\\s?(${AMOUNT})${SCALE}(?!\\d)`, (match, text) =>
    /\w/.test(text[match.index - 1] ?? ' ')
      ? undefined
      : amount(match[2]!, CURRENCIES[match[1]!]!, scaleOf(match[3], match[4]), ''),
  ),
  rule(`(${AMOUNT})${SCALE}\\s?(${CODES})${PER}(?![A-Za-z\\d])`, (match, text) =>
    /[\w.]/.test(text[match.index - 1] ?? ' ')
      ? undefined
      : amount(match[1]!, CURRENCIES[match[4]!]!, scaleOf(match[2], match[3]), '') + perOf(match[5]),
  ),
]
