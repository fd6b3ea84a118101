/**
 * From one quantity, hour or day to the other in Chinese where each has its own unit, as rules: 100元-200元, 早9:00-晚6:00.
 */
import { ahead, behind, inNumber, type Rule, rule } from './rules.ts'
import { readDecimal } from './zh-numbers.ts'

const REACH = 24
const DIGIT = '[\\d零一二三四五六七八九十百两半]'
const UNIT = '(?:(?![零一二三四五六七八九十])[\\u4e00-\\u9fff])'
/** A number and what it counts, up to the joint. */
const LEFT = new RegExp(
  `(第)?(?:(\\d{1,12}(?:\\.\\d{1,6})?)|${DIGIT}{1,3})\\s?([万亿千百]{0,2})(${UNIT}{1,5})$`,
)
const RIGHT = new RegExp(
  `^(第)?(-?)(?:(\\d{1,12}(?:\\.\\d{1,6})?)|${DIGIT}{1,3})\\s?([万亿千百]{0,2})(${UNIT}{1,5})`,
)
const FACTOR: Readonly<Record<string, number>> = { 百: 1e2, 千: 1e3, 万: 1e4, 亿: 1e8 }
const amountOf = (digits: string, scale: string) =>
  [...scale].reduce((value, one) => value * FACTOR[one]!, Number(digits))
const LASTS = '秒|分钟?|个?半?小时|个?钟头|天|周|个?星期|个?月|年'
/** When something is. */
const WHEN =
  '今[天日晚早晨夜]|明[天日晚早晨]|昨[天日晚夜]|后天|次日|翌日|当[日晚]|凌晨|清晨|早[上晨]|上午|中午|下午|傍晚|晚上|夜间|夜里|白天|午后|午夜'
/** What an hour or a day begins with. */
const HOUR = `(?:${WHEN}|第二天|早|晚|周|星期|礼拜|\\d{4}年|\\d{1,2}月|\\d{1,2}\\/\\d{1,2}\\s?\\d{1,2}[:：])`
/** Whether the quantities in front of a joint and behind it are of one kind; undefined where they are none. */
function kindOf(match: RegExpExecArray, text: string): 'up' | 'down' | undefined {
  const left = LEFT.exec(ahead(match, text, REACH))
  const right = RIGHT.exec(behind(match, text, REACH))
  if (left === null || right === null || left[1] !== right[1]) return undefined
  const [, , from, scale, unit] = left
  const [, , sign, to, lastScale, lastUnit] = right
  const isWave = /[~～]/.test(match[0])
  if (isWave ? lastUnit![0] !== unit![0] : !lastUnit!.startsWith(unit!)) return undefined
  if (from === undefined || to === undefined || sign === '-' || isWave) return 'up'
  return amountOf(from, scale!) < amountOf(to, lastScale!) ? 'up' : 'down'
}

const isReckoned = (match: RegExpExecArray, text: string) =>
  /^[^，。；、！？]{0,20}[=＝]/.test(behind(match, text, REACH))

export const ZH_SPAN_RULES: readonly Rule[] = [
  rule(
    '(?=\\s?[-~～—])(?<=[\\u4e00-\\u9fff])\\s?[-~～—]\\s?(?=第?-?[\\d一二三四五六七八九十])',
    (match, text) => {
      const kind = kindOf(match, text)
      if (kind === undefined) return undefined
      if (/-/.test(match[0]) && isReckoned(match, text)) return '减'
      if (kind === 'down' && /满[^，。]{1,9}$/.test(ahead(match, text, REACH))) return '减'
      return kind === 'up' ? '到' : undefined
    },
  ),
  rule(
    '(?=[-~～—])(?<=(?:^|[^A-Za-z\\d])[A-Z](?:[栋座区组馆班排口级幢厅轮]|单元|号楼))[-~～—](?=[A-Z](?:[栋座区组馆班排口级幢厅轮]|单元|号楼))',
    () => '到',
  ),
  // One length of time to another.
  rule(
    `(?=\\s?[-~～—])(?<=${DIGIT}(?:${LASTS}))\\s?[-~～—]\\s?(?=[半一两二三四五六七八九十](?:${LASTS}))`,
    () => '到',
  ),
  rule('(?=[-~～—])(?<=初[一二三四五六七八九十])[-~～—](?=初?[一二三四五六七八九十])', () => '到'),
  rule('(?=\\s?[-~～—])(?<=[年月日])\\s?[-~～—]\\s?(?=至今)', () => ''),
  // Hours and days that begin with a word.
  rule(
    `(?=\\s?[-~～—])(?<=${WHEN})\\s?[-~～—]\\s?(?=(?:${WHEN}|(?:周|星期|礼拜)[一二三四五六日天])(?!见|[再又聊]))`,
    () => '到',
  ),
  rule(
    `(?=\\s?[-~～—])(?<=${DIGIT}[点點时時](?:[半整]|[一三]刻|${DIGIT}{1,3}分?)?|\\d分)\\s?[-~～—]\\s?(?=${HOUR})`,
    () => '到',
  ),
  rule('(?=-)(?<=倒计时)-(?=\\d)', () => '负'),
  rule('(\\d{1,6}(?:\\.\\d{1,4})?)[%％]\\s?-\\s?(?=\\d{1,6}(?:\\.\\d{1,4})?[%％]\\s?[=＝])', (match, text) =>
    inNumber(match, text) ? undefined : `百分之${readDecimal(match[1]!)}减`,
  ),
  // What is taken away, with a share or a fraction on each side.
  rule(
    '(?=\\s?[-+])(?<=[%％]|\\d\\/\\d{1,3})\\s?([-+])\\s?(?=\\d[\\d.]{0,8}(?:[%％]|\\/\\d{1,3})\\s?[=＝+\\-])',
    ([, sign]) => (sign!.trim() === '-' ? '减' : '加'),
  ),
]
