/**
 * Signs of mathematics in Chinese, as rules.
 */
import { charBefore, type Rule, rule } from './rules.ts'
import { EMERGENCY } from './zh-normalise.ts'
import { readCardinal, readDecimal } from './zh-numbers.ts'

const BETWEEN: Readonly<Record<string, string>> = {
  '∪': '并',
  '∩': '交',
  '∈': '属于',
  '∉': '不属于',
  '⊂': '包含于',
  '⊆': '包含于',
  '⊥': '垂直于',
  '∥': '平行于',
  '≌': '全等于',
  '≅': '全等于',
  '∽': '相似于',
  '∼': '相似于',
  '∝': '正比于',
  '−': '减',
}
const BEFORE: Readonly<Record<string, string>> = {
  '∠': '角',
  '△': '三角形',
  '∵': '因为',
  '∴': '所以',
  '∀': '任意',
  '∃': '存在',
  '∅': '空集',
  '∑': '求和',
  '∏': '连乘',
  '∫': '积分',
  '∛': '三次根号',
}
const UNITS: Readonly<Record<string, string>> = {
  'mol/L': '摩尔每升',
  'm/s': '米每秒',
  km: '千米',
  kg: '千克',
  Pa: '帕',
  Hz: '赫兹',
  eV: '电子伏',
  J: '焦耳',
  m: '米',
  N: '牛',
  W: '瓦',
  C: '库仑',
  Ω: '欧姆',
}
const SUMS: Readonly<Record<string, string>> = { '∑': '求和', '∏': '连乘', '∫': '积分' }
const bound = (sign: string) =>
  sign === '∞'
    ? '无穷大'
    : sign.replace('=', '等于').replace('-', '负').replace('+', '加').replace(/\d+/g, readCardinal)
/** What is reckoned between two bars. */
const reckoned = (formula: string) =>
  formula
    .replace(/^[-−]\s?/, '负')
    .replace(/\s?[-−]\s?/g, '减')
    .replace(/\s?\+\s?/g, '加')
    .replace(/\s?[*×]\s?/g, '乘')
    .replace(/\s?[/÷]\s?/g, '除以')
    .replace(/²/g, '的平方')
    .replace(/³/g, '的立方')
    .replace(/\d+(?:\.\d+)?/g, readDecimal)
const LOG = String.raw`log_\{?(\d{1,3}|[a-z])\}?(?:\s?[(（]?(\d{1,6}|[a-z](?![a-z]))[)）]?)?`
const spoken = (sign: string) => (/\d/.test(sign) ? readCardinal(sign) : sign)

export const ZH_FORMULA_RULES: readonly Rule[] = [
  rule(
    '([∑∏∫])_?\\{?([\\w=+-]{1,8})\\}?\\^\\{?([\\w+-]{1,6}|∞)\\}?\\s?',
    ([, sign, low, high]) => `${SUMS[sign!]}从${bound(low!)}到${bound(high!)}，`,
  ),
  rule(`\\s?([${Object.keys(BETWEEN).join('')}])\\s?`, ([, sign]) => BETWEEN[sign!]!),
  rule('(?=\\s?\\+)(?<=[\\dA-Z°])\\s?\\+\\s?(?=[∠△])', () => '加'),
  rule(`([${Object.keys(BEFORE).join('')}])\\s?`, ([, sign]) => BEFORE[sign!]!),
  rule(LOG, (match, text) => {
    const [, base, argument] = match
    return /[A-Za-z]/.test(charBefore(match, text))
      ? undefined
      : `以${spoken(base!)}为底${argument === undefined ? '' : spoken(argument)}的对数`
  }),
  rule(
    'lim_?\\s?[{(（]?([a-z])\\s?(?:→|->)\\s?([-+]?[\\w∞]{1,6})[})）]?\\s?',
    ([, variable, limit]) =>
      `${variable}趋于${limit === '0' ? '零' : limit === '∞' ? '无穷大' : /^\d+$/.test(limit!) ? readCardinal(limit!) : limit}时的极限`,
  ),
  rule('\\s?→\\s?', () => '生成'),
  rule('\\|([A-Za-z]{1,2})\\|', ([, inside]) => `${inside}的绝对值`),
  rule(
    '\\|([^|，。\\n]{1,20}[-+*/×÷][^|，。\\n]{1,20}|-\\s?\\w{1,8})\\|',
    ([, inside]) => `${reckoned(inside!)}的绝对值`,
  ),
  rule('(?<=(?:sin|cos|tan|ln)[a-z])\\/(?=[a-z\\d])', () => '除以'),
  // Ratios of letters, parts of pi, chances under a condition.
  rule('([a-zA-Z])[:：]([a-zA-Z])(?=\\s?[=＝])', (match, text) =>
    /[A-Za-z]/.test(charBefore(match, text)) ? undefined : `${match[1]}比${match[2]}`,
  ),
  rule(
    '(\\d{1,3})π\\/(\\d{1,3})(?!\\d)',
    ([, many, parts]) => `${readCardinal(parts!)}分之${readCardinal(many!)}派`,
  ),
  rule(
    '(?<=P[（(][A-Z]\\d?)\\|([A-Z]\\d?)(?=[)）])',
    ([, given]) => `在${given!.replace(/\d+/g, readCardinal)}条件下`,
  ),
  // Numbers that help is called by are numbers where something is reckoned or measured.
  rule(
    `(?<=[=＝+\\-*×÷/≈<>≥≤]\\s?)(?:${EMERGENCY})(?![\\d.])|(?<=[A-Z])(?:${EMERGENCY})(?=\\s?[×*])|(?:${EMERGENCY})(?=[码度页层级篇首秒多余来亩户栋台辆批项例起笔枚桶磅瓦伏赫兆帕焦字句词集期届种亿间座股毫英]|公[斤里分顷尺升]|海里|平(?![台安])|部(?!门))`,
    (match, text) => (/[\d.]/.test(charBefore(match, text)) ? undefined : readCardinal(match[0])),
  ),
  // Functions, quotients of letters, sets, charges of ions.
  rule('([a-zA-Z])[（(]([a-z\\d]{1,3})[)）]', (match, text) =>
    /[A-Za-z]/.test(charBefore(match, text))
      ? undefined
      : `${match[1]} ${match[2]!.replace(/\d+/g, readCardinal)}`,
  ),
  rule('(?<=[=＝]\\s?[a-zA-Z])\\/(?=[a-zA-Z](?![A-Za-z]))', () => '除以'),
  rule('\\{([a-z])\\|', ([, element]) => `${element}，`),
  rule(
    '(\\d?)([⁺⁻])',
    ([, charge, sign]) => `${charge === '' ? '' : readCardinal(charge!)}${sign === '⁺' ? '正' : '负'}`,
  ),
  rule(
    '10\\^(-?\\d{1,4})\\s?(mol\\/L|m\\/s|km|kg|Pa|Hz|eV|J|m|N|W|C|Ω)(?![A-Za-z\\d²³/])',
    ([, exponent, unit]) =>
      `十的${exponent!.startsWith('-') ? '负' : ''}${readCardinal(exponent!.replace('-', ''))}次方${UNITS[unit!]}`,
  ),
  // Fractions that are added up.
  rule(String.raw`(\d{1,3})\/(\d{1,3})(?=\s?[=＝])`, (match, text) =>
    /[+\-*×÷]\s?$/.test(text.slice(Math.max(0, match.index - 2), match.index))
      ? `${readCardinal(match[2]!)}分之${readCardinal(match[1]!)}`
      : undefined,
  ),
]
