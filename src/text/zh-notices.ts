/**
 * What messages of banks and shops, exchanges, doctors and the net write short in Chinese, as rules.
 */
import { ahead, behind, charBefore, inNumber, type Rule, rule } from './rules.ts'
import { readCardinal, readDecimal, readDigits, readThousands, readUnpadded } from './zh-numbers.ts'

const REACH = 40
const before = (match: RegExpExecArray, text: string, reach = REACH) => ahead(match, text, reach)
/** How often a dose is taken. */
const DOSES: Readonly<Record<string, string>> = {
  qd: '每日一次',
  bid: '每日两次',
  tid: '每日三次',
  qid: '每日四次',
  qn: '每晚一次',
  qod: '隔日一次',
  po: '口服',
  prn: '必要时',
}
const DOSE = /\d\s?(?:mg|g|μg|µg|ml|mL|U|IU|毫克|克|片|粒|支|丸|袋|滴|枚)|口服|饭[前后]/
/** What lasts so many days. */
const SPANS = /(?:术[前后]|连[用服续]|住院|疗程|用药|口服|服用|持续|间隔|还有|还剩)\s?$/
/** Days with their letter, where nothing is shown in three dimensions. */
const isSpan = (match: RegExpExecArray, text: string) =>
  SPANS.test(before(match, text)) ||
  ((Number(match[1]) > 5 || DOSE.test(before(match, text))) &&
    /^(?:[，。、；！？）)后内前]|\s*$)/.test(behind(match, text, REACH)))
/** Behind these a bracket holds a day. */
const DAYS =
  /(?:节|日|天|[周五六七八九十初]|假|元旦|除夕|春分|夏至|秋分|冬至|清明|今晚|今早|明早|明晚|星期.|礼拜.)$/

