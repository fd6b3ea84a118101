/**
 * What shops, posters and bank messages write of goods and pay in Chinese, as rules: packs, capitals of units, rebates, masked cards.
 */
import { ahead, charBefore, inNumber, type Rule, rule } from './rules.ts'
import { readCardinal, readDecimal, readDigits, readTelephone } from './zh-numbers.ts'

const NUMBER = String.raw`(?:\d{1,3}(?:,\d{3}){1,4}(?!\d)|\d{1,12})(?:\.\d{1,6})?`
const number = (text: string) => (text === '2' ? '两' : readDecimal(text.replaceAll(',', '')))
/** Units in letters that are not theirs. */
const LOUD: Readonly<Record<string, string>> = {
  ML: '毫升',
  Ml: '毫升',
  CM: '厘米',
  Cm: '厘米',
  KG: '千克',
  Kg: '千克',
  kG: '千克',
  KM: '公里',
  Km: '公里',
  'KM/H': '公里每小时',
  'Km/h': '公里每小时',
  MAH: '毫安时',
  mah: '毫安时',
  KWH: '千瓦时',
  kwh: '千瓦时',
}
/** What is packed, and in what. */
const PIECES = '张|瓶|袋|片|粒|支|个|只|件|条|包|盒|罐|抽|卷|块|枚|根|颗|听|板|双|枝|本|贴|丸|桶|枚'
const PACKS = '包|箱|盒|瓶|袋|件|提|罐|桶|板|条|卷|套|组|排|筐|篮|扎|柜|车|托'
/** What wages are made of. */
const PAY =
  '提成|奖金|绩效|补贴|补助|全勤|年终|社保|五险|分红|底薪|加班费|餐补|房补|股票|期权|返现|红包|运费|邮费'
/** Of what there are ten thousands. */
const MANY =
  '资产|粉丝|用户|播放|年薪|存款|阅读|点赞|销量|订单|彩礼|首付|以上的?(?:房|存款|资产)|元|块|人|次|件|字'
const MANY_BEFORE =
  '(?<!免)费|[价款租薪债押定]金?|投资了?|资产|彩礼|首付|预算|借了?|投了?|赔了?|成交|赚了?|亏了?|欠了?|卖了?|花了?|月入|粉丝|播放量?|阅读量?|销量|负债|总价|房价'
const PARTS = '天|期|集|章|题|话|回|轮|关|步|批|周|课|节|场|站|季|辆|人|件|个'

