/**
 * Chinese dates whose month comes first, halves of the day, ranges of weekdays, years and times in words, as rules.
 */
import { ahead, charBefore, inNumber, type Rule, rule } from './rules.ts'
import { readCardinal, readClock, readDigits, readUnpadded } from './zh-numbers.ts'

/** Of an hour on a clock of twelve; undefined for other numbers. */
function partOfDay(hour: number, afternoon: boolean): string | undefined {
  if (hour < 1 || hour > 12) return undefined
  if (hour === 12) return afternoon ? '中午' : '午夜'
  return afternoon ? (hour < 6 ? '下午' : '晚上') : hour < 6 ? '凌晨' : '上午'
}

export const ZH_CALENDAR_RULES: readonly Rule[] = [
  // Halves of the day, as Chinese names them.
  rule(String.raw`(\d{1,2})(?:[:：]([0-5]\d))?\s?([aApP])(?:\.[mM]\.?|[mM])(?![A-Za-z])`, (match, text) => {
    const [, hour, minute, half] = match
    const part = partOfDay(Number(hour), half!.toLowerCase() === 'p')
    if (inNumber(match, text) || part === undefined) return undefined
    return `${/[午晨晚上]$/.test(text.slice(Math.max(0, match.index - 1), match.index)) ? '' : part}${readClock(hour!, minute)}`
  }),

  rule(String.raw`(?<=[aApP]\.?[mM]\.?)\s?[-~～—]\s?(?=\d)`, () => '到'),

  rule('0([1-9])(?=月)', (match, text) => (inNumber(match, text) ? undefined : readCardinal(match[1]!))),
  rule('(?<=月)0([1-9])(?=[日号])', ([, day]) => readCardinal(day!)),
  rule('(?<=第)0([1-9])(?!\\d)', ([, number]) => readCardinal(number!)),
  rule('2(?=点(?!\\d|[零一二三四五六七八九]))', (match, text) =>
    inNumber(match, text) || charBefore(match, text) === '第' ? undefined : '两',
  ),
  rule(String.raw`(\d{1,2})h(\d{1,2})m(?:in)?(?![A-Za-z])`, (match, text) =>
    inNumber(match, text)
      ? undefined
      : `${match[1] === '2' ? '两' : readCardinal(match[1]!)}小时${readUnpadded(match[2]!)}分钟`,
  ),
  // The year goes first, in two digits or in eight with its month and day; the same number twice is a day, no fraction.
  rule(String.raw`(1[3-9]|[23]\d)\/(0?[1-9]|1[0-2])\/([12]\d|3[01]|0?[1-9])(?![\d/])`, (match, text) =>
    inNumber(match, text)
      ? undefined
      : `二零${readDigits(match[1]!)}年${readUnpadded(match[2]!)}月${readUnpadded(match[3]!)}日`,
  ),
  rule(
    String.raw`((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?![\d.,]{0,24}\d|[A-Za-z元块个])`,
    (match, text) =>
      inNumber(match, text)
        ? undefined
        : `${readDigits(match[1]!)}年${readUnpadded(match[2]!)}月${readUnpadded(match[3]!)}日`,
  ),
  // Three numbers with dashes are a day, or the parts of a code that a word in front names.
  rule(String.raw`(\d{2})-(\d{1,2})-(\d{1,2})(?![\w-]|\s?[=＝])`, (match, text) => {
    const [whole, year, month, day] = match
    if (inNumber(match, text)) return undefined
    if (/[号码单锁箱柜位]\s?[:：是为]?\s?$/.test(text.slice(Math.max(0, match.index - 4), match.index)))
      return whole.split('-').map(readDigits).join('杠')
    return Number(year) >= 15 && Number(year) < 30 && Number(month) <= 12 && Number(day) <= 31
      ? `二零${readDigits(year!)}年${readUnpadded(month!)}月${readUnpadded(day!)}日`
      : undefined
  }),
  rule(String.raw`([1-9]|1[0-2])\/(\1)(?![\d/]|\.\d|\s?[=＝])`, (match, text) =>
    inNumber(match, text) || /[+*/=-]/.test(charBefore(match, text))
      ? undefined
      : `${readCardinal(match[1]!)}月${readCardinal(match[1]!)}日`,
  ),
  rule(
    String.raw`((?:19|20)\d\d)(?=届|级|款|新[款版品年]|最新|[春夏秋冬][款季夏冬]|版|[HQ][1-4](?!\d)|财年|学年|赛季|世界杯|奥运|高考|考研|新年|元旦|国庆)`,
    (match, text) => (inNumber(match, text) ? undefined : readDigits(match[1]!)),
  ),
  // As machines write a day with its hour, and parts of a second.
  rule(
    String.raw`((?:19|20)\d\d)-(\d\d)-(\d\d)T(\d\d):([0-5]\d)(?::([0-5]\d)(?:\.\d{1,9})?)?(?:(Z)|([+-])(\d\d):?\d\d)?(?![\w:])`,
    (match, text) => {
      const [, year, month, day, hour, minute, second, utc, sign, zone] = match
      if (inNumber(match, text)) return undefined
      const seconds = second === undefined || second === '00' ? '' : `${readUnpadded(second)}秒`
      const away = sign === undefined ? '' : `${sign === '+' ? '加' : '减'}${readUnpadded(zone!)}`
      return `${readDigits(year!)}年${readUnpadded(month!)}月${readUnpadded(day!)}日${readUnpadded(hour!)}点${readCardinal(minute!)}分${seconds}${utc === undefined && sign === undefined ? '' : `，UTC${away}`}`
    },
  ),
  rule(String.raw`([01]?\d|2[0-3]):([0-5]\d):([0-5]\d)[.,](\d{1,6})(?![\d.])`, (match, text) => {
    const [, hour, minute, second, part] = match
    return inNumber(match, text)
      ? undefined
      : `${readUnpadded(hour!)}点${readCardinal(minute!)}分${readUnpadded(second!)}点${readDigits(part!)}秒`
  }),
  // Thousands of years that no calendar has reached.
  rule('([13-9]000|[3-9]\\d00)(?=年(?!代))', (match, text) =>
    inNumber(match, text) || /[元前于於自从從至到]$/.test(ahead(match, text, 1))
      ? undefined
      : readCardinal(match[1]!),
  ),
  rule(String.raw`©\s?((?:19|20)\d\d)?(?!\d)`, ([, year]) => (year === undefined ? '' : readDigits(year))),
  rule(String.raw`(?<=(?:FY|CY)\s?)((?:19|20)\d\d)(?!\d)`, ([, year]) => readDigits(year!)),

  rule(
    String.raw`(\d{1,2}):([0-5]\d)\s?[-~～—]\s?(?=次日|第二天|翌日|凌晨|早|晚|上午|下午|中午|明[天早]|当[日晚]|周|星期|\d{1,2}月\d|\d{4}年|(?:\d{4}[/-])?\d{1,2}[/-]\d{1,2}\s?\d{1,2}[:：])`,
    (match, text) =>
      inNumber(match, text)
        ? undefined
        : `${match[1] === '2' ? '两' : readUnpadded(match[1]!)}点${match[2] === '00' ? '' : `${match[2]!.startsWith('0') ? '零' : ''}${readUnpadded(match[2]!)}分`}到`,
  ),

  // Dates whose month comes first; ranges of weekdays, years, times in words.
  rule(String.raw`(\d{1,2})\.(\d{1,2})\.((?:19|20)\d{2})(?![\d.]{0,24}\d)`, (match, text) => {
    const [, first, second, year] = match
    const [day, month] = Number(second) > 12 ? [second!, first!] : [first!, second!]
    return inNumber(match, text) ||
      Number(month) > 12 ||
      Number(day) > 31 ||
      Number(day) * Number(month) === 0
      ? undefined
      : `${readDigits(year!)}年${readUnpadded(month)}月${readUnpadded(day)}日`
  }),
  rule(String.raw`(\d{1,2})\/(\d{1,2})\/(\d{2})(?![\d/])`, (match, text) => {
    const [, month, day, year] = match
    return inNumber(match, text) ||
      Number(month) > 12 ||
      Number(day) > 31 ||
      Number(month) * Number(day) === 0
      ? undefined
      : `二零${readDigits(year!)}年${readUnpadded(month!)}月${readUnpadded(day!)}日`
  }),
  // A month and its day, where what stands beside them tells.
  rule(
    String.raw`(?<=(?:deadline|DDL|ddl|截止|截至|日期|生日|时间|定于|定在|改到|改期到|推迟到|提前到|开学|考试|预产期)(?:日期|时间)?\s?(?:是|为|在|：|:)?\s?)(1[0-2]|[1-9])\/(3[01]|[12]\d|[1-9])(?![\d/])|(1[0-2]|[1-9])\/(3[01]|[12]\d|[1-9])(?=\s?(?:之前|前|号|日|开会|截止|上线|出发|上午|下午|晚上|早上|凌晨|周[一二三四五六日]))`,
    (match, text) => {
      const [, month = match[3]!, day = match[4]!] = match
      return inNumber(match, text)
        ? undefined
        : `${readUnpadded(month)}月${readUnpadded(day)}日`.replace(/日(?=$)/, (end) =>
            /^\s?[号日]/.test(text.slice(match.index + match[0].length)) ? '' : end,
          )
    },
  ),
  rule(`'(\\d{2})(?=年)`, ([, year]) => readDigits(year!)),
  rule(String.raw`(\d{1,2})\/(\d{1,2})\/(\d{4})(?!\d)`, (match, text) => {
    const [, first, second, year] = match
    const [month, day] = Number(first) > 12 ? [second!, first!] : [first!, second!]
    return inNumber(match, text) || Number(month) > 12 || Number(day) > 31
      ? undefined
      : `${readDigits(year!)}年${readUnpadded(month)}月${readUnpadded(day)}日`
  }),
  rule(
    `(?<=(?:周|星期|礼拜)[一二三四五六日天])[-~～—](?=(?:下?个?(?:周|星期|礼拜))?[一二三四五六日天])`,
    () => '到',
  ),
  rule(
    `(?<=[点时分月日号年])\\s?[-~～—]\\s?(?=\\d(?!\\d{0,5}(?:\\.\\d{1,4})?\\s?[%％‰℃℉])|(?:公元)?前\\d)`,
    () => '到',
  ),
  rule(
    String.raw`((?:19|20)\d\d)\s?[-~～—]\s?((?:19|20)\d\d)(?![\d.%=＝元块米个人名公千]|\s?[=＝])`,
    (match, text) =>
      inNumber(match, text) || /[-+*/=$￥¥]/.test(charBefore(match, text)) || match[1]! >= match[2]!
        ? undefined
        : `${readDigits(match[1]!)}到${readDigits(match[2]!)}`,
  ),
  rule(String.raw`([12]\d{3})\s?[-~～—至到]\s?([12]\d{3})(?=年)`, (match, text) =>
    inNumber(match, text) ? undefined : `${readDigits(match[1]!)}到${readDigits(match[2]!)}`,
  ),
  rule(
    `((?:今|明|去|前|后)年(?:是|为)?|年份(?:是|为|：|:)?\\s?|(?:始于|建于|生于|成立于|截至|自|从)\\s?)([12]\\d{3})(?![\\d.,s]|[年个人元块米公斤]|[-/]\\d)`,
    ([, lead, year]) => `${lead}${readDigits(year!)}`,
  ),

  rule(String.raw`((?:19|20)?\d\d)[/／-](\d\d)(?=赛季|雪季|学年|年度|财年)`, (match, text) =>
    inNumber(match, text) ? undefined : `${readDigits(match[1]!)}到${readDigits(match[2]!)}`,
  ),
  rule(
    String.raw`[〔[（(]((?:19|20)\d\d)[〕\]）)](?=[\u4e00-\u9fff]{0,4}\d{0,4}[\u4e00-\u9fff]{0,4}\d{1,6}号)`,
    (match, text) =>
      readDigits(match[1]!) + (/\d/.test(text[match.index + match[0].length] ?? '') ? '，' : ''),
  ),
  // Hours are counted, minutes are not.
  rule(String.raw`(\d{1,2})点(\d{1,2})分(?![之钟])`, (match, text) =>
    inNumber(match, text)
      ? undefined
      : `${Number(match[1]) === 2 ? '两' : readUnpadded(match[1]!)}点${readCardinal(match[2]!)}分`,
  ),
  rule(String.raw`(?<=[\d零一二三四五六七八九十]\s?[℃℉度%°])\s?[-~～—]\s?(?=[-+]?\d)`, () => '到'),
  // 3万-5万: a scale in front of the dash leaves no number to subtract from.
  rule(`(?<=[万亿千百])\\s?[-~～—]\\s?(?=\\d)`, () => '到'),
]
