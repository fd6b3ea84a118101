/**
 * Chinese numbers with signs as rules: powers, ranges, comparisons, units that the reference lacks.
 */
import { charBefore, type Rule, rule } from './rules.ts'
import { readCardinal, readDecimal, readDigits, readThousands, readUnpadded } from './zh-numbers.ts'
import { SYMBOL_PATTERN, sayUnit, UNITS } from './zh-units.ts'

const NUMBER = String.raw`(?:\d{1,3}(?:,\d{3}){1,4}(?!\d)|\d{1,12})(?:\.\d{1,20})?`
const number = (text: string) => readDecimal(text.replaceAll(',', ''))
const signed = (text: string) => (text.startsWith('-') ? `负${number(text.slice(1))}` : number(text))
const inNumber = (match: RegExpExecArray, text: string) => /[\d.]/.test(charBefore(match, text))

const BETWEEN: Readonly<Record<string, string>> = {
  '>=': '大于等于',
  '<=': '小于等于',
  '!=': '不等于',
  '==': '等于',
  '>': '大于',
  '<': '小于',
  '≥': '大于等于',
  '≤': '小于等于',
  '≠': '不等于',
  '≈': '约等于',
  '=': '等于',
  '＝': '等于',
  '±': '正负',
  '×': '乘',
  '÷': '除以',
  '+': '加',
}
const BEFORE: Readonly<Record<string, string>> = {
  '>': '大于',
  '<': '小于',
  '>=': '大于等于',
  '<=': '小于等于',
  '≥': '大于等于',
  '≤': '小于等于',
  '≈': '约',
  '~': '约',
  '～': '约',
  '±': '正负',
  '√': '根号',
}
const UNIT = Object.keys(UNITS)
  .filter((unit) => unit !== '‰')
  .sort((a, b) => b.length - a.length)
  .map((unit) => unit.replace('/', '\\/'))
  .join('|')

/** Powers of ten are never squares or cubes in speech. */
const raised = (exponent: string, base: string) =>
  exponent === '2' && base !== '10'
    ? '的平方'
    : exponent === '3' && base !== '10'
      ? '的立方'
      : `的${/\d/.test(exponent) ? signed(exponent) : exponent}次方`

/** From … to …; a bare 2 before what is counted is 两, in both places as the reference has it. */
function counts(match: RegExpExecArray, text: string): string {
  const rest = text.slice(match.index + match[0].length, match.index + match[0].length + 2)
  const counted =
    /^\s?[个個天次位人年小杯片周遍趟种件只张本分层家间所座台辆条瓶袋盒箱块元千百万亿岁米斤公倍成套把支根颗粒节场户句篇首项步碗滴名]/.test(
      rest,
    ) && charBefore(match, text) !== '第'
  const say = (digits: string) => (digits === '2' && counted ? '两' : number(digits))
  return `${say(match[1]!)}到${say(match[2]!)}${match[3] === undefined ? '' : sayUnit(match[3])}`
}