export const ZH_GOODS_RULES: readonly Rule[] = [
  rule(
    `(${NUMBER})\\s?(${Object.keys(LOUD)
      .sort((a, b) => b.length - a.length)
      .join('|')})(?![A-Za-z\\d/²³])`,
    (match, text) =>
      /[\w.]/.test(charBefore(match, text)) ? undefined : `${number(match[1]!)}${LOUD[match[2]!]!}`,
  ),
  rule(
    `(?=[/／])(?<=\\d(?:多|余)?(?:${PIECES})\\s?)[/／](?=(?:${PACKS})(?![\\u4e00-\\u9fff]?[/／]))`,
    () => '每',
  ),
  rule(
    '(?=\\s?\\*)(?<=\\d\\s?(?:[A-Za-z]{1,3}|[\\u4e00-\\u9fff]{1,2}))\\s?\\*\\s?(?=\\d{1,4}(?!薪)(?:[\\u4e00-\\u9fff，。；、]|$))',
    () => '乘',
  ),
  rule(`(\\d{3,6})\\s?\\+\\s?(?=${PAY})`, (match, text) =>
    inNumber(match, text) ? undefined : `${readCardinal(match[1]!)}加`,
  ),
  rule(
    `(${NUMBER})W(?=\\s?(?:${MANY}))|(?<=(?:${MANY_BEFORE})\\s?)(${NUMBER})W(?![A-Za-z\\d+])`,
    (match, text) => (inNumber(match, text) ? undefined : `${number((match[1] ?? match[2])!)}万`),
  ),
  // Rebates: 85折 is eight tenths and a half; days that are called by two digits.
  rule('([1-9][1-9])(?=折(?![叠线算断合扇纸磨返射弯]))', (match, text) =>
    inNumber(match, text) ? undefined : readDigits(match[1]!),
  ),
  rule('(99|88|66)(?=大促|划算|公益日|会员日)', (match, text) =>
    inNumber(match, text) ? undefined : readDigits(match[1]!),
  ),
  rule(
    '(?=5)(?<=(?:今天|明天|昨天|后天|祝|快到|到了|过|这个)是?)52[01](?![\\d.%]|\\s?[元个块人年月号日米分次件天公平])',
    ([day]) => readDigits(day),
  ),
  // Digits that are kept secret, in groups or behind crosses.
  rule(String.raw`(\d{4})[ -]?(?:[*＊xX]{2,8}[ -]?){1,4}(\d{3,4})(?![\w*])`, (match, text) =>
    inNumber(match, text) ? undefined : `${readDigits(match[1]!)}，星号，${readDigits(match[2]!)}`,
  ),
  rule(String.raw`(1[3-9]\d)[xX]{4}(\d{4})(?!\w)`, (match, text) =>
    inNumber(match, text) ? undefined : `${readTelephone(match[1]!)}，星号，${readTelephone(match[2]!)}`,
  ),
  // Keys of a telephone.
  rule('#(?=[”"」]?号?键)', (match, text) => (text[match.index + 1] === '号' ? '井' : '井号')),
  rule('[*＊](?=[”"」]?号?键)', (match, text) => (text[match.index + 1] === '号' ? '星' : '星号')),
  rule(
    '(?=[#*＊])(?<=(?:按下?|输入|拨|键入)\\s?)[#*＊](?=[，。、；！？\\s]|$|结束|确认|返回|退出)',
    ([key]) => (key === '#' ? '井号' : '星号'),
  ),
  rule('(?=[*×xX])(?<=[长宽高深厚径])[*×xX](?=[长宽高深厚径])', () => '乘'),
  rule('(?=\\s?[*×xX·])(?<=\\d[kK])\\s?[*×xX·]\\s?(?=1[2-9]薪)', () => '，'),
  // A part of so many.
  rule(`第(\\d{1,4})[/／](\\d{1,4})(?=(${PARTS}))`, (match) =>
    Number(match[1]) > Number(match[2])
      ? undefined
      : `第${readCardinal(match[1]!)}${match[3]}，共${readCardinal(match[2]!)}`,
  ),
  // 两 of kinds and people side by side, shares of ten, what is turned over.
  rule(
    '2(?=种(?!子|植|田|地)|成(?![为功长立])|番(?![茄号外])|男\\d?女|女\\d?男|老(?:[，。、]|$)|大[^学众于]\\d小|套|款|份|户|趟|拨|问(?![题号世]))',
    (match, text) =>
      /[\d.第初高大百千万亿/／:：\-—~～A-Za-z一二三四五六七八九十]/.test(charBefore(match, text))
        ? undefined
        : '两',
  ),
  rule(
    '2(?=手(?:房|车|货|商品|书|手机|烟|市场|交易|平台|的))|(?<![去续近这了前隔])2(?=季度)',
    (match, text) => (/[\d.第]/.test(charBefore(match, text)) ? undefined : '二'),
  ),
  rule('(?=2)(?<=[\\d两一二三四五六七八九十]\\s?[男大问])2(?=[女小答])', () => '两'),
  // What a review gives of five or ten.
  rule(
    String.raw`(\d\.\d)\s?[/／]\s?(5|10)(?:\.0)?(?=$|[^\w.\u4e00-\u9fff]|分|星|的(?:[评得打]分|评价|好评))`,
    (match, text) =>
      inNumber(match, text) ||
      Number(match[1]) > Number(match[2]) ||
      /[=＝+*×÷]\s?$/.test(ahead(match, text, 2))
        ? undefined
        : `${readDecimal(match[1]!)}，满分${readCardinal(match[2]!)}`,
  ),
]
