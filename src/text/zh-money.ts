/**
 * Chinese amounts of money as rules: the sign before or behind, grouped thousands, a unit that is said once.
 */
import { type Rule, rule } from './rules.ts'
import { readCardinal, readDecimal } from './zh-numbers.ts'

const CURRENCY: Readonly<Record<string, string>> = {
  '¥': '元',
  '￥': '元',
  $: '美元',
  '€': '欧元',
  '£': '英镑',
  '₹': '卢比',
  '₩': '韩元',
  '₽': '卢布',
  '฿': '泰铢',
  '₫': '越南盾',
  USD: '美元',
  EUR: '欧元',
  GBP: '英镑',
  CNY: '元',
  RMB: '元',
  JPY: '日元',
  HKD: '港元',
  INR: '卢比',
  KRW: '韩元',
  TWD: '新台币',
  AUD: '澳元',
  CAD: '加元',
  CHF: '瑞士法郎',
  SGD: '新加坡元',
  '₱': '比索',
}
const SIGNS = '[¥￥$€£₹₩₽฿₫₱]'
const CODES = 'USD|EUR|GBP|CNY|RMB|JPY|HKD|INR|KRW|TWD|AUD|CAD|CHF|SGD'
/** Whose dollar it is. */
const DOLLARS: Readonly<Record<string, string>> = {
  US: '美元',
  HK: '港元',
  NT: '新台币',
  A: '澳元',
  AU: '澳元',
  C: '加元',
  CA: '加元',
  S: '新加坡元',
  NZ: '新西兰元',
}
const OWNER = '(US|HK|NT|AU?|CA?|S|NZ)?'
const NUMBER = String.raw`(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,12})(?:\.\d{1,20})?`
const NAMED = '(?:元|块钱|块|圆|美元|美金|欧元|英镑|日元|人民币|港币|港元|卢比)?'
const PER = String.raw`(?:\s?[/／]\s?(人|天|月|年|个|斤|公斤|次|件|小时|kg|时|平米|平方米|度|台|张|杯|份|碗|盎司|桶|股|位|晚|间|吨|米|瓶|周|h|m²|m2|㎡|lb|磅|oz|L|升|毫升|片|粒))?`
const FACTOR: Readonly<Record<string, number>> = { k: 3, K: 3, M: 6, m: 6, B: 9, b: 9, bn: 9 }
const PER_NAME: Readonly<Record<string, string>> = {
  kg: '公斤',
  h: '小时',
  'm²': '平方米',
  '㎡': '平方米',
  m2: '平方米',
  lb: '磅',
  oz: '盎司',
  L: '升',
}

const number = (text: string) => readDecimal(text.replaceAll(',', '').replace(/\.0{1,2}$/, ''))
const per = (unit: string | undefined) => (unit === undefined ? '' : `每${PER_NAME[unit] ?? unit}`)

/** A million and a billion as Chinese counts: 2.5M is 二百五十万. */
function scaled(text: string, letter: string): string {
  const [whole = '', part = ''] = text.replaceAll(',', '').split('.')
  const digits = whole + part.padEnd(FACTOR[letter]!, '0')
  return part.length > FACTOR[letter]! ? number(text) : readCardinal(digits.replace(/^0+(?=\d)/, ''))
}

const named = (owner: string | undefined, currency: string) =>
  currency === '$' ? DOLLARS[owner ?? 'US']! : CURRENCY[currency]!
const minus = (sign: string | undefined) => (sign === '-' ? '负' : '')

export const ZH_MONEY_RULES: readonly Rule[] = [
  rule(
    `(${SIGNS})(${NUMBER})[-~～—到至](?:${SIGNS})?(${NUMBER})([万亿千百]?)${NAMED}${PER}`,
    ([, sign, from, to, scale, unit]) =>
      `${number(from!)}到${number(to!)}${scale}${CURRENCY[sign!]!}${per(unit)}`,
  ),
  rule(
    `(-?)${OWNER}(${SIGNS})\\s?(${NUMBER})(bn|[kKMmB])(?![A-Za-z])${NAMED}${PER}`,
    ([, sign, owner, currency, amount, letter, unit]) =>
      `${minus(sign)}${scaled(amount!, letter!)}${named(owner, currency!)}${per(unit)}`,
  ),
  rule(`(-?)${OWNER}(${SIGNS})\\s?(-?)(${NUMBER})([万亿千百]{0,2})${NAMED}${PER}(?!\\d)`, (match, text) => {
    const [, sign, owner, currency, behind, amount, scale, unit] = match
    if (sign === '-' && /\d/.test(text[match.index - 1] ?? '')) return undefined
    return `${minus(sign || behind)}${amount === '2' && scale === '' ? '两' : number(amount!)}${scale}${named(owner, currency!)}${per(unit)}`
  }),
  rule(
    `(-?${NUMBER})([万亿千百]{0,2})\\s?(${SIGNS}|(?:${CODES})(?![A-Za-z]))${PER}(?!\\d)`,
    (match, text) => {
      const [, amount, scale, currency, unit] = match
      if (/[\d.]/.test(text[match.index - 1] ?? '')) return undefined
      return `${minus(amount![0])}${number(amount!.replace('-', ''))}${scale}${CURRENCY[currency!]!}${per(unit)}`
    },
  ),
  rule(
    `(?:${CODES})\\s?(${NUMBER})([万亿千百]{0,2})${NAMED}`,
    ([whole, amount, scale]) => `${number(amount!)}${scale}${CURRENCY[whole.slice(0, 3)]!}`,
  ),
  rule(
    `(${NUMBER})([万亿千百]{0,2})(元|块钱|块|美元|欧元|日元)[/／](人|天|月|年|个|斤|公斤|次|件|小时|kg|时|平米|平方米|度|台|张|杯|份|位|晚|间|吨|米|瓶|周|h|m²|m2|㎡)`,
    ([, amount, scale, name, unit]) =>
      `${amount === '2' && scale === '' ? '两' : number(amount!)}${scale}${name}${per(unit)}`,
  ),
]
