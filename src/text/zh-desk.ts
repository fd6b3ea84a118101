/**
 * What formulas, machines, banks and programs write in Chinese, as rules: minus between letters, degrees, cards, codes with letters.
 */
import { charBefore, inNumber, type Rule, rule } from './rules.ts'
import { readCardinal, readDecimal, readDigits, readTelephone } from './zh-numbers.ts'
import { SYMBOL_PATTERN, UNITS } from './zh-units.ts'

const REACH = 24
const around = (match: RegExpExecArray, text: string) =>
  text.slice(Math.max(0, match.index - REACH), match.index + match[0].length + REACH)
const UNIT_NAMES: Readonly<Record<string, string>> = {
  cm: '厘米',
  m: '米',
  dm: '分米',
  mm: '毫米',
  km: '千米',
}
const KNOWN = new RegExp(`^(?:${SYMBOL_PATTERN})$`)
const isUnit = (word: string) =>
  UNITS[word] !== undefined || KNOWN.test(word) || /^bps$|(?:mol|cal|bit|byte)s?$/.test(word)

export const ZH_DESK_RULES: readonly Rule[] = [
  // What is taken away, where something is reckoned.
  rule('(?=\\s?[-−])(?<=(?:^|[^A-Za-z])[a-zXY]|[)）²³])\\s?[-−]\\s?(?=\\d)', (match, text) =>
    /[=＝<>≥≤√²³^]/.test(around(match, text)) ? '减' : undefined,
  ),
  rule('(?=[-−])(?<=(?:^|[^A-Za-z\\d-])[xynkabm])[-−](?=\\d{1,3}(?![\\d-]))', () => '减'),
  rule('(?=\\s?[-−])(?<=[\\da-zπ)）²³])\\s?[-−]\\s?(?=[πα-ωθ√|｜])', () => '减'),
  rule('(?=\\s?\\+)(?<=[\\da-zπ)）²³])\\s?\\+\\s?(?=[√|｜])', () => '加'),
  rule('(\\d{1,4})(?=(?:sin|cos|tan|cot|log|ln|lg)(?![a-z]))', (match, text) =>
    inNumber(match, text) ? undefined : readCardinal(match[1]!),
  ),
  // A word behind a number that is no unit: 5star.
  rule('(\\d{1,6}(?:\\.\\d{1,3})?)(?=([a-z]{3,20})(?![A-Za-z\\d/·²³]))', (match, text) =>
    inNumber(match, text) || isUnit(match[2]!) ? undefined : readDecimal(match[1]!),
  ),
  rule('(\\d{1,3}(?:\\.\\d{1,3})?)°(?!\\s?[CFNSEW\\d])', (match, text) =>
    /[\d.]/.test(charBefore(match, text)) ? undefined : `${readDecimal(match[1]!)}度`,
  ),
  rule('(\\d{1,6}(?:\\.\\d{1,3})?)‱', (match, text) =>
    inNumber(match, text) ? undefined : `万分之${readDecimal(match[1]!)}`,
  ),
  rule(
    '(?=-)(?<=(?:信号|信號)(?:强度|強度)?(?:是|为|：|:)?\\s?)-(\\d{1,3}(?:\\.\\d)?)',
    ([, level]) => `负${readDecimal(level!)}`,
  ),
  rule('(?<=[A-Z])·(?=[A-Z]{1,2}(?![A-Za-z]))', () => '乘'),
  rule('(?=[=＝])(?<=[\\w)）])[=＝](?=\\s*$)', () => '等于'),
  rule(
    '(?<![A-Za-z\\d])(cm|m|dm|mm|km)([²³])(?![A-Za-z\\d])',
    ([, unit, power]) => `${power === '²' ? '平方' : '立方'}${UNIT_NAMES[unit!]}`,
  ),
  // Oils, cards, codes.
  rule('(0|5|10|15|20)W-?(16|20|30|40|50|60)(?![A-Za-z\\d])', (match, text) =>
    inNumber(match, text) ? undefined : `${readCardinal(match[1]!)}W${readCardinal(match[2]!)}`,
  ),
  rule(
    '(?!\\d\\d00 |(?:19|20)\\d\\d (?:19|20))\\d{4}(?: \\d{4}){2,4}(?: \\d{1,4})?(?![\\d.]| \\d)',
    (match, text) => (inNumber(match, text) ? undefined : match[0].split(' ').map(readDigits).join('，')),
  ),
  rule('(\\d{6,20})([A-Z]{1,3})(?![A-Za-z\\d])', (match, text) =>
    inNumber(match, text) ? undefined : `${readDigits(match[1]!)}${match[2]}`,
  ),
  rule('(?=-)(?<=[A-Z]\\d{4,12})-(\\d{1,3})(?!\\d)', ([, part]) => `杠${readDigits(part!)}`),
  rule('([A-Z]\\d{1,2})\\s?[-~～]\\s?(?=([A-Z])\\d{1,2}(?![\\w.-]))', (match, text) =>
    inNumber(match, text) || match[1]![0] !== match[2]
      ? undefined
      : `${match[1]![0]}${readCardinal(match[1]!.slice(1))}到`,
  ),
  rule('(?=\\d)(?<=mAh\\s?\\+\\s?)(\\d{2,3})[Ww](?![A-Za-z])', ([, watts]) => `${readCardinal(watts!)}瓦`),
  rule('(?=\\d)(?<=[a-z])(?<!\\dx)(\\d{3,12})(?![\\d.,%A-Za-z])', ([, number]) => readDigits(number!)),
  rule(
    '(?=\\.)(?<=\\w)\\.(?=(?:docx?|xlsx?|pptx?|pdf|txt|zip|rar|jpe?g|png|gif|mp[34]|csv)(?![A-Za-z\\d]))',
    () => '点',
  ),
  rule('(0\\d{2,3})[- ](\\d{4})[- ](\\d{4})-(\\d{2,5})(?![\\d-])', (match, text) =>
    inNumber(match, text)
      ? undefined
      : match
          .slice(1, 5)
          .map((part) => readTelephone(part!))
          .join('，'),
  ),
  rule('(?=#)(?<=(?:密码|接入码|会议号|接入号|按|输入)[:：是为]?\\s?\\d{1,12})#(?![\\w#])', () => '井号'),
  rule('(?=#)(?<=密码[^，。；]{0,16}[A-Za-z])#(?=\\d)', () => '井号'),
]