export const ZH_SIGN_RULES: readonly Rule[] = [
  // The day of a month is a number, not a count.
  rule(String.raw`(\d{1,2})月(\d{1,2})(?=[日号])`, (match, text) =>
    inNumber(match, text) ? undefined : `${readUnpadded(match[1]!)}月${readUnpadded(match[2]!)}`,
  ),
  rule(String.raw`(\d{1,2})[-~～—](\d{1,2})(?=[月日号])`, (match, text) =>
    inNumber(match, text) ? undefined : `${readUnpadded(match[1]!)}到${readUnpadded(match[2]!)}`,
  ),

  // Powers.
  rule(
    `(-?\\d{1,12}(?:\\.\\d{1,12})?)[eE]([-+]?\\d{1,4})(?:(?![\\w.])|\\s?(km\\/h|${UNIT}|${SYMBOL_PATTERN})(?![\\w/]))`,
    (match, text) => {
      const [, base, exponent, unit] = match
      return /[A-Za-z]/.test(charBefore(match, text))
        ? undefined
        : `${signed(base!)}乘以十${raised(exponent!.replace('+', ''), '10')}${unit === undefined ? '' : unit === 'km/h' ? '公里每小时' : (UNITS[unit] ?? sayUnit(unit))}`
    },
  ),
  rule(
    String.raw`(\d{1,12}|[A-Za-z]{1,3}|[)）])\^(?:\{(-?\d{1,6}|[a-z])\}|\((-?\d{1,6}|[a-z])\)|(-?\d{1,6}|[a-z]))`,
    ([, base, braced, bracketed, bare]) =>
      `${/\d/.test(base!) ? number(base!) : base}${raised((braced ?? bracketed ?? bare)!, base!)}`,
  ),
  rule(String.raw`(\d{1,12}(?:\.\d{1,6})?|[A-Za-z])([²³])`, (match, text) =>
    /[A-Za-z\d]/.test(charBefore(match, text))
      ? undefined
      : `${/\d/.test(match[1]!) ? number(match[1]!) : match[1]}${raised(match[2] === '²' ? '2' : '3', match[1]!)}`,
  ),

  rule(String.raw`(\d{1,6})[!！](?=\s?[=＝+×*÷])|(?<=^\s*)(\d{1,6})[!！](?=\s*$)`, (match, text) =>
    inNumber(match, text) ? undefined : `${number(match[1] ?? match[2]!)}的阶乘`,
  ),

  // Shares and ranges.
  rule(`(${NUMBER})\\s?%?[-~～—至](${NUMBER})\\s?%(?!\\s?[=＝])`, (match, text) =>
    inNumber(match, text) ? undefined : `百分之${number(match[1]!)}到百分之${number(match[2]!)}`,
  ),
  rule(String.raw`\.(\d{1,9})\s?%`, (match, text) =>
    /\d/.test(charBefore(match, text)) ? undefined : `百分之${number(`0.${match[1]}`)}`,
  ),
  rule(String.raw`(\d{1,6})\/(\d{1,6})(?=\s?[=＝])`, (match, text) =>
    inNumber(match, text) ? undefined : `${number(match[1]!)}除以${number(match[2]!)}`,
  ),
  rule(String.raw`(\d{1,4}(?:\.\d{1,2})?)\s?×(?![\s\dA-Za-z(（¥￥$€£])`, (match, text) =>
    inNumber(match, text) ? undefined : `${number(match[1]!)}倍`,
  ),
  rule(`([-+]?${NUMBER})‰`, ([, share]) => `千分之${signed(share!.replace('+', ''))}`),
  rule(
    `(\\d{1,6})[-:：](\\d{1,6})(?=\\s?(?:获胜|战胜|击败|[险完大小]胜|力克|轻取|横扫|告负|[战闷逼打]平|握手言和|言和|逆转|惜败|不敌|[、，]\\d{1,3}[-:：]\\d{1,3}(?![\\d-])|领先|落后|取胜|平|胜|负))`,
    (match, text) =>
      inNumber(match, text) || isClock(match, text)
        ? undefined
        : `${number(match[1]!)}比${number(match[2]!)}`,
  ),
  rule(
    `(比分(?:是|为|定格在)?\\s?)(\\d{1,6})\\s?[-:：]\\s?(\\d{1,6})`,
    ([, lead, left, right]) => `${lead}${number(left!)}比${number(right!)}`,
  ),
  rule(`-(${NUMBER})\\s?[~～]\\s?(-?)(${NUMBER})(?!\\s?(?:${SYMBOL_PATTERN})|[\\d.])`, (match, text) =>
    inNumber(match, text) || /[A-Za-z]/.test(charBefore(match, text))
      ? undefined
      : `负${number(match[1]!)}到${match[2] === '-' ? '负' : ''}${number(match[3]!)}`,
  ),
  rule(`(${NUMBER})[~～](${NUMBER})(?:\\s?(${SYMBOL_PATTERN})(?![A-Za-z\\d]))?`, (match, text) =>
    inNumber(match, text) ? undefined : counts(match, text),
  ),
  rule(`(${NUMBER})[-—](${NUMBER})\\s?(℃|℉|°[CF]?)(?![A-Za-z\\d])`, (match, text) =>
    inNumber(match, text) || /-/.test(charBefore(match, text)) ? undefined : counts(match, text),
  ),
  rule(`(${NUMBER})[-—](${NUMBER})(?![-\\d.=＝%]|\\s?[A-Za-z])(?=\\s?[\\u4e00-\\u9fff℃°])`, (match, text) =>
    inNumber(match, text) || /-/.test(charBefore(match, text)) || /^\d{4}[-—]\d{1,2}$/.test(match[0])
      ? undefined
      : counts(match, text),
  ),
  rule(String.raw`(\d{1,9})\s(\d{1,2})\/(\d{1,3})(?![\d/])`, ([, whole, above, below]) =>
    Number(above) < Number(below)
      ? `${number(whole!)}又${readCardinal(below!)}分之${readCardinal(above!)}`
      : undefined,
  ),

  rule(
    String.raw`(?=\d)(?<=(?:比[例率值]|[女宽高配占生灰水料油糖盐酸碱]比|坡度|画[面幅]|屏幕|稀释)(?:大约|不[大小高低超]于?过?|[约为是达:：]){0,2}\s?)(\d{1,4})[:：](\d{1,4})(?![\d:：]|\.\d)|(\d{1,4})[:：](\d{1,4})(?=的?(?:比[例值率]|画[面幅]|屏|显示|稀释|宽高|长宽))`,
    ([, left, right, one, other]) => `${number((left ?? one)!)}比${number((right ?? other)!)}`,
  ),
  rule(String.raw`(\d{1,6}(?:\.\d{1,4})?)[:：](\d{1,6}\.\d{1,4})(?![\d.])`, (match, text) =>
    inNumber(match, text) ? undefined : `${number(match[1]!)}比${number(match[2]!)}`,
  ),
  rule(String.raw`(\d{1,6}\.\d{1,4})[:：](\d{1,6})(?![\d.:：]|\s?[个条种年月日])`, (match, text) =>
    inNumber(match, text) || /[A-Za-z]/.test(charBefore(match, text))
      ? undefined
      : `${number(match[1]!)}比${number(match[2]!)}`,
  ),
  rule(`(${NUMBER})[-~～—](${NUMBER})\\s?(km\\/h|m\\/s)(?![A-Za-z])`, (match, text) =>
    inNumber(match, text)
      ? undefined
      : `每${match[3] === 'km/h' ? '小时' : '秒'}${number(match[1]!)}到${number(match[2]!)}${match[3] === 'km/h' ? '公里' : '米'}`,
  ),
  // From one number to a greater one, where nothing is reckoned.
  rule(
    String.raw`(0|[1-9]\d{0,5})-([1-9]\d{0,5})(?=[，。、；！？）)]|\s*$|\s[A-E]{3}|[/／][\u4e00-\u9fff])`,
    (match, text) =>
      /[\d.=＝+*/×÷<>:-]\s?$|[A-Za-z]$/.test(text.slice(Math.max(0, match.index - 2), match.index)) ||
      Number(match[1]) >= Number(match[2])
        ? undefined
        : `${number(match[1]!)}到${number(match[2]!)}`,
  ),
  rule(`(${NUMBER})[-~～—](${NUMBER})\\s?(${UNIT})(?![A-Za-z\\d])`, (match, text) =>
    inNumber(match, text) ||
    /-/.test(charBefore(match, text)) ||
    (match[3] === 'A' &&
      isGrade(text.slice(match.index + match[0].length, match.index + match[0].length + 3)))
      ? undefined
      : `${number(match[1]!)}到${number(match[2]!)}${UNITS[match[3]!]!}`,
  ),

  // Units. A height has no unit behind its centimeters.
  rule('([12])m(\\d{2})(?![\\d.A-Za-z])', (match, text) =>
    inNumber(match, text) ? undefined : `${readCardinal(match[1]!)}米${readDigits(match[2]!)}`,
  ),
  rule(`([万亿])(${SYMBOL_PATTERN})(?![A-Za-z])`, ([, scale, unit]) => `${scale}${sayUnit(unit!)}`),
  rule(`([-+]?${NUMBER})\\s(${SYMBOL_PATTERN})(?![A-Za-z])`, (match, text) =>
    inNumber(match, text)
      ? undefined
      : `${match[1] === '2' ? '两' : signed(match[1]!.replace('+', ''))}${sayUnit(match[2]!)}`,
  ),
  rule(
    String.raw`(\d{1,3})°\s?(\d{1,2})['′](?:\s?(\d{1,2})(?:["″]|''))?`,
    ([, degrees, minutes, seconds]) =>
      `${number(degrees!)}度${number(minutes!)}分${seconds === undefined ? '' : `${number(seconds)}秒`}`,
  ),
  rule(`([-+]?${NUMBER})\\s?(${UNIT})(?![A-Za-z\\d])`, (match, text) =>
    inNumber(match, text) ||
    (match[2] === 'A' &&
      (isGrade(text.slice(match.index + match[0].length, match.index + match[0].length + 3)) ||
        !ELECTRIC.test(text.slice(Math.max(0, match.index - POWER_REACH), match.index + POWER_REACH))))
      ? undefined
      : `${signed(match[1]!.replace('+', ''))}${UNITS[match[2]!]!}`,
  ),
  rule(
    `(\\d{1,3}(?:,\\d{3}){1,4}(?:\\.\\d{1,20})?|\\d{1,3}(?: \\d{3}){2,4})(?!\\d|,\\d| \\d)(?:\\s?(${SYMBOL_PATTERN})(?![A-Za-z\\d/]))?`,
    (match, text) =>
      inNumber(match, text)
        ? undefined
        : number(match[1]!.replaceAll(' ', '')) + (match[2] === undefined ? '' : sayUnit(match[2])),
  ),
  rule(String.raw`(\d{1,12})\+(?![\d\w]|\s?[…⋯.(（∠△])`, (match, text) =>
    inNumber(match, text) ? undefined : `${number(match[1]!)}多`,
  ),

  // 两 of what is counted, where the reference has 二.
  rule(
    `2(?=[扇罐盆台臺幢坛壶勺尺匙串捆撮拨倍夜晚集部节道项台艘幅封朵把顿桌句步圈批笔份门架所顶款样列包桶束串滴餐首声眼隻副次厅处例轮股针堂盏成亩](?![方元]|函数|曲线)|公[斤里升分顷]|[室房]\\d?[厅一两]|大\\d小|汤匙|茶匙|小勺|大勺|卫(?![视生星士]))`,
    (match, text) =>
      /[\d.第第十百千万亿/／:：\-—~～A-Za-z一二三四五六七八九十央周视道路图表高初大卷版期]/.test(
        charBefore(match, text),
      )
        ? undefined
        : '两',
  ),
  // Colloquial ten thousands, watts where power is spoken of; times.
  rule(`(${NUMBER})w(?![A-Za-z\\d])`, (match, text) =>
    inNumber(match, text) || /[A-Za-z]/.test(charBefore(match, text))
      ? undefined
      : `${number(match[1]!)}${/^\s?(?:快充|闪充|充|灯|的?功率|的?适配|电|风扇|吹|音|无线)/.test(text.slice(match.index + match[0].length, match.index + match[0].length + 5)) ? '瓦' : '万'}`,
  ),
  rule(String.raw`(\d{1,4}(?:\.\d{1,2})?)[xX](?![A-Za-z\d²³]|\s?[=＝+×*/÷^-])`, (match, text) =>
    inNumber(match, text) || /[A-Za-z巴路线車车]/.test(charBefore(match, text))
      ? undefined
      : `${match[1] === '2' ? '两' : number(match[1]!)}倍`,
  ),
  // A heading between angles is no comparison.
  rule(String.raw`<([\u4e00-\u9fff]{1,12})>`, ([, heading]) => `${heading}，`),
  // Comparisons: between two things, or before one.
  rule(
    String.raw`\s?([-+*/])=\s?(?=[-\w(])`,
    ([, sign]) => `${{ '-': '减', '+': '加', '*': '乘', '/': '除' }[sign!]}等于`,
  ),
  rule(String.raw`\s?(>=|<=|!=|==|[≥≤≠≈±×÷])\s?(?=[-\w.($￥¥])`, (match, text) => compared(match, text)),
  rule(String.raw`\s?([<>=＝])\s?(?=[-\w.($￥¥€£√∠△∞∅±?？{|\u0370-\u03ff])`, (match, text) =>
    compared(match, text),
  ),
  rule(
    String.raw`(?<=[\w\u4e00-\u9fff”》])\s?([<>=＝≥≤≠≈])\s?(?=[\u4e00-\u9fff“《])`,
    ([, sign]) => BETWEEN[sign!]!,
  ),
  rule(String.raw`(?<=[\dA-Za-z²³)）\u0370-\u03ff])\s?\+\s?(?=[\dA-Za-z(（\u0370-\u03ff])`, () => '加'),
  rule(String.raw`(?<=[²³)）])\s?-\s?(?=[\dA-Za-z(（])`, () => '减'),
  rule(String.raw`(?<=[万亿千百])\+(?![\d\w])`, () => '多'),
  rule(`(\\d{1,4})[kK](?=[条次个人元块字])`, (match, text) =>
    inNumber(match, text) ? undefined : readThousands(match[1]!),
  ),
  rule(String.raw`[~～√]\s?(?=\d)`, (match, text) =>
    /[\d]/.test(charBefore(match, text)) ? undefined : BEFORE[match[0].trim()]!,
  ),
  rule(String.raw`(?<=[\u4e00-\u9fffA-Za-z])\s?&\s?(?=[\u4e00-\u9fffA-Za-z])`, () => '和'),
  rule('∞', () => '无穷大'),
]

