/**
 * Chinese text with digits, signs and symbols → text as it is said.
 *
 * The patterns are those of the reference's Chinese normaliser (wetext 0.1.8), as one ordered list of rules. The first
 * rule that matches at a place wins; a character that no rule takes stays. Each rule starts where the last match
 * ended, so the whole is linear in the text.
 */
import { charBefore, type Rule, rewrite, rule, ruleSet, type Say } from './rules.ts'
import { readCardinal, readDecimal, readDigits, readTelephone, readUnpadded } from './zh-numbers.ts'
import { CLASSIFIER_PATTERN, RATE_PATTERN, SYMBOL_PATTERN, sayRate, sayUnit, takesLiang } from './zh-units.ts'

const NUMBER = String.raw`\d{1,12}(?:\.\d{1,20})?`
/** Thousands may be grouped where a unit follows. */
const GROUPED = String.raw`(?:\d{1,3}(?:,\d{3}){1,9}(?:\.\d{1,20})?|${NUMBER})`
const FOLLOWS = `(?:${SYMBOL_PATTERN}|${CLASSIFIER_PATTERN})`
const MONTH = '(?:0?[1-9]|1[0-2])'
const DAY = String.raw`(?:0?[1-9]|[12]\d|3[01])`
const MONTH2 = '(?:0[1-9]|1[0-2])'
const DAY2 = String.raw`(?:0[1-9]|[12]\d|3[01])`
const YEAR = String.raw`[1-9]\d{3}`
const CLOCK = String.raw`(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?`
const CURRENCY: Readonly<Record<string, string>> = {
  '¥': '元',
  '￥': '元',
  $: '美元',
  '€': '欧元',
  '£': '英镑',
}
export const EMERGENCY = '110|111|112|114|119|120|122'
const SERVICE = '10010|10086|12110|12306|12315|12320|12333|12345|955(?:00|11|33|55|66|88|99)'

const plain = (number: string) => readDecimal(number.replaceAll(',', ''))
const signed = (number: string) =>
  number.startsWith('-')
    ? `负${plain(number.slice(1))}`
    : number.startsWith('+')
      ? `正${plain(number.slice(1))}`
      : plain(number)
const sayDate = (year: string, month: string, day?: string) =>
  `${readDigits(year)}年${readUnpadded(month)}月${day === undefined ? '' : `${readUnpadded(day)}日`}`

function sayClock(clock: string): string {
  const [hour = '', minute = '', second] = clock.split(':')
  const hours = Number(hour) === 2 ? '两' : readUnpadded(hour)
  const minutes = minute === '00' ? '' : `${readCardinal(minute)}分`
  return `${hours}点${minutes}${second === undefined || second === '00' ? '' : `${readUnpadded(second)}秒`}`
}

/** A number before a classifier or unit: a bare 2 is 两. */
function counted(number: string, liang: boolean): string {
  return number === '2' && liang ? '两' : signed(number)
}

const notInNumber: Say = (match, text) => (/[\d.]/.test(text[match.index - 1] ?? '') ? undefined : '')