export const ZH_NOTICE_RULES: readonly Rule[] = [
  // Shares: their code, the exchange.
  rule(String.raw`(\d{4,6})\.(SH|SZ|HK|BJ|SS|OF|sh|sz|hk)(?![A-Za-z\d])`, (match, text) =>
    inNumber(match, text) ? undefined : `${readDigits(match[1]!)}点${match[2]}`,
  ),
  rule(
    String.raw`(?<=[\u4e00-\u9fffA-Z]\s?[（(](?:SH|SZ|HK|sh|sz)?[:：]?)([034689]\d{4,5})(?=[)）])`,
    ([, code]) => readDigits(code!),
  ),
  rule(String.raw`(?<=(?:ETF|基金|LOF|转债)\s?[（(])(\d{6})(?=[)）])`, ([, code]) => readDigits(code!)),
  rule(String.raw`(?<=[A-Z]{2,5})\.(?=[A-Z](?![A-Za-z]))`, () => '点'),
  rule(
    String.raw`([-+])?(\d{1,4}(?:\.\d{1,2})?)\s?(?:个\s?)?(?:BP|bp|bps|BPs)(?![A-Za-z\d]|\s?[:：]?\s?\d)`,
    (match, text) => {
      const [, sign, points] = match
      const behind = charBefore(match, text)
      if (sign === undefined && /[\w.]/.test(behind)) return undefined
      return `${sign === undefined ? '' : sign === '-' ? '减' : '加'}${points === '2' ? '两' : readDecimal(points!)}个基点`
    },
  ),
  rule(
    String.raw`ICP备(\d{6,12})号(?:-(\d{1,3}))?`,
    ([, number, site]) =>
      `ICP备${readDigits(number!)}号${site === undefined ? '' : `杠${readCardinal(site)}`}`,
  ),
  // Nothing behind the point is not said.
  rule(
    String.raw`(\d{1,3}(?:,\d{3}){1,4}|\d{1,9})\.00(?=\s?(?:元|美元|港元|欧元|日元|英镑))`,
    (match, text) => (inNumber(match, text) ? undefined : readCardinal(match[1]!.replaceAll(',', ''))),
  ),
  // Hundredths of a second of runners.
  rule(String.raw`(?<=\d秒)(\d{2,3})(?![\d.%个万元])`, ([, part]) => readDigits(part!)),
  // A day in brackets.
  rule(String.raw`(?<=[（(])(1[0-2]|[1-9])\/(3[01]|[12]\d|[1-9])(?=[）)])`, (match, text) =>
    DAYS.test(before(match, text).slice(0, -1)) || Number(match[2]) > 12
      ? `${readUnpadded(match[1]!)}月${readUnpadded(match[2]!)}日`
      : undefined,
  ),
  // A year before a name in letters.
  rule(String.raw`(?<=^|[，。！？\s])((?:19|20)\d\d)(?=\s[A-Z][a-z]{2,})`, ([, year]) => readDigits(year!)),
  // Doses.
  rule(`(${Object.keys(DOSES).join('|')})(?![A-Za-z\\d])`, (match, text) =>
    /[A-Za-z\d]/.test(charBefore(match, text)) || !DOSE.test(before(match, text))
      ? undefined
      : DOSES[match[1]!],
  ),
  rule(String.raw`[qQ](\d{1,2})[hH](?![A-Za-z\d])`, (match, text) =>
    /[A-Za-z\d]/.test(charBefore(match, text))
      ? undefined
      : `每${match[1] === '2' ? '两' : readCardinal(match[1]!)}小时一次`,
  ),
  rule('(\\d{1,3})d(?![A-Za-z\\d])', (match, text) =>
    inNumber(match, text) || !isSpan(match, text)
      ? undefined
      : `${match[1] === '2' ? '两' : readCardinal(match[1]!)}天`,
  ),
  // What a test found.
  rule(
    String.raw`(?<=[A-Za-z\d]|突变|征|反应|试验|抗[原体]|染色|检测|表达|蛋白|融合|感染)\s?[（(]([-+＋－−])[）)](?=[，。、；！？\s]|$|[\u4e00-\u9fff])`,
    ([, sign]) => (/[+＋]/.test(sign!) ? '阳性' : '阴性'),
  ),
  rule(
    '(?=[0-4]\\+)(?<=[A-Z]{2,6}\\d?\\s?[（(])([0-4])\\+(?=[)）])',
    ([, pluses]) => `${readCardinal(pluses!)}加`,
  ),
  // Marks out of so many, places among so many.
  rule(
    String.raw`(?<=(?:GPA|gpa|绩点)\s?[:：是为]?\s?)(\d\.\d{1,3})\s?[/／]\s?(\d(?:\.\d)?)(?![\d.])`,
    ([, mark, best]) => `${readDecimal(mark!)}，满分${readDecimal(best!)}`,
  ),
  rule(
    String.raw`(?<=排名\s?[:：是为第]?\s?)(\d{1,6})\s?[/／]\s?(\d{1,7})(?![\d/])`,
    ([, place, all]) => `${readCardinal(place!)}，共${readCardinal(all!)}`,
  ),
  // Subjects with their marks side by side.
  rule(
    String.raw`(?<=[\u4e00-\u9fff]\s?\d{1,4}(?:\.\d)?分?)\s?[/／]\s?(?=[\u4e00-\u9fff]{1,6}\s?\d)`,
    () => '，',
  ),
  // Goods and their parts with a plus; the net's plus one; its farewell.
  rule(
    '(?<=\\d\\s?(?:[A-Za-z]{1,3}|[A-Za-z]{0,3}[\\u4e00-\\u9fff]{1,6}))\\+(?=[\\d\\u4e00-\\u9fff])(?!\\d{1,4}(?:\\.\\d{1,3})?[%％])',
    (match, text) => (/[到为是温变约得]/.test(charBefore(match, text)) ? undefined : '加'),
  ),
  rule('(?<=[\\u4e00-\\u9fff])\\+1(?=[，。！？～~\\s]|接龙|$)', (match, text) =>
    /[到为是温变约得]/.test(charBefore(match, text)) ? undefined : '加一',
  ),
  rule(
    '(?:88|886|3166)(?=[~～]|[，！!。]\\s?(?:明[天儿]?见|下次|回头|晚安|我?[先要]?[去走睡下]|再见|拜))(?![~～]\\d)',
    (match, text) => (inNumber(match, text) ? undefined : readDigits(match[0])),
  ),
  rule(String.raw`(\d{1,3}(?:\.\d)?)[kK]\+(?![\w])`, (match, text) =>
    inNumber(match, text) ? undefined : `${readThousands(match[1]!)}多`,
  ),
  rule(String.raw`(?<=\d[kKpP]?)@(?=\d{2,4}\s?(?:Hz|hz|HZ|fps|帧))`, () => '，'),
  // A machine's answer that a page shows.
  rule(
    String.raw`(?<=(?:提示|报|报了|出现|显示|遇到|又是|一直)\s?)([45]\d\d)(?=$|[，。、！？；]|错误|了|页面|报错)`,
    ([, status]) => readDigits(status!),
  ),
]
