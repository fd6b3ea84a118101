/**
 * What machines are called and what they show in Chinese: screens, memory, codes of errors, menus, planes, trains, as rules.
 */
import { ahead, charBefore, type Rule, rule } from './rules.ts'
import { readCardinal, readDigits, readTelephone } from './zh-numbers.ts'

const inWord = (match: RegExpExecArray, text: string) => /[\w.]/.test(charBefore(match, text))
const REACH = 24
const before = (match: RegExpExecArray, text: string) => ahead(match, text, REACH)
/** One behind the other, no comparison. */
const CHAIN = /[\u4e00-\u9fff]{2}\s?[>＞]\s?[\u4e00-\u9fff]{2,8}\s?[>＞]\s?[\u4e00-\u9fff]{2}/
const MENU = /打开|进入|点击|点|选择|路径|菜单|依次|设置|前往|Settings|Preferences|File|Edit|View/

export const ZH_DEVICE_RULES: readonly Rule[] = [
  // Parts of a machine side by side.
  rule('(?<=[A-Za-z\\d]{2,16})\\/(?=(?:\\d{1,4}[KMGT]B?|[A-Z]{2,4}\\d{3,4})(?![a-z\\d]))', (match, text) =>
    /\/[^，。\s/]{1,16}\//.test(text.slice(Math.max(0, match.index - 20), match.index + 20))
      ? '、'
      : undefined,
  ),
  rule(
    '(?![1-9]\\d00K[暖冷白自光灯色])(\\d{4})(XTX?|X3D|Ti|KF?|HX|HS|(?<=[1-9]0[5-9]0)[DS]|(?<=R[3579]\\s\\d{4})[HUGX])(?![A-Za-z\\d])',
    (match, text) => (inWord(match, text) ? undefined : `${readDigits(match[1]!)}${match[2]}`),
  ),
  // Aircraft and weapons: no difference, no current.
  rule('(7[0-8]7|A?3[1-8]0)-([1-9]00|[89]|10|20)(?!\\w)', (match, text) =>
    inWord(match, text)
      ? undefined
      : `${match[1]!.replace(/\d+/, readDigits)}${/00$/.test(match[2]!) ? readCardinal(match[2]!) : readDigits(match[2]!)}`,
  ),
  rule('0(\\d{2})(?=[A-Z](?![A-Za-z]))', (match, text) =>
    inWord(match, text) ? undefined : `零${readDigits(match[1]!)}`,
  ),
  rule('(480|540|720|1080|1440|2160)([pPiI])(?![A-Za-z\\d])', (match, text) =>
    inWord(match, text) ? undefined : `${readDigits(match[1]!)}${match[2]!}`,
  ),
  rule('([A-Z])\\.(\\d{2,4})(?![\\d.])', (match, text) =>
    inWord(match, text) ? undefined : `${match[1]}点${readDigits(match[2]!)}`,
  ),
  rule('0([xX])([\\da-fA-F]{1,32})(?!\\w)', (match, text) =>
    inWord(match, text) ? undefined : `零${match[1]}${match[2]!.replace(/\d+/g, readDigits)}`,
  ),
  rule(
    '(?<=(?:HTTP|状态码|错误码?|报错|响应码?|返回码?|[Ee]rror)(?:是|为|[:：])?\\s?)([1-5]\\d\\d)(?![\\d.%]|\\s?[元个条次人件块年月])',
    ([, status]) => readDigits(status!),
  ),
  rule('(?<=\\d\\s?[KMGT]B?)\\s?\\/\\s?(?=\\d{1,4}\\s?[KMGT])', () => '或'),
  rule('(?<=[\\u4e00-\\u9fffA-Za-z”」\\]】])\\s?[>＞]\\s?(?=[\\u4e00-\\u9fffA-Za-z“「[【])', (match, text) =>
    MENU.test(before(match, text)) || CHAIN.test(text.slice(Math.max(0, match.index - 12), match.index + 13))
      ? '，'
      : undefined,
  ),
  rule('(?<=[A-Z]{2,4})\\.(?=\\d)', () => '点'),
  rule('(?<=\\d楼)(\\d{3,4})(?![\\d.,%]|\\s?[元个人平米块㎡])', ([, door]) => readDigits(door!)),
  rule('(?<=[Rr]oom\\s?)(\\d{3,4})(?!\\d)', ([, room]) => readDigits(room!)),
  // Roads, planes, trains.
  rule('(\\d{3})(?=国道|省道|县道)', (match, text) =>
    inWord(match, text) ? undefined : readDigits(match[1]!),
  ),
  rule('(7[0-8]7|3[1-8]0)(?=客机|飞机|机型|货机)', (match, text) =>
    inWord(match, text) ? undefined : readDigits(match[1]!),
  ),
  rule('([AB])(3[1-8]0|7[0-8]7)(?=[^\\dA-Za-z.]|neo|ceo|MAX|$)', (match, text) =>
    inWord(match, text) ? undefined : `${match[1]}${readDigits(match[2]!)}`,
  ),
  rule('C(9[01]9)(?![\\w.])', (match, text) =>
    inWord(match, text) ? undefined : `C${readDigits(match[1]!)}`,
  ),
  rule('([GDCKTZ])(\\d{2,4})(?![\\w.%-])', (match, text) =>
    !inWord(match, text) && /高铁|动车|火车|列车|车次|车票|乘坐|换乘/.test(before(match, text))
      ? `${match[1]}${readTelephone(match[2]!)}`
      : undefined,
  ),
]
