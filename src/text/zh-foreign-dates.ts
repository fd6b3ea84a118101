/**
 * Days and hours in Chinese that stand as English writes them, as rules: 30 Nov 2024, 9-11:30pm, 5/1.
 */
import { charBefore, inNumber, type Rule, rule } from './rules.ts'
import { readCardinal, readClock, readDigits, readUnpadded } from './zh-numbers.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const MONTH =
  '(Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\\.?'
const DAY = '(3[01]|[12]\\d|0?[1-9])(?:st|nd|rd|th)?'
const YEAR = '((?:19|20)\\d\\d)'
const monthOf = (name: string) => readCardinal(String(MONTHS.indexOf(name.slice(0, 3)) + 1))
const dayOf = (month: string, day: string, year: string | undefined) =>
  `${year === undefined ? '' : `${readDigits(year)}年`}${monthOf(month)}月${readUnpadded(day)}日`

/** Parts of the day on a clock of twelve. */
const partOf = (hour: number, isLate: boolean) =>
  isLate
    ? hour === 12
      ? '中午'
      : hour < 6
        ? '下午'
        : '晚上'
    : hour === 12
      ? '午夜'
      : hour < 6
        ? '凌晨'
        : '上午'

export const ZH_FOREIGN_DATE_RULES: readonly Rule[] = [
  rule(`${DAY}\\s?${MONTH},?\\s?${YEAR}(?!\\d)`, (match, text) =>
    inNumber(match, text) ? undefined : dayOf(match[2]!, match[1]!, match[3]!),
  ),
  rule(`${MONTH}\\s?${DAY}(?:,?\\s${YEAR})?(?![\\d.:%/-]|\\s?[A-Za-z])`, (match, text) =>
    /[A-Za-z]/.test(charBefore(match, text)) ? undefined : dayOf(match[1]!, match[2]!, match[3]),
  ),
  // The half of the day is told behind both hours.
  rule(
    String.raw`(\d{1,2})(?:[:：]([0-5]\d))?\s?[-~～—至到]\s?(\d{1,2})(?:[:：]([0-5]\d))?\s?([aApP])\.?[mM](?![A-Za-z])`,
    (match, text) => {
      const [, from, fromMinute, to, toMinute, half] = match
      const [first, last] = [Number(from), Number(to)]
      if (inNumber(match, text) || first < 1 || first > 12 || last < 1 || last > 12) return undefined
      const isLate = half!.toLowerCase() === 'p'
      const isFirstLate = isLate === first % 12 <= last % 12
      const said = /[午晨晚上]$/.test(charBefore(match, text)) ? '' : partOf(first, isFirstLate)
      const again = partOf(last, isLate)
      return `${said}${readClock(from!, fromMinute)}到${again === said || said === '' ? '' : again}${readClock(to!, toMinute)}`
    },
  ),
  // Nothing is divided by one: a month and its first day.
  rule(String.raw`(1[0-2]|[2-9])\/1(?![\d/.:]|\s?[=＝+*×÷]|\s?[-~～—至到]\s?\d{1,2}\/)`, (match, text) =>
    /[\w./+*=＝×÷-]/.test(charBefore(match, text)) ? undefined : `${readCardinal(match[1]!)}月一日`,
  ),
  // How long a runner takes for a kilometer.
  rule(String.raw`(\d{1,2})['’′](\d{2})(?:["″”]|'')\s?[/／]\s?(km|公里|千米)(?![A-Za-z])`, (match, text) =>
    inNumber(match, text)
      ? undefined
      : `${match[1] === '2' ? '两' : readCardinal(match[1]!)}分${match[2]!.startsWith('0') ? '零' : ''}${readUnpadded(match[2]!)}秒每公里`,
  ),
]
