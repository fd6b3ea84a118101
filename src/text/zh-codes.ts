/**
 * What is read sign by sign in Chinese: telephone numbers, versions, order numbers, addresses.
 */
import { charBefore, inNumber, type Rule, rule } from './rules.ts'
import { romanOf } from './zh-names.ts'
import { readCardinal, readDigits, readTelephone, readVersion } from './zh-numbers.ts'

const dialled = (text: string) =>
  text
    .split(/\D+/)
    .filter((group) => group !== '')
    .map(readTelephone)
    .join('，')

const SIGNS: Readonly<Record<string, string>> = {
  '.': '点',
  '/': '斜杠',
  ':': '冒号',
  '@': '艾特',
  '-': '杠',
  _: '下划线',
  '?': '问号',
  '=': '等于',
  '&': '和',
  '#': '井号',
  '%': '百分号',
  '+': '加',
  '~': '波浪号',
  '\\': '反斜杠',
}

/** An address: letters as they are, digits one by one, signs by name; the scheme is left out. */
function address(text: string): string {
  return (text.replace(/^(?:https?|ftp):\/\/|^mailto:/i, '').match(/[A-Za-z]+|\d|[^A-Za-z\d]/g) ?? [])
    .map((part) => SIGNS[part] ?? (/\d/.test(part) ? readDigits(part) : part))
    .join('')
}

