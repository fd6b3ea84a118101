/**
 * Sums, quotients and limits as they are typed on a line in Chinese, as rules: (a+b)/2, y=1/x, +∞, 1+2+…+100, J/(kg·℃).
 */
import { ahead, behind, charBefore, inNumber, type Rule, rule } from './rules.ts'
import { readCardinal, readDecimal } from './zh-numbers.ts'
import { SYMBOL_PATTERN, sayUnit, UNITS } from './zh-units.ts'

const REACH = 24
/** Whether something is reckoned near a match. */
const isReckoned = (match: RegExpExecArray, text: string) =>
  /[=＝≠<>≤≥²³√^]/.test(ahead(match, text, REACH) + behind(match, text, REACH))
/** Units of quotients beside those of the tables. */
const QUOTIENT_UNITS: Readonly<Record<string, string>> = {
  K: '开',
  mol: '摩尔',
  cal: '卡',
  d: '天',
  eV: '电子伏',
}
const UNIT = `(?:${[...Object.keys(UNITS), ...Object.keys(QUOTIENT_UNITS)]
  .filter((one) => !/[‰/·]/.test(one))
  .sort((a, b) => b.length - a.length)
  .join('|')}|${SYMBOL_PATTERN})`
const nameOf = (unit: string) => QUOTIENT_UNITS[unit] ?? UNITS[unit] ?? sayUnit(unit)
/** What is measured in without a number: 多少kg. */
const BARE = 'km²|m²|cm²|dm²|km|kg|mg|cm|mm|dm|mL|ml|m|g|L|t|h|min|kWh|km/h|m/s|N|W|V|A|J|Pa|Hz|℃|°C'

