/**
 * Names of machines, versions, standards and trains whose letters and digits stand together in Chinese, as rules.
 */
import { ahead, behind, charBefore, inNumber, type Rule, rule } from './rules.ts'
import { readCardinal, readDigits, readTelephone, readVersion } from './zh-numbers.ts'
import { CLASSIFIER_PATTERN } from './zh-units.ts'

const REACH = 24
/** Letters in front of an amount, no name. */
const AMOUNTS =
  /^(?:USD|EUR|GBP|CNY|RMB|JPY|HKD|INR|KRW|TWD|AUD|CAD|CHF|SGD|AQI|GDP|IQ|PM|TOP|VOL|No|NO|GRE|QPS|QS|HP|MP|DPI|PPI|PWM)$/
const TRAINS = /高铁|动车|火车|列车|车次|车票|次|晚点|正点|停运|检票|车站|站台|候车|改签/
const tailOf = (part: string) =>
  part.replace(/\d+/g, (digits) => (digits.length > 3 ? readDigits(digits) : readCardinal(digits)))

export const ZH_MODEL_RULES: readonly Rule[] = [
  // A version with what was built: 5.15.0-91-generic; any version of a line: 2.x.
  rule(String.raw`(\d{1,3}(?:\.\d{1,4}){2,3})((?:-[A-Za-z\d]{1,16}){1,4})(?![\w.-])`, (match, text) => {
    const [, number, tail] = match
    return inNumber(match, text) || !/[A-Za-z]/.test(tail!) || /^-(?:alpha|beta|rc|pre|dev)/.test(tail!)
      ? undefined
      : `${readVersion(number!)}${tail!
          .split('-')
          .slice(1)
          .map((part) => `杠${tailOf(part)}`)
          .join('')}`
  }),
  rule(String.raw`(\d{1,3}(?:\.\d{1,3})?)\.([xX])(?![\w.])`, (match, text) =>
    inNumber(match, text) ? undefined : `${readVersion(match[1]!)}点${match[2]}`,
  ),
  // The size of a make behind its version: Qwen2.5-72B; names of programs and their parts; how many words a second.
  rule('(?=-)(?<=[A-Za-z]-?\\d{1,2}(?:\\.\\d{1,2})?)-(?=\\d{1,4}(?:\\.\\d)?[A-Z](?![A-Za-z]))', () => ' '),
  rule('(?=\\.)(?<=[a-z_)\\]][a-z_\\d)\\]]{1,16})\\.(?=[a-z_]{3,24}(?![A-Za-z\\d.]))', () => '点'),
  rule(
    '(?=\\/)(?<=\\d\\s?[a-z]{4,12})\\/(s|h|min)(?![A-Za-z])',
    ([, by]) => ({ s: '每秒', h: '每小时', min: '每分钟' })[by!],
  ),
  rule('(feat|ft|Feat|Ft|prod)\\.\\s?(?=[\\u4e00-\\u9fffA-Z])', (match, text) =>
    /[A-Za-z\d]/.test(charBefore(match, text)) ? undefined : `${match[1]} `,
  ),
  rule('[Φφ]\\s?(?=\\d)', () => '直径'),
  rule('(\\d{3})(?=X{2,4}(?![A-Za-z\\d]))', (match, text) =>
    inNumber(match, text) ? undefined : readDigits(match[1]!),
  ),
  rule(
    '(?=\\d)(?<=[盘存条卡]\\s?)(\\d{1,4})([gtGT])(?![A-Za-z/])',
    ([, count, unit]) => `${readCardinal(count!)}${unit!.toUpperCase()}`,
  ),
  // What is called by a year: Office 2021, CES 2024.
  rule(
    `(?=\\d)(?<=(?:^|[^A-Za-z\\d])([A-Za-z]{2,16}) )((?:19|20)(?!00)\\d\\d)(?![\\d.,:%‰°/-]|\\s?[A-Za-z]|\\s?(?:${CLASSIFIER_PATTERN}|[万亿千百余多倍次点种款项楼美欧英港℃℉]))`,
    ([, name, year]) => (AMOUNTS.test(name!) ? undefined : readDigits(year!)),
  ),
  // Standards.
  rule(
    String.raw`ISO(?:\/IEC)?\s?(\d{4,5})(?:[:：-]((?:19|20)\d\d))?(?![\w.])(?=(认证|标准|体系|质量|环境|信息)?)`,
    (match, text) => {
      const [, number, year, about] = match
      if (inNumber(match, text) || (year === undefined && about === undefined && /00$/.test(number!)))
        return undefined
      return `ISO${readDigits(number!)}${year === undefined ? '' : `，${readDigits(year)}`}`
    },
  ),
  // Tyres.
  rule(String.raw`(\d{3})\/(\d{2})\s?(Z?R)\s?(\d{2})(?:\s?(\d{2,3})([A-Z]))?(?![\w.])`, (match, text) => {
    const [, width, flat, kind, rim, load, speed] = match
    return inNumber(match, text)
      ? undefined
      : `${readDigits(width!)}，${readDigits(flat!)}${kind}${readCardinal(rim!)}${load === undefined ? '' : `，${readDigits(load)}${speed}`}`
  }),
  // A better one of a make: P7+, HDR10+, 天玑9300+.
  rule('(?=\\d)(?<=[A-Za-z])(\\d{1,2})\\+(?![\\d\\w+])', ([, number]) => `${readCardinal(number!)}加`),
  rule(
    '((?:天玑|骁龙|麒麟|锐龙)\\s?)(\\d{3,4})\\+(?![\\d\\w])',
    ([, make, number]) => `${make!.trimEnd()}${readDigits(number!)}加`,
  ),
  // Trains in a list, and other names of letters and four digits, or of one letter and three.
  rule('([GDCKTZ])(\\d{2,4})(?![\\w.%-])', (match, text) =>
    !/[\w.]/.test(charBefore(match, text)) &&
    !/[口座位区栋楼室门馆]$/.test(ahead(match, text, 1)) &&
    TRAINS.test(ahead(match, text, 8) + behind(match, text, REACH))
      ? `${match[1]}${readTelephone(match[2]!)}`
      : undefined,
  ),
  rule(
    `([A-Z]{1,4})(\\d{4}|(?<=(?:^|[^A-Za-z])[A-Z])\\d{3})([A-Z]{0,2})(?![A-Za-z\\d.,%‰°-])(?!\\s?(?:[×*]|次|航班|号?列车|${CLASSIFIER_PATTERN}|[万亿千百余多倍]))`,
    (match, text) => {
      const [, letters, number, tail] = match
      if (/[\w.=＝+*/×÷<>道]/.test(charBefore(match, text)) || AMOUNTS.test(letters!)) return undefined
      const read = number!.length === 4 ? readTelephone : readDigits
      return /00$/.test(number!) ? undefined : `${letters}${read(number!)}${tail}`
    },
  ),
  rule('(\\d{3})(?=L?[ie](?![A-Za-z\\d]))', (match, text) =>
    inNumber(match, text) ? undefined : readDigits(match[1]!),
  ),
  rule(
    '(?=\\d)(?<=[一二三四五六七八九十\\d东西南北主]教|(?:教学|实验|办公|综合|宿舍|行政|图书)[楼馆])(\\d{3,4})(?![\\d.]|[人个元米平层年])',
    ([, room]) => readDigits(room!),
  ),
  rule('(\\d{3})(?=大[楼樓厦廈])', (match, text) =>
    inNumber(match, text) ? undefined : readDigits(match[1]!),
  ),
  // Names of letters side by side: 5G/4G/WIFI.
  rule(
    '(?=[/／])(?<=[A-Z\\d][A-Za-z\\d]{0,8})[/／](?=[A-Z][A-Za-z\\d]{0,8}(?![A-Za-z\\d]))',
    (match, text) =>
      /[/／][A-Z\d][A-Za-z\d]{0,8}$/.test(ahead(match, text, 10)) ||
      /^[A-Za-z\d]{1,9}[/／][A-Z\d]/.test(behind(match, text, 12))
        ? '、'
        : undefined,
  ),
  // Letters with points that are a word, in a list.
  rule(String.raw`(?:[A-Z]\.){2,6}(?=[，、；：）)])`, (match, text) =>
    /[\w.]/.test(charBefore(match, text)) ? undefined : match[0].replaceAll('.', ''),
  ),
  rule('(?=·)(?<=[\\u4e00-\\u9fff]·[A-Z]|[\\u4e00-\\u9fff])·(?=[A-Z]·)', () => '·'),
  // A quoted name of digits.
  rule('(?=\\d)(?<=(?:^|[^读写念作为是])[“"])(\\d{3,4})(?=[”"][\\u4e00-\\u9fff])', ([, digits]) =>
    /00$|^1[12]\d$/.test(digits!) ? undefined : readDigits(digits!),
  ),
]