/** Digits of a code by themselves, letters as they are, joints left out. */
const code = (text: string) =>
  text
    .replace(/(?<=\d{4})-(?=\d{1,2}$)/, '杠')
    .replace(/[-# ]/g, '')
    .replaceAll('_', '下划线')
    .replaceAll('@', '艾特')
    .replace(/\d+/g, readDigits)

const NAMED =
  '(?:QQ号?群?|Q群|微信号|微信|尾号|后四位|单号|编号|账号|帐号|卡号|验证码|密码|身份证号?码?|车牌号?|学号|工号|邮编|订单号?|快递号|序列号|座位号|房号|房间号|房间|航班号?|车次|代码|代号|口令|流水号|型号|ID|工单|票号|门牌号?|邮政编码|端口号?|户号|客户号|用户号|缴费号|箱号|证号|UID|uid|会员号|准考证号|合同号|发票号|税号|会议号|会议ID|取件码|取餐码|提取码|校验码|动态码|邀请码|激活码|兑换码|券码|保单号|备案号|群号|抖音号|病历号|挂号单?|识别号|信用代码|交易号|凭证号|批号|货号|款号|图号|密碼|驗證碼|編號|帳號|學號|訂單編?號|档案号|条码|[发發]票[号號][码碼]?|(?<![话話机機])[号號][码碼](?!\\D{0,3}1[3-9]\\d{9}(?!\\d))|[帐帳账賬]號|驗證號|[医醫社学學]?[籍保]号|PIN码?)'
const PHONES =
  '(?:(?:電話|手機)(?:號碼?)?|傳真|熱線|电话号?码?|手机号?码?|热线|传真|座机|联系方式|客服|拨打|致电|拨)'
const LINK = '(?:是|为|為|：|:|\\s){0,3}'

export const ZH_CODE_RULES: readonly Rule[] = [
  rule(String.raw`(?:https?|ftp):\/\/[\x21-\x7e]{0,2000}[\w/]`, ([whole]) => address(whole)),
  rule(
    String.raw`(?:mailto:)?[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,64}(?:\.[A-Za-z0-9-]{1,64}){1,8}`,
    ([whole]) => address(whole),
  ),
  rule(
    String.raw`(?:[A-Za-z0-9-]{1,64}\.){1,8}(?:com|org|net|edu|gov|io|cn|uk|de|ai|app|dev|fr|jp|top|cc|vip|tv|me)(?![\w-])(?:\/[\x21-\x7e]{0,2000}[\w/])?`,
    (match, text) => (inNumber(match, text) ? undefined : address(match[0])),
  ),
  rule(
    String.raw`[A-Za-z][\w-]{0,64}(?:\.[\w-]{1,16}){0,5}\.(?:pdf|docx?|xlsx?|pptx?|txt|md|csv|json|ya?ml|toml|log|xml|html?|css|js|ts|py|sh|exe|zip|tar|gz|rar|7z|png|jpe?g|gif|svg|webp|mp3|mp4|wav|flac)(?![\w-])`,
    (match, text) => (inNumber(match, text) ? undefined : address(match[0])),
  ),
  rule(
    String.raw`(?:~|\.{1,2})?(?:\/[A-Za-z][\w.@+-]{0,63}){1,16}\/?(?:\?[\w=&%.+-]{1,200})?`,
    (match, text) => (/[\w/元块次]/.test(charBefore(match, text)) ? undefined : address(match[0])),
  ),

  rule(String.raw`[A-Za-z]:\\{1,2}[^\s"<>|，。；！？]{1,500}`, (match, text) =>
    inNumber(match, text) ? undefined : address(match[0].replace(/\\+/g, '\\')),
  ),

  rule(String.raw`[\dA-Fa-f]{2}(?:[:-][\dA-Fa-f]{2}){5}(?![\w:-])`, (match, text) =>
    inNumber(match, text) ? undefined : match[0].replace(/[:-]/g, '，').replace(/\d/g, readDigits),
  ),
  rule('(?=9)(?<=(?:^|[^A-Za-z])K?N)9[59](?![\\d.])', ([mask]) => readDigits(mask)),

  // Versions and machines.
  rule(
    String.raw`(?=[-~～—])(?<=\d\.\d{1,3}\.\d{1,3})[-~～—](?=\d{1,3}(?:\.\d{1,3}){2,3}(?![\d.]))`,
    () => '到',
  ),
  rule(String.raw`\d{3,5}(?=号?端口)`, (match, text) =>
    inNumber(match, text) ? undefined : readDigits(match[0]),
  ),
  rule(
    String.raw`(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?::(\d{1,5})|\/(\d{1,2}))?(?![\d]|\.\d)`,
    (match, text) =>
      inNumber(match, text)
        ? undefined
        : match
            .slice(1, 5)
            .map((part) => readDigits(part!))
            .join('点') +
          (match[5] === undefined ? '' : `，端口${readDigits(match[5])}`) +
          (match[6] === undefined ? '' : `斜杠${readCardinal(match[6])}`),
  ),
  rule(String.raw`([vV])\.?\s?(\d{1,6}(?:\.\d{1,6}){0,5})(?!\d|\.\d|[A-Za-z])`, (match, text) =>
    inNumber(match, text) ? undefined : `${match[1]!}${readVersion(match[2]!)}`,
  ),
  rule(String.raw`\d{1,3}(?:\.\d{1,4}){2,5}(?!\d|\.\d|[-/](?![a-z]|\d{1,3}\.\d{1,3}\.\d))`, (match, text) =>
    inNumber(match, text) || /^\d{4}\.|^\d{1,2}\.\d{1,2}\.(?:19|20)\d\d$/.test(match[0])
      ? undefined
      : readVersion(match[0]),
  ),

  rule(
    String.raw`(?<=\d)-?(alpha|beta|rc|pre|dev)\.?(\d{1,4})?(?![\w.]{0,24}\d|\w)`,
    ([, stage, count]) => `${stage}${count === undefined ? '' : readCardinal(count)}`,
  ),
  rule(String.raw`(?=\+\+)(?<=[A-Za-z])\+{2,4}(?!\+)`, ([signs]) => '加'.repeat(signs.length)),
  rule(String.raw`(?<=\w)@(?=\d)`, () => '艾特'),

  // Telephones.
  rule(String.raw`\+\s?\d{1,3}(?:[ -]?\d{2,5}){1,6}(?!\d)`, ([number]) =>
    number.replace(/\D/g, '').length < 8 ? undefined : `加${dialled(number)}`,
  ),
  rule(String.raw`(?:00)?86[- ](?:\d{2,4}[- ]?){1,3}\d{4,8}(?!\d)`, (match, text) =>
    inNumber(match, text) ? undefined : dialled(match[0]),
  ),
  // The last digits of what wins.
  rule(
    String.raw`(?=\d)(?<=末[一二三四五六七八\d]位数?[字码]?[:：是为]{0,2}\s?(?:\d{1,8}[、，,]\s?){0,6})\d{1,8}(?![\d.])`,
    ([digits]) => readDigits(digits),
  ),
  // Digits that are kept secret.
  rule(String.raw`(\d{2,6})\*{2,12}(\d{2,6})(?!\d)`, (match, text) =>
    inNumber(match, text) ? undefined : `${readTelephone(match[1]!)}，星号，${readTelephone(match[2]!)}`,
  ),
  rule(String.raw`(?:[48]00|9[56]\d{3}|12\d{3})(?=电话|热线|号码|客服|举报|投诉|短信|专线)`, (match, text) =>
    inNumber(match, text) ? undefined : readTelephone(match[0]),
  ),
  // Books, standards; codes of capitals and digits that are long.
  rule(
    String.raw`ISBN(?:号?[:：是为])?\s?(\d[\d-]{8,18}[\dX])(?![\w-])`,
    ([whole, code]) =>
      whole.slice(0, whole.length - code!.length) +
      dialled(code!).replaceAll('幺', '一') +
      (code!.endsWith('X') ? '，X' : ''),
  ),
  rule(
    String.raw`(GB|DB|JB|YY|HJ|JGJ|CJJ|QB|SH|HG|DL|NB|TB|YD|SJ|GA|LY|NY|WS|CECS)(\/T)?\s?(\d{3,6}|\d{1,2}(?=-(?:19|20)\d\d))(?:-((?:19|20)\d\d))?(?![\w.])`,
    (match, text) => {
      const [, body, kind, standard, year] = match
      return inNumber(match, text)
        ? undefined
        : `${body}${kind === undefined ? '' : ' T'}${readDigits(standard!)}${year === undefined ? '' : `，${readDigits(year)}`}`
    },
  ),
  rule(String.raw`(?=[A-Z]{0,39}\d)(?=\d{0,39}[A-Z])[A-Z\d]{10,40}(?!\w)`, (match, text) =>
    inNumber(match, text) ? undefined : code(match[0]),
  ),
  // Plates of cars.
  rule(
    '([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z])[·• ]?(?=[A-Z\\d]{0,5}\\d)([A-Z\\d]{5,6})(?![A-Za-z\\d])',
    ([, place, plate]) => place + plate!.replace(/\d+/g, readDigits),
  ),
  rule(String.raw`S(\d{1,2})E(\d{1,3})(?!\w)`, (match, text) =>
    inNumber(match, text)
      ? undefined
      : `第${readCardinal(String(Number(match[1])))}季第${readCardinal(String(Number(match[2])))}集`,
  ),
  rule(String.raw`1[3-9]\d(?:[- ]\d{4}){2}(?!\d)`, (match, text) =>
    inNumber(match, text) ? undefined : dialled(match[0]),
  ),
  rule(
    String.raw`0\d{2,3}-\d{7,8}-\d{2,5}(?![\d-])|0\d{1,2}-\d{3,4}-\d{4}(?![\d-])|1[3-9]\d{5} \d{4}(?!\d)`,
    (match, text) => (inNumber(match, text) ? undefined : dialled(match[0])),
  ),
  rule(String.raw`(?<=(?:香港|澳门|澳門)(?:电话|電話)?[:：]?\s?)[2-9]\d{3}[- ]\d{4}(?![\d-])`, ([number]) =>
    dialled(number),
  ),
  rule(String.raw`1[3-9]\d-\d{8}(?!\d)`, (match, text) =>
    inNumber(match, text) ? undefined : dialled(match[0]),
  ),
  rule(String.raw`(0\d{1,3})[- ]?-?(\d{7,8})(?!\d)`, (match, text) =>
    inNumber(match, text) || !/[- ]/.test(match[0]) ? undefined : dialled(match[0]),
  ),
  rule(String.raw`[（(]0\d{1,3}[)）]\s?\d{3,4}[- ]?\d{4}(?!\d)`, ([number]) => dialled(number)),
  rule(String.raw`0\d{2,3}[- ]\d{3,4}[- ]\d{4}(?!\d)`, (match, text) =>
    inNumber(match, text) ? undefined : dialled(match[0]),
  ),
  rule(String.raw`(?<=转|分机号?)\s?(\d{2,5})(?!\d|[\u4e00-\u9fff](?<!分)|分[^机])`, ([, number]) =>
    readTelephone(number!),
  ),
  rule(String.raw`[48]00\d-\d{3}-\d{3}(?![\d-])`, (match, text) =>
    inNumber(match, text) ? undefined : dialled(match[0]),
  ),
  rule(String.raw`(?:[48]00)[- ]?\d{3}[- ]?\d{4}(?!\d)`, (match, text) =>
    inNumber(match, text) || !/[- ]/.test(match[0]) ? undefined : dialled(match[0]),
  ),
  rule(
    String.raw`(${PHONES}${LINK})(\d{3,5}(?:[- ]\d{2,8}){0,4}|\d{6,12})(?![\d.:]|[年月日个人元块岁分%])`,
    (match) => (/^\d{11}$/.test(match[2]!) ? undefined : match[1]! + dialled(match[2]!)),
  ),

  // Machines: i7-9700K, RTX 4090, B737-800.
  rule(String.raw`[A-Za-z]{1,3}\d{1,4}-\d{2,5}[A-Za-z]{0,3}(?![\w-])`, (match, text) =>
    inNumber(match, text) ? undefined : code(match[0]),
  ),
  rule(
    String.raw`((?:RTX|GTX|RX|GT|MX|波音|空客|诺基亚|锐龙|酷睿|骁龙|麒麟|天玑|小米|标致|雷诺)\s?)(\d{3,4})(?:(?<=波音\s?7[0-8]7)-([1-9]00|[89]|10)(?!\w))?(?![\d.,%]|[年月元块个人万亿])`,
    ([, lead, number, kind]) =>
      lead!.trimEnd() +
      (/^[1-9]00$/.test(number!) && !/波音/.test(lead!) ? readCardinal(number!) : readDigits(number!)) +
      (kind === undefined ? '' : readCardinal(kind)),
  ),

  // A building, a stair, a door.
  rule(String.raw`\d{1,3}-\d{1,3}-\d{3,4}(?![\d-]|\s?[=＝])`, (match, text) =>
    inNumber(match, text)
      ? undefined
      : match[0]
          .split('-')
          .map((part) => (part.length > 2 ? readDigits(part) : readCardinal(part)))
          .join('杠'),
  ),

  // Codes.
  rule(
    String.raw`(${NAMED}${LINK})([A-Za-z_]{0,16}[-_@]?\d{3,40}(?:[A-Z][A-Z\d]{1,30})?(?:[- ](?!\d{1,2}[:：]\d)[A-Z\d]{1,8}){0,6})(?![\d.]\d|[年月日个人元块岁分%平㎡]|\s?[a-z]|\d?[ -]?[*＊xX]{2})`,
    ([, lead, number]) => lead!.replace(/[:：]\s*/, '：') + code(number!),
  ),
  rule(String.raw`[A-Z]{1,4}-(\d{1,2})(?![\w-]|\.\d)`, (match, text) =>
    inNumber(match, text) ? undefined : `${match[0].replace(/-.*/, '')}${readCardinal(match[1]!)}`,
  ),
  rule(String.raw`[A-Z]{1,4}-\d{1,8}(?:-[A-Z\d]{1,8}){0,4}(?![\w-]|\.\d)`, (match, text) =>
    inNumber(match, text) ? undefined : code(match[0]),
  ),
  rule(String.raw`[A-Z]{1,4}\d{5,40}(?!\w)`, (match, text) =>
    inNumber(match, text) ? undefined : code(match[0]),
  ),
  rule(
    String.raw`第\s?([IVX]{1,5})\s?(?=[章节卷部册届条幕回课集季代])`,
    ([, roman]) => `第${readCardinal(String(romanOf(roman!)))}`,
  ),
]

/** The way SSML's `say-as` asks for; undefined where the text is nothing of that kind. */
export function readChinese(
  text: string,
  as: 'characters' | 'telephone' | 'cardinal' | 'ordinal',
): string | undefined {
  if (as === 'telephone') return dialled(text)
  if (as === 'characters')
    return [...text].map((one) => (/\d/.test(one) ? readDigits(one) : (SIGNS[one] ?? one))).join('')
  const number = text.replace(/[,\s第]/g, '')
  if (!/^-?\d{1,12}$/.test(number)) return undefined
  const said = `${number.startsWith('-') ? '负' : ''}${readCardinal(number.replace('-', '').replace(/^0+(?=\d)/, ''))}`
  return as === 'ordinal' ? `第${said}` : said
}