export const REFERENCE_RULES: readonly Rule[] = [
  // Money: the sign first, then a number without grouping.
  rule(`([¥￥$€£])(-?${NUMBER})(?![\\d万亿])`, ([, sign, number]) => `${signed(number!)}${CURRENCY[sign!]!}`),

  // Dates.
  rule(`(${YEAR})([-/.])(${MONTH})\\2(${DAY})(?!\\d)`, ([, year, , month, day]) =>
    sayDate(year!, month!, day!),
  ),
  rule(`(${YEAR})[-/](${MONTH2})(?![\\d/-])`, ([, year, month]) => sayDate(year!, month!)),
  rule(`(\\d{4})[-~](\\d{4})年`, ([, from, to]) => `${readDigits(from!)}到${readDigits(to!)}年`),
  rule(`(\\d{4,40})年`, ([, year]) => `${readDigits(year!)}年`),
  rule(`(\\d0)后`, ([, decade]) => `${readDigits(decade!)}后`),
  rule(`(${MONTH2})[-/.](${DAY2})(?![\\d./-])(?!${FOLLOWS}|%)`, (match, text) =>
    notInNumber(match, text) === undefined
      ? undefined
      : `${readUnpadded(match[1]!)}月${readUnpadded(match[2]!)}日`,
  ),
  rule(`(1[0-2])/(${DAY})(?![\\d/])`, (match, text) =>
    notInNumber(match, text) === undefined
      ? undefined
      : `${readUnpadded(match[1]!)}月${readUnpadded(match[2]!)}日`,
  ),

  // Clock times and their ranges; anything else with a colon is a ratio.
  rule(`(${CLOCK})[-~](${CLOCK})(?![\\d:])`, ([, from, to]) => `${sayClock(from!)}到${sayClock(to!)}`),
  rule(`(${CLOCK})(?:\\s?[aApP]\\.?[mM]\\.?)?(?![\\d:-])`, (match, text) =>
    notInNumber(match, text) === undefined ? undefined : sayClock(match[1]!),
  ),
  rule(
    `(\\d{1,12}):(\\d{1,12})(?!\\d|\\. )`,
    ([, left, right]) => `${readCardinal(left!)}比${readCardinal(right!)}`,
  ),

  // Numbers that are dialled or name a machine.
  rule(`(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})(?![\\d.])`, ([, ...parts]) =>
    parts
      .slice(0, 4)
      .map((part) => readDigits(part!))
      .join('点'),
  ),
  rule(`(0\\d{2,3})-(\\d{8})(?!\\d)`, ([, area, rest]) => readDigits(area! + rest!)),
  rule(`([48]00)-(\\d{3})-(\\d{4})(?!\\d)`, ([, ...parts]) => readDigits(parts.slice(0, 3).join(''))),

  // Blood pressure. Judgement: the reference takes the sign for a fraction's.
  rule(
    `(\\d{1,3})/(\\d{1,3})mmHg`,
    ([, above, below]) => `${readCardinal(above!)}比${readCardinal(below!)}${sayUnit('mmHg')}`,
  ),

  // Share and temperature, then fractions.
  rule(`([-+]?${NUMBER})%[-~](${NUMBER})%`, ([whole, from, to]) =>
    whole.includes('~')
      ? `百分之${signed(from!)}到百分之${plain(to!)}`
      : `百分之${signed(from!)}百分之负${plain(to!)}`,
  ),
  rule(`(${NUMBER})-(${NUMBER})%`, ([, from, to]) => `${plain(from!)}减百分之${plain(to!)}`),
  rule(`([-+]?${NUMBER})%`, ([, number]) => `百分之${signed(number!)}`),
  rule(
    `(-?\\d{1,12})/(\\d{1,12})(?![\\d/])`,
    ([, above, below]) => `${readCardinal(below!)}分之${signed(above!)}`,
  ),

  // Ranges of counted things, and of bare numbers with a tilde.
  rule(
    `(-?${NUMBER})[-~到](${NUMBER})(${SYMBOL_PATTERN})`,
    ([, from, to, unit]) => `${counted(from!, true)}到${counted(to!, true)}${sayUnit(unit!)}`,
  ),
  rule(`(${NUMBER})[-~到](${NUMBER})(?=(${CLASSIFIER_PATTERN}|[万亿]))`, (match, text) => {
    const [, from, to, unit] = match
    const liang = takesLiang(unit!) && charBefore(match, text) !== '第'
    return `${counted(from!, liang)}到${counted(to!, liang)}`
  }),
  rule(`(${NUMBER})~(${NUMBER})`, ([, from, to]) => `${plain(from!)}到${plain(to!)}`),

  // Counted things.
  rule(`(约?)(${GROUPED})(${RATE_PATTERN})`, ([, about, number, unit]) => {
    const [before, after] = sayRate(unit!, '\0').split('\0') as [string, string]
    return `${before}${about}${counted(number!, true)}${after}`
  }),
  rule(
    `([-+]?${GROUPED})(${SYMBOL_PATTERN})`,
    ([, number, unit]) => `${counted(number!, true)}${sayUnit(unit!)}`,
  ),
  // A height: 1米75 is not seventy-five metres more.
  rule(`([12])米(\\d{2})(?!\\d|\\.\\d|厘米|公分|cm)`, (match, text) =>
    notInNumber(match, text) === undefined
      ? undefined
      : `${readCardinal(match[1]!)}米${readDigits(match[2]!)}`,
  ),
  rule(`([-+]?${GROUPED})(?=(${CLASSIFIER_PATTERN}))`, (match, text) =>
    counted(match[1]!, takesLiang(match[2]!) && charBefore(match, text) !== '第'),
  ),
  rule(`(${GROUPED})(?=[万亿千百])`, ([, number]) => counted(number!, true)),

  // Bare numbers that are said digit by digit.
  rule(`(?:${EMERGENCY}|${SERVICE})(?![\\d.]|\\s?[×xX*]\\s?\\d)`, (match, text) =>
    notInNumber(match, text) === undefined ? undefined : readTelephone(match[0]),
  ),
  rule(`\\d{11}(?!\\d)`, ([digits]) => readTelephone(digits)),
  // Judgement: longer than any number, so an identifier. (The reference says a part of it as a number.)
  rule(`\\d{13,40}`, ([digits]) => readTelephone(digits)),

  // Sums. An operator is said only where it stands between what can be calculated.
  rule(`(\\d{1,40})\\.(?=\\d{1,40}\\.\\d)`, ([, digits]) => `${readCardinal(digits!)}.`),
  rule(`[-+]?${NUMBER}`, (match, text) => {
    const [number] = match
    if (!/^[-+]/.test(number)) return readDecimal(number)
    return /\d/.test(text[match.index - 1] ?? '')
      ? `${number[0] === '-' ? '减' : '加'}${readDecimal(number.slice(1))}`
      : signed(number)
  }),
  rule(`[×÷=><≥≤±](?=[-+]?\\d)`, (match, text) => {
    const [sign] = match
    const afterNumber = /\d/.test(text[match.index - 1] ?? '')
    if (sign === '×') return '乘'
    if (sign === '±') return '正负'
    return afterNumber
      ? { '÷': '除', '=': '等于', '>': '大于', '<': '小于', '≥': '大于等于', '≤': '小于等于' }[sign]
      : undefined
  }),
  rule(`×`, (match, text) => (/\d/.test(text[match.index - 1] ?? '') ? '乘' : undefined)),
]

const RULE_SET = ruleSet(REFERENCE_RULES)

/** Characters at which a rule can begin: everything else is passed over without trying any. */
const STARTS = /[\d¥￥$€£+\-×÷=><≥≤±约]/

export const canStartChinese = (text: string, at: number): boolean => STARTS.test(text[at]!)

export function normaliseChinese(text: string): string {
  const narrow = text.replace(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0))
  const said = rewrite(narrow, RULE_SET, canStartChinese)
  // The reference's decoder escapes quotation marks; `polish` (front-end.ts) takes that back before speaking.
  return said.trim().replaceAll('"', '\\"')
}
