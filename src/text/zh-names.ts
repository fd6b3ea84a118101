/**
 * Chinese names with numbers in them, ranges of days, words on both sides of a slash, as rules.
 */
import { apart, behind, charAfter, charBefore, inNumber, type Rule, rule } from './rules.ts'
import { ZH_CALENDAR_RULES } from './zh-calendar.ts'
import { readCardinal, readDecimal, readDigits, readTelephone, readUnpadded } from './zh-numbers.ts'
import { CLASSIFIER_PATTERN, sayUnit } from './zh-units.ts'

const HAN = '\\u4e00-\\u9fff'
/** Said digit by digit, although nothing in the text tells. */
const BY_DIGIT = '985|211|315|618|996|007|911|519|404|360|365|520|1024|798'
/** A number behind these and a joint is the number of a make, never below zero. */
const MAKES = '歼|轰|运|直|苏|米格|图|波音|空客|东风|长征|神舟|嫦娥|天宫|天问|红旗|鹰击|霹雳|北斗'
const EITHER: Readonly<Record<string, string>> = {
  '/': '或',
  '／': '或',
}
const UNIT_OF =
  '元|块|次|个|人|件|票|分|度|吨|斤|公斤|克|米|公里|千米|平方米|毫克|字|页|本|杯|美元|万元|亿元|泰铢|日元|韩元|欧元|英镑|港元|港币|澳元|加元|新元|台币|卢布|人民币'
const PER =
  '人|天|日|月|年|周|个|斤|公斤|克|毫克|毫升|亩|公顷|字|页|股|桶|盒|袋|包|箱|次|件|小时|分钟|分|秒|时|平米|平方米|度|台|张|杯|份|位|晚|间|吨|米|瓶|升|公里|千克|季度|户|片|粒|颗|支|组|条|行|头|株|棵|辆|场|轮|针|厘米|毫米|罐|听|筒|板|提|捆|把|碗|卷|管|朵|双|套'
const ROMAN: Readonly<Record<string, number>> = { I: 1, V: 5, X: 10, L: 50 }

export function romanOf(numeral: string): number {
  return [...numeral].reduce((sum, one, i) => {
    const value = ROMAN[one]!
    return sum + (value < (ROMAN[numeral[i + 1] ?? ''] ?? 0) ? -value : value)
  }, 0)
}

const LATIN: Readonly<Record<string, string>> = {
  'Co., Ltd.': 'Company Limited',
  'Co.,Ltd.': 'Company Limited',
  'Ltd.': 'Limited',
  'Inc.': 'Incorporated',
  'Corp.': 'Corporation',
  'Co.': 'Company',
  'vs.': 'versus',
  'VS.': 'versus',
  'etc.': 'et cetera',
  'e.g.': '例如',
  'i.e.': '即',
  'St.': 'Saint',
  'Mt.': 'Mount',
  'Ph.D.': 'PhD',
  'C#': 'C井',
  'F#': 'F井',
}

const door = (number: string) => (number.length >= 3 ? readDigits(number) : readCardinal(number))

/** The words between two hashes: days and decades by their digits. */
const topicOf = (topic: string) =>
  topic
    .replace(/(?<!\d)(\d{1,2})·(\d{1,2})(?!\d)/g, (_, month: string, day: string) => readDigits(month + day))
    .replace(/\d+(?=(后?))/g, (digits, after: string) =>
      digits.length > 2 || (after !== '' && /[05]$/.test(digits)) ? readDigits(digits) : readCardinal(digits),
    )

/** Days that are called by their numbers. */
const FEASTS =
  '晚会|假期|黄金周|大促|小长假|妇女节|劳动节|青年节|儿童节|建军节|国庆|购物节|情人节|活动|运动|事变'

