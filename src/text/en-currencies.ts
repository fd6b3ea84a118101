/**
 * Currencies by their signs and codes: what one and many of them are called, and their hundredth parts.
 */
export interface Currency {
  readonly one: string
  readonly many: string
  /** Hundredth parts, where people name them. */
  readonly cent?: readonly [string, string]
}

const CENT = ['cent', 'cents'] as const
export const CURRENCIES: Readonly<Record<string, Currency>> = {
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
  Rs: { one: 'rupee', many: 'rupees', cent: ['paisa', 'paise'] },
  USD: { one: 'US dollar', many: 'US dollars', cent: CENT },
  EUR: { one: 'euro', many: 'euros', cent: CENT },
  GBP: { one: 'pound', many: 'pounds', cent: ['penny', 'pence'] },
  CHF: { one: 'Swiss franc', many: 'Swiss francs' },
  CAD: { one: 'Canadian dollar', many: 'Canadian dollars', cent: CENT },
  AUD: { one: 'Australian dollar', many: 'Australian dollars', cent: CENT },
  NZD: { one: 'New Zealand dollar', many: 'New Zealand dollars', cent: CENT },
  JPY: { one: 'yen', many: 'yen' },
  CNY: { one: 'yuan', many: 'yuan' },
  RMB: { one: 'yuan', many: 'yuan' },
  INR: { one: 'rupee', many: 'rupees' },
  HKD: { one: 'Hong Kong dollar', many: 'Hong Kong dollars', cent: CENT },
  SGD: { one: 'Singapore dollar', many: 'Singapore dollars', cent: CENT },
  KRW: { one: 'won', many: 'won' },
  SEK: { one: 'Swedish krona', many: 'Swedish kronor' },
  NOK: { one: 'Norwegian krone', many: 'Norwegian kroner' },
  MXN: { one: 'Mexican peso', many: 'Mexican pesos' },
  BRL: { one: 'Brazilian real', many: 'Brazilian reais' },
  BTC: { one: 'bitcoin', many: 'bitcoins' },
  R$: { one: 'Brazilian real', many: 'Brazilian reais' },
  zł: { one: 'zloty', many: 'zlotys' },
  kr: { one: 'krone', many: 'kroner' },
  Kč: { one: 'koruna', many: 'koruna' },
  '₱': { one: 'peso', many: 'pesos' },
  '₪': { one: 'shekel', many: 'shekels' },
  '₴': { one: 'hryvnia', many: 'hryvnias' },
  '₦': { one: 'naira', many: 'naira' },
}
export const PREFIXES: Readonly<Record<string, string>> = {
  US: 'US ',
  A: 'Australian ',
  AU: 'Australian ',
  C: 'Canadian ',
  CA: 'Canadian ',
  HK: 'Hong Kong ',
  NZ: 'New Zealand ',
  S: 'Singapore ',
}
