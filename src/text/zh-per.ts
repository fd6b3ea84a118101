/**
 * One quantity to another in Chinese, whatever the two units are, as rules: 180g/mol, 1N/m², 10^9/L, 7.2L/100km.
 */
import { ahead, charBefore, type Rule, rule } from './rules.ts'
import { readDecimal } from './zh-numbers.ts'
import { SYMBOL_PATTERN, sayUnit, UNITS } from './zh-units.ts'

const BY: Readonly<Record<string, string>> = {
  mol: '摩尔',
  mmol: '毫摩尔',
  cal: '卡',
  μmol: '微摩尔',
  K: '开',
  d: '天',
  'dm³': '立方分米',
  dL: '分升',
  IU: '国际单位',
  U: '单位',
  ng: '纳克',
  pg: '皮克',
  pmol: '皮摩尔',
  nmol: '纳摩尔',
  mIU: '毫国际单位',
  μIU: '微国际单位',
}
const NAMES: Readonly<Record<string, string>> = { ...UNITS, ...BY }
const escaped = (units: readonly string[]) =>
  units
    .filter((one) => one !== '‰' && !one.includes('/'))
    .sort((a, b) => b.length - a.length)
    .map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('|')
const UNIT = `(?:${SYMBOL_PATTERN}|${escaped(Object.keys(NAMES))})`
const NUMBER = String.raw`(?:\d{1,3}(?:,\d{3}){1,4}(?!\d)|\d{1,12})(?:\.\d{1,20})?`
const nameOf = (symbol: string) => NAMES[symbol] ?? sayUnit(symbol)
const number = (text: string) => readDecimal(text.replaceAll(',', ''))
const END = '(?![A-Za-z\\d²³/])'
/** What the table of rates and units says in its own way. */
const OWN = /^(?:km\/h|m\/s)$/

export const ZH_PER_RULES: readonly Rule[] = [
  rule(`(${NUMBER})\\s?L\\s?[/／]\\s?100\\s?(?:km|公里)${END}`, (match, text) =>
    /[\w.]/.test(charBefore(match, text)) ? undefined : `每百公里${number(match[1]!)}升`,
  ),
  rule(
    `([万亿])(${UNIT})\\s?[/／]\\s?(${UNIT})${END}`,
    ([, scale, of, by]) => `${scale}${nameOf(of!)}每${nameOf(by!)}`,
  ),
  rule(`(${NUMBER})\\s?(${UNIT})\\s?[/／]\\s?(${UNIT})${END}`, (match, text) => {
    const [whole, count, of, by] = match
    const own = whole.slice(count!.length).trim()
    return /[\w.]/.test(charBefore(match, text)) || OWN.test(own) || UNITS[own] !== undefined
      ? undefined
      : `${number(count!)}${nameOf(of!)}每${nameOf(by!)}`
  }),
  rule(`(${NUMBER})\\s?(${UNIT})\\s?[/／]\\s?(1\\d{1,3})\\s?(${UNIT})${END}`, (match, text) =>
    /[\w.]/.test(charBefore(match, text))
      ? undefined
      : `每${number(match[3]!)}${nameOf(match[4]!)}${number(match[1]!)}${nameOf(match[2]!)}`,
  ),
  rule(String.raw`(\d{2,3})[/／](\d{2,3})\s?(km\/h|Hz)(?![A-Za-z\d])`, (match, text) =>
    /[\w.]/.test(charBefore(match, text))
      ? undefined
      : `${number(match[1]!)}或${number(match[2]!)}${match[3] === 'Hz' ? '赫兹' : '公里每小时'}`,
  ),
  rule('(?<=\\d\\s?V)\\s?[~～]\\s?(?=\\d)', () => '，'),
  // From one quantity to the other, each with its unit.
  rule(
    `(?=[-~～—])(?<=\\d\\s?(?:${UNIT}|[KMGT]B?))[-~～—](?=\\d{1,6}(?:\\.\\d{1,3})?\\s?(?:${UNIT}|[KMGT]B?)(?![A-Za-z\\d]))`,
    (match, text) => (/[A-Za-z]\d{1,4}\s?[A-Za-z]{1,3}$/.test(ahead(match, text, 8)) ? undefined : '到'),
  ),
  // Behind a power of ten, in full.
  rule(`10(?:\\^(\\d{1,3})|([²³]))\\s?(?:(${UNIT})\\s?)?[/／]\\s?(${UNIT})${END}`, (match, text) => {
    const [, exponent, raised, of, by] = match
    return /[\w.]/.test(charBefore(match, text))
      ? undefined
      : `十的${readDecimal(exponent ?? (raised === '²' ? '2' : '3'))}次方${of === undefined ? '' : nameOf(of)}每${nameOf(by!)}`
  }),
  rule(`(${NUMBER})\\s?cal${END}`, (match, text) =>
    /[\w.]/.test(charBefore(match, text)) ? undefined : `${number(match[1]!)}卡`,
  ),
  // Money by what it buys.
  rule(
    `(?<=[元块角分])\\s?[/／]\\s?(L|m³|m3|kWh|kg|km|GB|MB|Wh|h|min|t|亩|立方米|立方)${END}`,
    ([, by]) => `每${/^[GM]B$/.test(by!) ? by : nameOf(by!)}`,
  ),
  rule(String.raw`1\/(\d{2,5})\s?(?:s|秒)(?![A-Za-z\d])`, (match, text) =>
    /[\w.]/.test(charBefore(match, text)) ? undefined : `${readDecimal(match[1]!)}分之一秒`,
  ),
]