export const ZH_NAME_RULES: readonly Rule[] = [
  rule(String.raw`(\d{1,2})[./·](\d{1,2})(?=${FEASTS})`, (match, text) =>
    inNumber(match, text)
      ? undefined
      : match[1] === match[2] && match[1]!.length === 2
        ? `双${readCardinal(match[1]!)}`
        : match[0].replace(/\D/, '') === '101'
          ? '十一'
          : readDigits(match[1]! + match[2]!),
  ),
  rule(String.raw`(\d{1,12})：(?=\d)(?!\d{1,2} \d|\d{1,6}[-+×÷*/=＝])`, (match, text) =>
    inNumber(match, text) || /^\d{2}(?!\d)/.test(text.slice(match.index + match[0].length))
      ? undefined
      : `${readCardinal(match[1]!)}比`,
  ),
  rule(
    String.raw`第(\d{1,4})[/／](\d{1,4})(?=页)`,
    ([, page, pages]) => `第${readCardinal(page!)}页，共${readCardinal(pages!)}`,
  ),
  rule(String.raw`([12]\d\d0)'?s(?![\w])`, (match, text) =>
    inNumber(match, text) ? undefined : `${readDigits(match[1]!)}年代`,
  ),
  rule(String.raw`\.(\d{1,20})(?![\d.]|\s?%)`, (match, text) =>
    /[\w.]/.test(charBefore(match, text)) ? undefined : `零点${readDigits(match[1]!)}`,
  ),
  rule(
    String.raw`(?:No|NO|№|no)\.?\s?(\d{1,6})(?![\d.])`,
    apart(([, number]) => `第${readCardinal(number!)}`),
  ),
  rule(
    String.raw`[Vv]ol\.?\s?(\d{1,4})(?![\d.])`,
    apart(([, number]) => `第${readCardinal(number!)}卷`),
  ),
  rule(
    `(Mr|Mrs|Ms|Dr|Prof)\\.\\s?(?=[${HAN}]|([A-Z]))`,
    apart(([, title, name]) => (name === undefined ? title! : `${title} `)),
  ),
  rule(
    String.raw`(\d{1,6})(?:st|nd|rd|th)(?![A-Za-z\d])`,
    apart(([, number]) => `第${readCardinal(number!)}`),
  ),
  rule('(?<=[他她它您你])[（(]([他她它您你])[）)]', ([, other]) => `或${other}`),
  // a.苹果 is one of a list as well.
  rule(`([A-Za-z])[.．)）]\\s?(?=[${HAN}“《]|\\d{1,4}[${HAN}])`, (match, text) =>
    match.index === 0 || /[\n。！？；，\s]/.test(charBefore(match, text)) ? `${match[1]}，` : undefined,
  ),
  // Latin abbreviations keep no point that would end a sentence.
  rule(
    `(?:${Object.keys(LATIN)
      .map((key) => key.replaceAll('.', '\\.'))
      .join('|')})(?![A-Za-z])`,
    apart(([key]) => LATIN[key]!),
  ),
  // 1.苹果 is the first of a list.
  rule(`(\\d{1,3})\\.\\s?(?=[${HAN}“《])`, (match, text) =>
    /[\n。！？；，：\s]/.test(charBefore(match, text)) || match.index === 0
      ? `${readCardinal(match[1]!)}、`
      : undefined,
  ),
  rule(`[（(](\\d{1,3})[)）]\\s?(?=[${HAN}])`, ([, number]) => `${readCardinal(number!)}、`),

  ...ZH_CALENDAR_RULES,

  // Days of the week by their numbers, systems and their versions side by side.
  rule(String.raw`(?<=周|星期|礼拜)[1-7](?:\/[1-7]){1,6}(?![\d/])`, ([days]) =>
    days.split('/').map(readDigits).join('、'),
  ),
  rule(
    String.raw`(?<=[A-Za-z] ?)(\d{1,2})\/(\d{1,2})(?![\d/.]|\s?[=＝])`,
    ([, one, other]) => `${readCardinal(one!)}、${readCardinal(other!)}`,
  ),
  rule('(?<=Q[1-4])\\s?[-~～—]\\s?(?=Q[1-4])', () => '到'),
  rule('(?<=[A-Z\\d])\\/(?=[A-Z]{2}\\d{3})', () => '、'),
  rule('(?<=[GSXY])(\\d{3})(?=省道|国道|县道|乡道|高速)', ([, road]) => readDigits(road!)),

  // Doors, trains, flights, plates.
  rule(
    `(?<=(?:[A-Z\\d一二三四五六七八九十]|\\d号)(?:座|栋|幢|号楼|层))(\\d{3,4})(?![\\d.,%A-Za-z]|[个人元块米页年月平多余间户]|㎡)`,
    ([, number]) => door(number!),
  ),
  rule(
    `(?<=[${HAN}A-Za-z\\d])(\\d{3,4})(?=[室房号](?![${HAN}]{0,1}线)|单元|教室|包厢|病房)`,
    (match, text) =>
      /\d/.test(charBefore(match, text)) || /号$/.test(match[0])
        ? undefined
        : charAfter(match, text) === '号'
          ? undefined
          : door(match[1]!),
  ),
  rule(`(\\d{3})(?=路(?:公交|公共|汽车|车|大巴|巴士|电车))`, (match, text) =>
    inNumber(match, text) ? undefined : readDigits(match[1]!),
  ),
  rule(
    `(\\d{3,4})(?=室|教室|包厢|病房|号?房间|号房|会议室|办公室|宿舍|包间|诊室|考场|机房|实验室|号床)`,
    (match, text) => (inNumber(match, text) ? undefined : door(match[1]!)),
  ),
  rule(
    `(?<=(?:单元|房间|教室|包厢|宿舍|办公室|门牌)号?)\\s?(\\d{3,4})(?![\\d.,%A-Za-z]|\\s?[A-Za-z]|[个人元块米页年月平多余间]|㎡)`,
    ([, number]) => door(number!),
  ),
  rule(
    String.raw`([A-Z]{1,2})\s?(\d{2,4})(?=次(?!\s?[/／])|航班|号?列车|号航班)`,
    apart(([, letters, number]) => `${letters}${readTelephone(number!)}`),
  ),
  rule(
    `(?<=(?:航班|车次|列车)(?:号)?(?:是|为|：|:)?\\s?)([A-Z]{1,2})\\s?(\\d{1,4})(?!\\d)`,
    ([, letters, number]) => {
      return `${letters}${readTelephone(number!)}`
    },
  ),
  rule(
    String.raw`(?:CA|MU|CZ|HU|ZH|MF|FM|SC|3U|9C|HO|KN|EU|JD|GS|UA|AA|BA|LH|NH|JL|KE|SQ)(\d{3,4})(?!\w)`,
    apart(([code, number]) => code.slice(0, 2).replace(/\d/, readDigits) + readTelephone(number!)),
  ),
  rule(
    `(?:${BY_DIGIT})(?=[${HAN}])(?!${CLASSIFIER_PATTERN}|[个人元块年月日号岁米公斤天名位次件多分小秒千百万亿余平亩英海毫家道所台股届])`,
    (match, text) => (/[\d.A-Za-z$￥¥]/.test(charBefore(match, text)) ? undefined : readTelephone(match[0])),
  ),

  rule('(?<=(?:^|[^A-Za-z])[A-Z])(\\d{1,2})(?=[层楼座区口馆栋])', ([, number]) => readCardinal(number!)),
  rule(`(\\d{1,3})#(?=[${HAN}，。、；]|$)`, (match, text) =>
    inNumber(match, text) ? undefined : `${readCardinal(match[1]!)}号`,
  ),
  rule('(?<=[A-Z])\\+(?=[级类等])', () => '加'),
  rule('(?<=(?:^|[^A-Za-z])[A-D])-(?=[级类等])', () => '减'),
  // Born in the years from …: 95后.
  rule('(\\d[05])(?=后(?![面边来天续年果]))', (match, text) =>
    inNumber(match, text) ? undefined : readDigits(match[1]!),
  ),
  // K8s counts no seconds.
  rule(
    '(?<=[A-Za-z])(?<!\\d[xX])(\\d{1,4})([A-Za-z]{1,3})(?![A-Za-z\\d])',
    ([, count, letters]) =>
      readCardinal(count!) + (/^(?:[cmkd]m|kg|m[lL])$/.test(letters!) ? sayUnit(letters!) : letters),
  ),
  rule(
    '(?<=(?:^|[^A-Za-z])[A-Za-z])(\\d)([A-Za-z])(?=\\d(?![\\d.]))',
    ([, count, letter]) => readCardinal(count!) + letter,
  ),
  rule('((?:19|20)?\\d\\d)(?=\\s?Q[1-4](?!\\d))', (match, text) =>
    inNumber(match, text) ? undefined : readDigits(match[1]!),
  ),
  // Initials with points.
  rule(
    `(?:[A-Z]\\.){2,6}(?=[${HAN}])`,
    apart(([initials]) => initials.replaceAll('.', '')),
  ),
  rule(`(?<=[${HAN}])\\.(?=[A-Z]{2})`, () => '点'),
  // Figures and tables of chapters.
  rule(
    '(?<=[图表式例题])\\s?(\\d{1,3})-(\\d{1,3})(?![\\d.-])',
    ([, chapter, figure]) => `${readCardinal(chapter!)}杠${readCardinal(figure!)}`,
  ),
  // A joint between a make or letters and its number.
  rule(`(?<=(?:${MAKES}))-(?=\\d)`, () => ''),
  rule(String.raw`(?<=[A-Za-z])-(?=\d)`, (match, text) =>
    /[=+*/^]/.test(charAfter(match, text)) ? undefined : ' ',
  ),

  // Roman numerals of kinds, classes and rulers.
  rule(
    `(?=[IVXL])(X{0,3}(?:IX|IV|V?I{0,3}))(?=(?:[、和及与至/～~-][IVX]{1,4}){0,6}(?:[型期级类世代届卷章节季]|(?<=[IV])度))`,
    (match, text) =>
      match[1] === '' ||
      /[A-Za-z]/.test(charBefore(match, text)) ||
      (/^[VX]$/.test(match[1]!) && charAfter(match, text) === '型')
        ? undefined
        : readCardinal(String(romanOf(match[1]!))),
  ),
  rule('(?<=[IVX])[-~～—](?=[IVX]{1,4}[型期级类])', () => '到'),
  rule(`(?<=[${HAN}])(?=[IVX]{2})(X{0,3}(?:IX|IV|V?I{0,3}))(?![A-Za-z\\d])`, ([, roman]) =>
    roman === '' || /^X+$/.test(roman!) ? undefined : readCardinal(String(romanOf(roman!))),
  ),

  // Slashes: per, or.
  rule(
    `(?<=\\d\\s?(?:小时|分钟|秒|天|周|个月|次|趟|遍|万次|万人|人次|人|只|辆|台|页|字|句|杯|片|粒|颗|支|份|班|节|步|卡|度|升|毫升|千米|公里|克|毫克|千克|公斤|吨|元|块))\\s?[/／]\\s?(${PER})(?![/／])`,
    ([, unit]) => `每${unit}`,
  ),
  rule(`(?<=(?:${UNIT_OF}))\\s?[/／]\\s?(${PER})(?![${HAN}]{0,1}[/／])`, ([, unit]) => `每${unit}`),
  rule(`(?<=[A-Za-z²³℃])[/／](${PER})(?=[，。；、！？\\s)）×xX*的以左]|$)`, ([, unit]) => `每${unit}`),
  rule(`(?<=[A-Za-z\\d])[/／](?=[${HAN}])|(?<=[${HAN}])[/／](?=[A-Za-z])`, () => '或'),
  rule('(?<=[A-Za-z])[/／](?=\\d)', (match, text) => (/^\dX/.test(behind(match, text, 2)) ? '、' : '')),
  rule(`(?<=[和与及])[/／](?=或)`, () => ''),
  rule(`(?<=[${HAN}])\\s?([/／])\\s?(?=[${HAN}])`, ([, slash]) => EITHER[slash!]!),
  rule('km\\/h(?![\\w])', () => '公里每小时'),
  rule('(?<=[KMGT][Bb])\\/s(?![A-Za-z])', () => '每秒'),
  rule('(?<=[A-Za-z])\\/(?=[A-Za-z])', () => ' '),

  // Files, handles, topics, words of programs.
  rule(`(?<=[${HAN}])\\.(?=(?:[a-z]{2,4}|mp[34]|7z)(?![A-Za-z\\d]))`, () => '点'),
  rule(`@([${HAN}\\w]{1,20})(?:\\s+(?=[${HAN}])|)`, (match, text) =>
    /[\w.]/.test(charBefore(match, text)) || /^\d/.test(match[1]!)
      ? undefined
      : `艾特${match[1]!.replaceAll('_', '下划线').replace(/\d+/g, readDigits)}${/\s$/.test(match[0]) ? '，' : ''}`,
  ),
  rule(
    `#([${HAN}A-Za-z\\d·]{1,40})#(?!\\d)`,
    ([, topic]) => `${topic!.startsWith('话题') ? '' : '话题'}${topicOf(topic!)}，`,
  ),
  rule(`#(\\d{1,4})(?![\\d#]|[${HAN}A-Za-z\\d·]{1,40}#(?!\\d))`, (match, text) =>
    /\w/.test(charBefore(match, text)) ? undefined : `${readCardinal(match[1]!)}号`,
  ),
  // Days that a point stands in: 9·11.
  rule(String.raw`(\d{1,2})·(\d{1,2})(?!\d)`, (match, text) =>
    inNumber(match, text) ? undefined : readDigits(match[1]! + match[2]!),
  ),
  rule('24/7(?![\\d/])', (match, text) => (inNumber(match, text) ? undefined : '七乘二十四')),
  rule('(?<=[A-Za-z])_(?=[A-Za-z])', () => '下划线'),
  rule(`(?<=\\d|[${HAN}]|[A-Za-z]|[)）])\\s?[×✕]\\s?(?=[${HAN}\\dA-Za-z(（])`, () => '乘'),
  rule(String.raw`(?<=\d)\s?\*\s?(?=\d)`, () => '乘'),
  rule(String.raw`(\d{1,5}(?:\.\d{1,3})?)[xX](?=\d)`, (match, text) =>
    inNumber(match, text) || match[1] === '0' ? undefined : `${readDecimal(match[1]!)}乘`,
  ),
  rule(String.raw`(\d{1,2})'(\d{2})"`, (match, text) =>
    inNumber(match, text) ? undefined : `${readCardinal(match[1]!)}分${readUnpadded(match[2]!)}秒`,
  ),
]