/** One of several clocks; of games, scores look the same. */
const isClock = (match: RegExpExecArray, text: string) =>
  /^(?:[01]?\d|2[0-3])[:：][0-5]\d$/.test(match[0]) &&
  /^\s?[、，]/.test(text.slice(match.index + match[0].length)) &&
  !/[赛局胜负分球队]/.test(text.slice(Math.max(0, match.index - 16), match.index))

/** What is spoken of where a number with an A is a current. */
const ELECTRIC = /电|充|流|功率|线路|插|空开|保险|断路|[IU]\s?[=＝]|\d\s?(?:k?[VWΩ]|m?Ah|伏|瓦|欧)/
const POWER_REACH = 24

/** 3A游戏: a letter before Chinese is a grade; of currents it is said what they do. */
const isGrade = (rest: string) =>
  /^[\u4e00-\u9fff]/.test(rest) && !/^(?:的?电|输出|输入|以上|以下|左右|保险|空开|插座?|充|快充)/.test(rest)

function compared(match: RegExpExecArray, text: string): string {
  const sign = match[1]!
  const before = charBefore(match, text)
  return /[\w)）|²³\u0370-\u03ff\u4e00-\u9fff]/.test(before)
    ? BETWEEN[sign]!
    : (BEFORE[sign] ?? BETWEEN[sign]!)
}
