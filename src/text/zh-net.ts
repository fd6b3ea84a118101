/**
 * What adverts, sports desks and workshops write short in Chinese, as rules: figures side by side, formations, steels, doors.
 */
import { inNumber, type Rule, rule } from './rules.ts'
import { readCardinal, readDecimal, readDigits, readTelephone, readThousands } from './zh-numbers.ts'
import { SYMBOL_PATTERN, sayUnit, UNITS } from './zh-units.ts'

const reading = (number: string) =>
  number.startsWith('0') && number.length > 1 ? readDigits(number) : readCardinal(number)
const clock = (part: string) => `${part.startsWith('0') ? '零' : ''}${readCardinal(String(Number(part)))}`
const UNIT = `${SYMBOL_PATTERN}|${Object.keys(UNITS)
  .filter((one) => one !== '‰' && !one.includes('/'))
  .sort((a, b) => b.length - a.length)
  .join('|')}`
const MONEY_WORDS =
  '人均|税前|税后|到手|底薪|总包|月薪|月入|年薪|薪资|预算|花了?|工资|价格|单价|只要|不到|大概|房租|月租|租金|奖金|罚款|亏了?|赚了?|欠了?|差不多'

export const ZH_NET_RULES: readonly Rule[] = [
  rule(
    `(?<=(?:${MONEY_WORDS})(?:大概|大约|约|差不多)?\\s?)(\\d{1,3}(?:\\.\\d)?)[kK](?![\\w+-])`,
    ([, thousands]) => readThousands(thousands!),
  ),
  rule('(?:3,?2,?1|321)(?=\\s?(?:上车|上链接|开始|茄子|开抢|发射|走起))', (match, text) =>
    inNumber(match, text) ? undefined : '三二一',
  ),
  // Height and weight, figures of a body, results side by side: no fractions, no days.
  rule(
    String.raw`(?<=^|[，、,。\s：:])(1[4-9]\d|20\d)\/(\d{2,3})(?=[，、,。\s]|$)`,
    ([, height, weight]) => `${readCardinal(height!)}，${readCardinal(weight!)}`,
  ),
  rule(String.raw`\d{1,3}(?:\/\d{1,3}){2,5}(?![\d/])`, (match, text) => {
    const parts = match[0].split('/')
    const [first, second] = parts.map(Number) as [number, number]
    return inNumber(match, text) || parts.length > 3
      ? undefined
      : first > 31 || second > 31
        ? parts.map(reading).join('、')
        : undefined
  }),
  rule(String.raw`\d{2}(?: \d{2}){3,12}(?![\d.:：%-])`, (match, text) =>
    inNumber(match, text) ? undefined : match[0].split(' ').map(reading).join('、'),
  ),
  rule('((?:19|20)\\d{5,6})(?=期)', (match, text) =>
    inNumber(match, text) ? undefined : readDigits(match[1]!),
  ),
  rule('(?<=[半刻整点])\\s?[-~～—]\\s?(?=\\d{1,2}[点:：])', () => '到'),
  rule('(?<=\\d\\.\\d{1,3}) (?=\\d{2,4}[A-Za-z])', () => '，'),
  // A deviation in brackets before its unit.
  rule(
    `[（(](\\d{1,6}(?:\\.\\d{1,4})?)\\s?±\\s?(\\d{1,6}(?:\\.\\d{1,4})?)[)）]\\s?(%|${UNIT})(?![A-Za-z\\d])`,
    ([, value, error, unit]) =>
      unit === '%'
        ? `百分之${readDecimal(value!)}正负${readDecimal(error!)}`
        : `${readDecimal(value!)}正负${readDecimal(error!)}${UNITS[unit!] ?? sayUnit(unit!)}`,
  ),
  rule(
    `[（(](\\d{1,6}(?:\\.\\d{1,4})?)\\s?±\\s?(\\d{1,6}(?:\\.\\d{1,4})?)[)）]\\s?%(?=RH)`,
    ([, value, error]) => `百分之${readDecimal(value!)}正负${readDecimal(error!)}`,
  ),
  rule(String.raw`(\d{1,3}(?:\.\d{1,2})?)[%％]\+(?![\d\w])`, (match, text) =>
    inNumber(match, text) ? undefined : `百分之${readDecimal(match[1]!)}以上`,
  ),
  rule(
    `(?<=\\d\\s?([GMk]?Hz|k?[VW]|mm|cm|kg|m?[lL]|GB|TB))[/／](?=\\d{1,5}(?:\\.\\d{1,2})?\\s?([GMk]?Hz|k?W|mm|cm|kg|m?[lL])(?![A-Za-z]))`,
    ([, one, other]) => (one!.at(-1) === other!.at(-1) ? '或' : '，'),
  ),
  // Powers of what is in brackets; shares below zero; marks of derivatives.
  rule('[（(](-?\\d{1,6})[)）]([²³])', (match, text) =>
    inNumber(match, text)
      ? undefined
      : `${match[1]!.startsWith('-') ? '负' : ''}${readCardinal(match[1]!.replace('-', ''))}的${match[2] === '²' ? '平方' : '立方'}`,
  ),
  rule(
    String.raw`(?<=^|[，、；：=＝<>≥≤（(\s])-(\d{1,4})\/(\d{1,4})(?![\d/])`,
    ([, above, below]) => `负${readCardinal(below!)}分之${readCardinal(above!)}`,
  ),
  rule("([a-zA-Z])'(?=\\s?[（(=＝])", (match, text) => (inNumber(match, text) ? undefined : `${match[1]}撇`)),
  rule('∂([a-zA-Z]?)\\s?[/／]\\s?∂([a-zA-Z])', ([, above, below]) => `偏${above}偏${below}`),
  rule('(?<=[=＝+\\-*/(（]\\s?)(\\d{1,4})x(?![A-Za-z\\d])', ([, many]) => `${readCardinal(many!)}x`),
  // Formations of eleven, without the keeper.
  rule('[3-5](?:-[1-6]){2,3}(?![\\d-])', (match, text) => {
    const lines = match[0].split('-').map(Number)
    return inNumber(match, text) || lines.reduce((sum, one) => sum + one, 0) !== 10
      ? undefined
      : readDigits(lines.join(''))
  }),
  // Times of runners.
  rule(String.raw`(\d{1,2})['’′](\d{2})["″”](\d{2})(?!\d)`, (match, text) =>
    inNumber(match, text)
      ? undefined
      : `${match[1] === '2' ? '两' : readCardinal(match[1]!)}分${clock(match[2]!)}秒${readDigits(match[3]!)}`,
  ),
  rule(String.raw`(\d{1,2})["″](\d{2})(?![\d.])`, (match, text) =>
    inNumber(match, text) ? undefined : `${readCardinal(match[1]!)}秒${readDigits(match[2]!)}`,
  ),
  rule(String.raw`(\d{1,2})h(\d{1,2})m(\d{1,2})s(?![A-Za-z\d])`, (match, text) =>
    inNumber(match, text)
      ? undefined
      : `${match[1] === '2' ? '两' : readCardinal(match[1]!)}小时${clock(match[2]!)}分${clock(match[3]!)}秒`,
  ),
  // Steels, roads, mailboxes, doors and plates.
  rule('(\\d{3,4})(?=不锈钢|铝合金|铝材|铝板|铝|号钢|型钢|钢材)', (match, text) =>
    inNumber(match, text) ? undefined : readDigits(match[1]!),
  ),
  rule('(?<=(?:^|[^A-Za-z])Q)(\\d{3})(?=钢|[A-E]?(?:钢|[，。、；]|$))', ([, grade]) => readDigits(grade!)),
  rule(
    '(?<=国道|省道|县道|乡道)\\s?([GSXY]?)(\\d{3})(?![\\d.%]|公里|米)',
    ([, kind, road]) => kind! + readTelephone(road!),
  ),
  rule('(163|126|139|189)(?=邮箱)', (match, text) =>
    inNumber(match, text) ? undefined : readDigits(match[1]!),
  ),
  rule('58(?=同城|到家)', (match, text) => (inNumber(match, text) ? undefined : '五八')),
  rule('7-11(?=便利店|全家|罗森)|(?<=全家[、和/]|罗森[、和/])7-11', (match, text) =>
    inNumber(match, text) ? undefined : '七幺幺',
  ),
  rule(
    '(?<=号院|号楼|[栋幢座])-(\\d{1,4})(?![\\d-])',
    ([, door]) => `杠${door!.length > 2 ? readDigits(door!) : readCardinal(door!)}`,
  ),
  rule('(?<=[粤][Z])[·• ]?(\\d{4})(?=[港澳])', ([, plate]) => readDigits(plate!)),
  rule(String.raw`(?<=[\u4e00-\u9fff][A-Z][·• ]?)(\d{4})(?=[学警领挂试超])`, ([, plate]) =>
    readDigits(plate!),
  ),
  rule('([A-Z])(0\\d{1,3})(?=号)', (match, text) =>
    inNumber(match, text) ? undefined : `${match[1]}${readDigits(match[2]!)}`,
  ),
  // Sections by their sign; a file's name between angles.
  rule(
    String.raw`§\s?(\d{1,3}(?:\.\d{1,3}){0,3})`,
    ([, section]) => `第${section!.split('.').map(readCardinal).join('点')}节`,
  ),
  rule(String.raw`\s?<([A-Za-z][\w./+-]{0,40})>`, ([, name]) => ` ${name!.replaceAll('.', '点')} `),
  // Parts of an inch; prices side by side; opus and number; bases of chemistry.
  rule(String.raw`(\d)\/(\d\.\d{1,2})\s?(?:英寸|["″])`, (match, text) =>
    inNumber(match, text) ? undefined : `${readDecimal(match[2]!)}分之${readCardinal(match[1]!)}英寸`,
  ),
  rule(
    String.raw`[¥￥](\d{2,6}(?:\/\d{2,6}){2,8}|[1-9]\d{2,5}\/[1-9]\d{2,5})(?![\d/.])(?:元)?`,
    ([, prices]) => `${prices!.split('/').map(readCardinal).join('、')}元`,
  ),
  rule(String.raw`[Oo]p\.\s?(\d{1,3})(?:\s?[-–]\s?(\d{1,2}))?(?![\d])`, (match, text) =>
    inNumber(match, text)
      ? undefined
      : `作品${readCardinal(match[1]!)}${match[2] === undefined ? '' : `之${readCardinal(match[2])}`}`,
  ),
  rule(
    '(?<=[A-Z][a-z]?)[（(]([A-Z][A-Za-z\\d]{1,5})[)）](\\d)',
    ([, base, number]) => ` ${base!.replace(/\d+/g, readCardinal)} ${readCardinal(number!)}`,
  ),
  rule('([A-H])[.．]\\s?(?=\\d{1,6}(?:\\s|$|[，。；]))', (match, text) => {
    const around =
      text.slice(Math.max(0, match.index - 16), match.index) + text.slice(match.index + 2, match.index + 18)
    return inNumber(match, text) || !/(?<![A-Za-z\d])[A-H][.．]/.test(around) ? undefined : `${match[1]}，`
  }),
  // Bacteria by their stain.
  rule('(?<=(?:^|[^A-Za-z])G)([+-])(?=(?:杆|球)?菌)', ([, sign]) => (sign === '+' ? '阳性' : '阴性')),
  rule(String.raw`(\d{1,2})\/(\d{1,2})["″](?!\d)`, (match, text) =>
    inNumber(match, text) ? undefined : `${readCardinal(match[2]!)}分之${readCardinal(match[1]!)}英寸`,
  ),
]
