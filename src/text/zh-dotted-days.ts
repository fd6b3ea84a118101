/**
 * Days that are written with a point between month and day in Chinese, as rules: 6.18开售, 暑假7.1-8.31, 2024.6.1-6.3.
 */
import { ahead, behind, inNumber, type Rule, rule } from './rules.ts'
import { readUnpadded } from './zh-numbers.ts'

const DAY = String.raw`(1[0-2]|0?[1-9])\.(3[01]|[12]\d|0?[1-9])`
const REACH = 8
/** What begins or ends on such a day. */
const STARTS =
  '放假|上[班课]|(?:正常|恢复)(?:营业|上[班课]|开放|发货|运营|供[水电])|复[工课]|返[校岗]|调休|开奖|开售|开抢|上线|上映|上市|发售|首发|开播|开学|开业|开赛|开考|截止|到货|见面|首映|发车|预售'
/** What days off are called. */
const OFF =
  /^(?:放假|假期|期间|小长假|黄金周|调休|休|值班|出游|出差|活动|展出|举行|照常|正常|营业|开放|[停歇]业|停[课水电])/
/** What lasts from one day to the other, and what is measured in its words. */
const SPANS = /(?:[假工展档学]期|暑假|寒假|时间|日期|期间|报名|有效期|活动)[:：是为于]?\s?$/
const MEASURED = /^\s?[A-Za-z%％元秒米倍]/
const dayOf = (month: string, day: string) => `${readUnpadded(month)}月${readUnpadded(day)}日`
/** In the same year, or over its end. */
const isLater = ([, month, day, lastMonth, last]: RegExpExecArray) =>
  Number(month) * 100 + Number(day) < Number(lastMonth) * 100 + Number(last) ||
  (Number(month) > 9 && Number(lastMonth) < 4)

export const ZH_DOTTED_DAY_RULES: readonly Rule[] = [
  rule(String.raw`${DAY}\s?[-~～—至到]\s?${DAY}(?![\d.])`, (match, text) => {
    const [, month, day, lastMonth, last] = match
    const after = behind(match, text, REACH)
    return inNumber(match, text) ||
      !isLater(match) ||
      !(OFF.test(after) || (SPANS.test(ahead(match, text, REACH)) && !MEASURED.test(after)))
      ? undefined
      : `${dayOf(month!, day!)}到${dayOf(lastMonth!, last!)}`
  }),
  rule(
    String.raw`(?=[-~～—至到])(?<=\d{4}\.\d{1,2}\.\d{1,2})[-~～—至到]${DAY}(?![\d.])`,
    ([, month, day]) => `到${dayOf(month!, day!)}`,
  ),
  rule(String.raw`${DAY}(?=\s?(?:${STARTS}))`, (match, text) =>
    inNumber(match, text) ? undefined : dayOf(match[1]!, match[2]!),
  ),
]