export const ZH_RECKONING_RULES: readonly Rule[] = [
  // A unit of one thing for two others: 4.2×10³J/(kg·℃).
  rule(
    `(?:(\\d{1,6}(?:\\.\\d{1,4})?)\\s?)?(${UNIT})\\s?[/／]\\s?[(（](${UNIT})\\s?[·⋅*×]\\s?(${UNIT})[)）]`,
    (match, text) => {
      const [, count, of, by, and] = match
      return /[A-Za-z.]/.test(charBefore(match, text))
        ? undefined
        : `${count === undefined ? '' : readDecimal(count)}${nameOf(of!)}每${nameOf(by!)}${nameOf(and!)}`
    },
  ),
  rule(
    '(?=10[²³])(?<=\\d\\s?[×xX*]\\s?)10([²³])(?!\\s?(?:[A-Za-zμ℃](?![A-Za-z]*\\/\\()))',
    ([, power]) => `十的${power === '²' ? '二' : '三'}次方`,
  ),
  rule(`(?=[kmcdgLthNWVAJPH℃°])(?<=多少|[^\\d几]几)\\s?(${BARE})(?![A-Za-z\\d/²³])`, ([, unit]) =>
    unit === 'km/h' ? '公里每小时' : nameOf(unit!),
  ),
  // What is divided: behind brackets and powers, under a letter; a fraction that equals something.
  rule('(?=\\s?[/／])(?<=[)）²³]\\s?)[/／]\\s?(?=\\d|[A-Za-z](?![A-Za-z]))', (match, text) =>
    isReckoned(match, text) ? '除以' : undefined,
  ),
  rule('(\\d{1,6}(?:\\.\\d{1,4})?)[/／](?=\\d{1,6}\\.\\d)', (match, text) =>
    inNumber(match, text) || !isReckoned(match, text) ? undefined : `${readDecimal(match[1]!)}除以`,
  ),
  rule('(\\d{1,4})[/／]([abknpqrxy])(?![\\w.])', (match, text) =>
    inNumber(match, text) || !isReckoned(match, text)
      ? undefined
      : `${match[2]}分之${readCardinal(match[1]!)}`,
  ),
  rule('(?=\\d)(?<=[=＝]\\s?)(\\d{1,4})[/／](\\d{1,4})(?=\\s?[=＝])', (match, text) =>
    /[%％\d]\s?[=＝]\s?$/.test(ahead(match, text, 4))
      ? `${readCardinal(match[2]!)}分之${readCardinal(match[1]!)}`
      : undefined,
  ),
  // Letters that are taken away: (a-b)(a+b), 3a+2b-c, b-a.
  rule('(?=\\s?[-−])(?<=(?:^|[^A-Za-z])[a-z])\\s?[-−]\\s?(?=\\d?[a-z](?![A-Za-z]))', (match, text) =>
    isReckoned(match, text) || /\+/.test(ahead(match, text, REACH)) ? '减' : undefined,
  ),
  rule('(?=\\s?[-−])(?<=[\\d)）])\\s?[-−]\\s?(?=[(（]\\s?[-−]?\\d)', (match, text) =>
    isReckoned(match, text) ? '减' : undefined,
  ),
  rule('√(?=[a-zA-Z(（])', () => '根号'),
  rule('([+-])∞', ([, sign]) => (sign === '+' ? '正无穷大' : '负无穷大')),
  rule(
    '(?=\\s?\\+)(?<=[\\w)）]\\s?)\\+\\s?(?:…{1,2}|⋯{1,2}|\\.{3,6})\\s?\\+\\s?(?=[\\w(（])',
    () => '，一直加到',
  ),
  // All numbers up to one, multiplied.
  rule('([a-z])[!！](?=\\s?[=＝]\\s?([a-z\\d]))', (match, text) =>
    !/[A-Za-z\d]/.test(charBefore(match, text)) && match[2] === match[1] ? `${match[1]}的阶乘` : undefined,
  ),
  rule('(?=[)）])(?<=[(（][a-z][-+−]\\d)[)）][!！]', () => '的阶乘'),
  rule('log(\\d{1,3})[(（](\\d{1,6}|[a-z])[)）]', (match, text) =>
    /[A-Za-z]/.test(charBefore(match, text))
      ? undefined
      : `以${readCardinal(match[1]!)}为底${/\d/.test(match[2]!) ? readCardinal(match[2]!) : match[2]}的对数`,
  ),
  rule('(?=\\d)(?<=(?:^|[^A-Za-z])(?:lg|ln|log))(\\d{1,9})(?![\\w.(（])', ([, number]) =>
    readCardinal(number!),
  ),
  rule('⊙(?=[A-Z])', () => '圆'),
  rule(
    '(?=\\d)(?<=[=＝]\\s?)(\\d{1,6})[:：](\\d{1,6})(?![\\d:：])',
    ([, left, right]) => `${readCardinal(left!)}比${readCardinal(right!)}`,
  ),
  rule('[a-z](?::[a-z]){2,4}(?=\\s?[=＝])', (match, text) =>
    inNumber(match, text) ? undefined : match[0].replaceAll(':', '比'),
  ),
  // Functions of capitals, products of letters, the whole of a bracket below zero.
  rule('([PEDF])[(（]([A-Z])[)）]', (match, text) =>
    /[A-Za-z\\d]/.test(charBefore(match, text)) ? undefined : `${match[1]} ${match[2]}`,
  ),
  rule('(?=·)(?<=[a-z])·(?=(?:sin|cos|tan)|[a-z](?![A-Za-z]))', () => '乘'),
  rule('(?=[/／])(?<=[(（√][A-Za-z])[/／](?=[A-Za-z][)）])', () => '除以'),
  rule('(?=-)(?<=^|[，。；=＝(（\\s])-(?=[(（]\\s?-?[\\da-z])', () => '负'),
  // Three and more that go together: 2:1:3.
  rule('\\d{1,3}(?:[:：]\\d{1,3}){2,5}(?![\\d:：.])', (match, text) => {
    const parts = match[0].split(/[:：]/)
    const isClock = parts.length === 3 && parts.slice(1).every((part) => /^[0-5]\d$/.test(part))
    return inNumber(match, text) || (isClock && !/[=＝]\s?$/.test(ahead(match, text, 2)))
      ? undefined
      : parts.map(readCardinal).join('比')
  }),
]
