/**
 * What is called by its digits in Chinese, as rules: 84消毒液, 731部队, 坐302路, 95188-1, 信用卡1234消费, 2020-至今.
 */
import { ahead, inNumber, type Rule, rule } from './rules.ts'
import {
  readCardinal,
  readDecimal,
  readDigits,
  readTelephone,
  readUnpadded,
  readVersion,
} from './zh-numbers.ts'

/** What a bus does, and what is done with it. */
const BUSES = '[可到能开站坐也都转经]|(?:的|公)?[公车]|换乘|直达|途经|[首末]班'
/** What a card or an account is told with, and what happens to it. */
const CARDS = '账户|賬戶|帐户|储蓄卡|信用卡|借记卡|银行卡'
const HAPPENS =
  '[)）]|账户|賬戶|于|在|消费|支出|收入|转[入出账]|存入|扣[款费]|入账|[快完][捷成]|向|[1-9]\\d?月'
/** What a player has of what there can be. */
const POWERS =
  'HP|MP|SP|血量|体力|蓝量|法力|生命值?|经验[值条]|能量|护盾|精力|耐久度?|饱食度|疲劳值?|弹药|子弹'

const alone =
  (read: (digits: string) => string): Rule['say'] =>
  (match, text) =>
    inNumber(match, text) ? undefined : read(match[1]!)

export const ZH_CALLED_RULES: readonly Rule[] = [
  rule('(84)(?=消毒)', alone(readDigits)),
  rule('(502|401|101|504|520)(?=强?力?胶)', alone(readDigits)),
  rule('([45]\\d\\d)(?=(?:状态码?|错误|报错|页面)(?![率数]))', alone(readDigits)),
  rule('(\\d{3,5})(?=部队(?![人员]))', alone(readDigits)),
  rule(`([1-9]\\d[1-9]|[1-9][1-9]0)(?=路(?:${BUSES}))`, alone(readDigits)),
  rule('(\\d{4})(?=次(?:列车|[快慢普火动][客速车]|特快|直快))', alone(readTelephone)),
  // Telephones of shops and banks.
  rule('[48]00-\\d{4}-\\d{3}(?![\\d-])|9[56]\\d{3}-\\d{1,2}(?![\\d-])', (match, text) =>
    inNumber(match, text) ? undefined : match[0].split('-').map(readTelephone).join('，'),
  ),
  rule(`(?=\\d)(?<=(?:${CARDS})(?:末四位|尾号)?[（(]?)(\\d{4})(?=${HAPPENS})`, ([, digits]) =>
    readDigits(digits!),
  ),
  // Sections, figures and versions of one letter or a short word.
  rule(
    '(?=[A-Z])(?<=(?:附[录錄图圖表]|[图圖表式例]|定理|引理|推论|命题|算法))\\s?([A-Z])\\.(\\d{1,3}(?:\\.\\d{1,3}){0,3})(?![\\d.]\\d)',
    ([, letter, number]) => `${letter}点${readVersion(number!)}`,
  ),
  rule(
    '(Lv|LV|lv|Fig|Ver|ver|Ep|EP|Ch|Sec|Eq|Tab|Rev)\\.\\s?(\\d{1,4}(?:\\.\\d{1,3}){0,3})(?![\\d.]\\d|[A-Za-z])',
    (match, text) => (inNumber(match, text) ? undefined : `${match[1]}${readVersion(match[2]!)}`),
  ),
  // Years and days.
  rule('((?:19|20)\\d\\d)\\s?[-~～—]\\s?(?=至今|今(?![天日年晚后]))', alone(readDigits)),
  rule(
    '(?=[（(])(?<=[等人某][）)]?)[（(]((?:19|20)\\d\\d)(?=[a-z]?[)）])',
    ([, year]) => `，${readDigits(year!)}`,
  ),
  rule('(?=\\d)(?<=民[国國]\\s?)(\\d{1,3})(?=年)', ([, year]) => (year === '2' ? '二' : readCardinal(year!))),
  rule(
    '(0?[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])(?=\\s?(?:截止|送达|签收|揽收|开抢|开售|开播|上映|上线|放假|开学))',
    (match, text) =>
      inNumber(match, text) || /-/.test(text[match.index - 1] ?? '')
        ? undefined
        : `${readUnpadded(match[1]!)}月${readUnpadded(match[2]!)}日`,
  ),
  // Two numbers side by side are about so many: 2、3天.
  rule('([2-8])、([3-9])(?=[天个個人次岁歲周只斤遍位名件家块]|小时|分钟|年(?!级))', (match, text) =>
    /[\w.第周]$|\d[、，]$/.test(ahead(match, text, 2)) || Number(match[2]) !== Number(match[1]) + 1
      ? undefined
      : `${match[1] === '2' ? '两' : readCardinal(match[1]!)}${readCardinal(match[2]!)}`,
  ),
  rule(
    `(?=\\s?[:：]?\\s?\\d)(?<=${POWERS})\\s?[:：]?\\s?(\\d{1,6})\\s?[/／]\\s?(\\d{1,6})(?![\\d/.%])`,
    ([, rest, all]) => `${readCardinal(rest!)}，满${readCardinal(all!)}`,
  ),
  // Keys by their signs.
  rule(
    '(?=[+＋-])(?<=按下?[“"「])([+＋-])(?=[”"」]键?)|(?=[+＋-])(?<=音量)([+＋-])(?=键)',
    ([, quoted, bare]) => (/-/.test((quoted ?? bare)!) ? '减' : '加'),
  ),
  // How much a thing has in so much of it.
  rule(
    '(?=[/／])(?<=\\d\\s?(?:大卡|千卡|千焦|卡|kcal|kJ))[/／](?=\\d{1,4}\\s?(?:克|g|毫升|m[lL]))',
    () => '每',
  ),
  rule(
    '(?=[/／])(?<=元)[/／](?=(?:枚|封|幅|\\d{2,4}\\s?(?:克|g|毫升|m[lL])|[百千万]{1,2}[次字张人]|[千万百]{1,2}\\s?tokens?))',
    () => '每',
  ),
  rule(
    '(?=[$＄])[$＄]\\s?(\\d{1,9}(?:\\.\\d{1,2})?)([万亿千]?)(?=港[元币幣]|[新]?[台臺][币幣]|[澳加][元币幣]|新元)',
    ([, amount, scale]) => `${readDecimal(amount!)}${scale}`,
  ),
  // Pauses between labels, and between those that play.
  rule('(?=\\s?[/／])(?<=[\\u4e00-\\u9fff\\d])\\s?[/／]\\s?(?=[\\u4e00-\\u9fff]{2,6}[:：])', () => '，'),
  rule(
    '(?=[/／])(?<=(?:主演|导演|编剧|演员|嘉宾|主持人?|领衔主演|演唱)[:：]\\s?[\\u4e00-\\u9fff·/／、]{2,40})[/／](?=[\\u4e00-\\u9fff]{2,6})',
    () => '、',
  ),
]
