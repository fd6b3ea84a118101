/**
 * Chinese counts and signs that what stands beside them tells: grades, shares with a plus, clocks with a wide colon.
 */
import { charBefore, inNumber, type Rule, rule } from './rules.ts'
import { readCardinal, readClock, readDecimal, readDigits, readTelephone } from './zh-numbers.ts'

const CURRENCIES =
  '(?:美元|人民币|欧元|日元|英镑|港元|港币|澳元|加元|瑞郎|韩元|卢布|泰铢|新元|USD|CNY|EUR|JPY|GBP|HKD)'
const CODES: Readonly<Record<string, string>> = {
  USD: '美元',
  CNY: '人民币',
  CNH: '离岸人民币',
  EUR: '欧元',
  JPY: '日元',
  GBP: '英镑',
  HKD: '港元',
  AUD: '澳元',
  CAD: '加元',
  CHF: '瑞郎',
}
const PAIRED = Object.keys(CODES).join('|')
const SIDES: Readonly<Record<string, string>> = { N: '北纬', S: '南纬', E: '东经', W: '西经' }

export const ZH_COUNT_RULES: readonly Rule[] = [
  // A name and a year, and nothing else.
  rule('(?<=^[\\u4e00-\\u9fff]{1,6})((?:19|20)\\d\\d)(?=\\s*$)', ([, year]) => readDigits(year!)),
  rule(
    String.raw`(?=[-+])(?<=[A-Za-z]{2})([-+])(\d{1,9}(?:\.\d{1,6})?)\s?[%％]`,
    ([, sign, share]) => `${sign === '-' ? '，负' : '，正'}百分之${readDecimal(share!)}`,
  ),
  rule(String.raw`\+(\d{1,9}(?:\.\d{1,6})?)\s?[%％]`, (match, text) =>
    /[\d)）A-Za-z]/.test(charBefore(match, text)) ? undefined : `正百分之${readDecimal(match[1]!)}`,
  ),
  rule(String.raw`\+\s?(?=[￥¥$€£]\s?\d)`, () => '加'),
  rule(String.raw`(?<=\d)\s?[~～]\s?(?=-\d)`, () => '到'),
  rule('(?<=^|[\\s，。！])\\+1(?![\\d.%])', () => '加一'),
  rule('(?<=[%％])\\s?[:：]\\s?(?=\\d{1,3}(?:\\.\\d{1,2})?[%％])', () => '比'),
  // One currency in another, and what a square meter costs a month.
  rule(`(${PAIRED})\\s?[/／]\\s?(${PAIRED})(?![A-Za-z])`, (match, text) =>
    inNumber(match, text) ? undefined : `${CODES[match[1]!]!}兑${CODES[match[2]!]!}`,
  ),
  rule(`(?<=${CURRENCIES})\\s?[/／]\\s?(?=${CURRENCIES})`, () => '兑'),
  rule('(?<=[元块])\\s?[/／]\\s?(?:m2|m²|㎡|平米|平方米)[·•/／](月|天|日|年)', ([, by]) => `每平方米每${by}`),
  // Where on the globe.
  rule(String.raw`(\d{1,3}(?:\.\d{1,6})?)°\s?([NSEW])(?![A-Za-z])`, (match, text) =>
    inNumber(match, text) ? undefined : `${SIDES[match[2]!]}${readDecimal(match[1]!)}度`,
  ),
  rule(String.raw`([NSEW])\s?(\d{1,3}(?:\.\d{1,6})?)°(?:\s?(\d{1,2})['′])?(?!\s?[CF\d])`, (match, text) => {
    const [, side, degrees, minutes] = match
    return /[A-Za-z\d]/.test(charBefore(match, text))
      ? undefined
      : `${SIDES[side!]}${readDecimal(degrees!)}度${minutes === undefined ? '' : `${readCardinal(minutes)}分`}`
  }),
  rule('(?=[-+])(?<=(?:^|[^A-Za-z])Rh)[-+](?=[，。、；！？\\s)）血型]|$)', ([sign]) =>
    sign === '-' ? '阴性' : '阳性',
  ),
  // Letters in formulas.
  rule('(?<=[=＝(（]\\s?)-(?=[a-z](?![A-Za-z]))', () => '负'),
  rule('(?<=[=＝][^，。！？；]{0,12}(?<![A-Za-z])[a-z]\\d?)\\/(?=[a-z\\d](?![A-Za-z]))', () => '除以'),
  // Pages, classes, days that a point stands in, what the net counts in digits.
  rule(String.raw`[Pp]\.?(\d{1,4})\s?[-~～—]\s?(\d{1,4})(?![\d-])`, (match, text) =>
    inNumber(match, text) || Number(match[1]) >= Number(match[2])
      ? undefined
      : `第${readCardinal(match[1]!)}到${readCardinal(match[2]!)}页`,
  ),
  rule(String.raw`[（(](\d{1,2})[)）](?=班)`, ([, number]) => readCardinal(number!)),
  rule(
    String.raw`(?<=[“"])(\d{1,2})[.·](\d{1,2})(?=[”"](?:运动|事变|事件|地震|惨案|大促|讲话))`,
    ([, month, day]) => readDigits(month! + day!),
  ),
  rule(String.raw`(1[12])·\1(?!\d)`, (match, text) =>
    inNumber(match, text) ? undefined : `双${readCardinal(match[1]!)}`,
  ),
  rule('(?<=[了哈笑呵]\\s?)233+(?![\\d.%元个])', ([laugh]) => readDigits(laugh)),
  rule('(?:996|007)(?=[，。、！？]|\\s*$)', (match, text) =>
    inNumber(match, text) ? undefined : readDigits(match[0]),
  ),
  rule('(?:985|211)(?!\\d)', (match, text) =>
    inNumber(match, text) ||
    !/985[\s\S]{0,3}211|211[\s\S]{0,3}985/.test(text.slice(Math.max(0, match.index - 6), match.index + 9))
      ? undefined
      : readTelephone(match[0]),
  ),
  rule(
    String.raw`(?<=(?:KDA|战绩)(?:是|为|[:：])?\s?)(\d{1,3})\/(\d{1,3})\/(\d{1,3})(?![\d/])`,
    ([, ...parts]) =>
      parts
        .slice(0, 3)
        .map((part) => readCardinal(part!))
        .join('、'),
  ),
  // Grades.
  rule('(?<=(?:^|[^A-Za-z\\d])[A-F])([+-])(?=[，。、！？；)）]|\\s*$)', ([, sign]) =>
    sign === '+' ? '加' : '减',
  ),
  rule(String.raw`([01]?\d|2[0-4])：([0-5]\d)(?![\d：:]|\s?[aApP]\.?[mM])`, (match, text) => {
    const [, hour, minute] = match
    return inNumber(match, text) || charBefore(match, text) === '：' ? undefined : readClock(hour!, minute)
  }),
  // The minute of a game with what was added.
  rule(
    String.raw`(\d{1,3})\+(\d{1,2})['’′]`,
    ([, minute, added]) => `${readCardinal(minute!)}加${readCardinal(added!)}分钟`,
  ),
  rule('(?<=[》”])\\s?[-–—]\\s?(?=[\\u4e00-\\u9fffA-Z])', () => '，'),
]
