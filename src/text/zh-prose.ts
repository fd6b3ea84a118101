/**
 * What letters, notices, exams and chat write in Chinese, as rules: clocks and days from one to the other, verses, marks, faces by name.
 */
import { charactersOf } from './pinyin.ts'
import { ahead, behind, charBefore, inNumber, type Rule, rule } from './rules.ts'
import {
  readCardinal,
  readClock,
  readDecimal,
  readDigits,
  readTelephone,
  readThousands,
  readUnpadded,
} from './zh-numbers.ts'
import { CLASSIFIER_PATTERN } from './zh-units.ts'

const CLOCK = String.raw`([01]?\d|2[0-4])[:：]([0-5]\d)`
const MONTH_DAY = String.raw`(1[0-2]|0?[1-9])\/(3[01]|[12]\d|0?[1-9])`
const REACH = 8
/** What is done on a day. */
const DONE =
  /^\s?(?:[上下]班|[入出住转]院|就诊|手术|复[查诊]|到货|到[达期]|抵达|出发|启程|入住|退房|离店|发货|交[稿货付房]|提交|开[始庭会]|结束|举[办行]|正式|上线|当[天晚]|见(?![过解])|更新|去[了过]?[\u4e00-\u9fff]|飞|回(?![合答复头报收应顾])|的?(?:航班|机票|车票|高铁|面试|婚礼|生日|会议|考试|演出|聚会|比赛)|[（(]?(?:周|星期|礼拜)[一二三四五六日天]|\d{1,2}[:：]\d\d)/
/** Behind these a share is told, no day. */
const PARTS =
  /(?:[占约有近过超剩余达了只的]|占[\u4e00-\u9fff]{1,6}|大概|差不多|概率|几率|进度|完成|得分|比例为?|[等低高少多小大]于|[降升增减]至|[=＝+*×÷/分-])\s?$/
/** What a share is of. */
const COUNTED = new RegExp(`^\\s?(?:的|以[上下内]|[杯匙勺层级页期成倍]|${CLASSIFIER_PATTERN})`)
const isShortened = (one: number, other: number): boolean => {
  for (let divisor = 2; divisor <= one; divisor++)
    if (one % divisor === 0 && other % divisor === 0) return true
  return false
}
/** Another day of the month is told near it, one that no fraction would have. */
const isBesideDay = (match: RegExpExecArray, text: string) =>
  /(?:^|[^\d/])([1-9])\/(?:1[3-9]|2\d|3[01])(?![\d/])[^。！？]*$/.exec(ahead(match, text, 3 * REACH))?.[1] ===
  match[1]
/** A phrase of its own, where nothing is reckoned. */
const isAlone = (match: RegExpExecArray, text: string) =>
  /(?:^|[\s，。；：、（(])$/.test(ahead(match, text, 1)) &&
  /^(?:[\s，。；、）)]|$)/.test(behind(match, text, 1)) &&
  !/[=＝+×÷*√求算约化][^。！？]*$/.test(ahead(match, text, 3 * REACH)) &&
  !/^[^。！？]*[=＝+×÷*√求算约化]/.test(behind(match, text, 3 * REACH))
/** Books of the Bible, and how people shorten them behind a bracket or a mark. */
const BOOKS =
  '创世[记纪]|出埃及记|利未记|民数记|申命记|约书亚记|士师记|路得记|撒母耳记[上下]|列王[记纪][上下]|历代志[上下]|以斯拉记|尼希米记|以斯帖记|约伯记|诗篇|箴言|传道书|雅歌|以赛亚书|耶利米书|以西结书|但以理书|何西阿书|约珥书|阿摩司书|约拿书|弥迦书|马太福音|马可福音|路加福音|约翰福音|使徒行传|罗马书|哥林多[前后]书|加拉太书|以弗所书|腓立比书|歌罗西书|帖撒罗尼迦[前后]书|提摩太[前后]书|提多书|希伯来书|雅各书|彼得[前后]书|约翰[一二三]书|启示录'
const SHORT_BOOKS = '创|出|申|诗|箴|赛|太|路|徒|罗|林前|林后|弗|腓|西|雅|彼前|彼后|启'
/** Faces that messengers write by their names. */
const FACES =
  '微笑|撇嘴|色|发呆|得意|流泪|害羞|闭嘴|睡|大哭|尴尬|发怒|调皮|呲牙|惊讶|难过|囧|抓狂|吐|偷笑|愉快|白眼|傲慢|困|惊恐|憨笑|悠闲|咒骂|疑问|嘘|晕|衰|骷髅|敲打|再见|擦汗|抠鼻|鼓掌|坏笑|鄙视|委屈|快哭了|阴险|亲亲|可怜|笑脸|生病|脸红|破涕为笑|恐惧|失望|无语|嘿哈|捂脸|奸笑|机智|皱眉|耶|吃瓜|加油|汗|天啊|社会社会|旺柴|好的|打脸|哇|翻白眼|让我看看|叹气|苦涩|裂开|嘴唇|爱心|心碎|拥抱|强|弱|握手|胜利|抱拳|勾引|拳头|合十|啤酒|咖啡|蛋糕|玫瑰|凋谢|菜刀|炸弹|便便|月亮|太阳|庆祝|礼物|红包|福|烟花|爆竹|猪头|跳跳|发抖|转圈|笑哭|doge|二哈|哈哈|泪|心|赞|鲜花|作揖|跪了|酸|允悲'
/** Behind a number that stands alone: so many years. */
const YEARS =
  '半|多|前|后|内|零|以上|以下|之后|之内|之间|时间|期|制|保修|质保|\\d{1,2}个月|[零一二三四五六七八九十]个月'

export const ZH_PROSE_RULES: readonly Rule[] = [
  // From one clock or day to the other.
  rule(`${CLOCK}\\s?[-~～—至到]\\s?${CLOCK}(?![\\d:：])`, (match, text) =>
    inNumber(match, text) || /[:：]/.test(charBefore(match, text))
      ? undefined
      : `${readClock(match[1]!, match[2]!)}到${readClock(match[3]!, match[4]!)}`,
  ),
  rule(`${MONTH_DAY}\\s?[-~～—至到]\\s?${MONTH_DAY}(?![\\d/]|\\.\\d|\\s?[=＝+*×÷])`, (match, text) => {
    const [, month, day, lastMonth, last] = match
    const sure =
      [day, last].some((one) => Number(one) >= 10) ||
      /0\d/.test(match[0]) ||
      Number(month) > Number(day) ||
      Number(lastMonth) > Number(last)
    return inNumber(match, text) ||
      !sure ||
      Number(month) * 100 + Number(day) >= Number(lastMonth) * 100 + Number(last)
      ? undefined
      : `${readUnpadded(month!)}月${readUnpadded(day!)}日到${readUnpadded(lastMonth!)}月${readUnpadded(last!)}日`
  }),
  rule(
    String.raw`(?=\s?[-~～—至])(?<=\d{4}[./-]\d{1,2}[./-]\d{1,2})\s?[-~～—至]\s?(?=\d{4}[./-]\d{1,2}[./-]\d)`,
    () => '到',
  ),
  rule(String.raw`(\d{1,2})\/(\d{1,2})\s?[-~～]\s?(\d{1,2})\/(\d{1,2})(?![\d/]|\s?[=＝])`, (match, text) => {
    const [, from, of, to, by] = match
    return inNumber(match, text) || Number(from) >= Number(of) || Number(to) >= Number(by)
      ? undefined
      : `${readCardinal(of!)}分之${readCardinal(from!)}到${readCardinal(by!)}分之${readCardinal(to!)}`
  }),
  rule(
    `${MONTH_DAY}(?=\\s?(?:放假|调休|休假|休息|开工|停课|停水|停电|返校|见面|开抢|开售|生效|起|发布|开播|上映|开业|开学))`,
    (match, text) =>
      inNumber(match, text) ? undefined : `${readUnpadded(match[1]!)}月${readUnpadded(match[2]!)}日`,
  ),
  // Nothing that can be shortened is a fraction; of others what is done on a day tells.
  rule(String.raw`([1-9])\/(3[01]|[12]\d|[1-9])(?![\d/]|\.\d|\s?[=＝+*×÷%％]|\s?[A-Za-z])`, (match, text) => {
    const [, month, day] = match
    const isDay =
      (Number(day) > 12 &&
        isShortened(Number(month), Number(day)) &&
        !COUNTED.test(behind(match, text, REACH))) ||
      (Number(month) > Number(day) && isAlone(match, text)) ||
      isBesideDay(match, text) ||
      DONE.test(behind(match, text, REACH))
    return inNumber(match, text) || !isDay || PARTS.test(ahead(match, text, REACH))
      ? undefined
      : `${readCardinal(month!)}月${readCardinal(day!)}日`
  }),
  rule(String.raw`(\d{1,3}\.\d{1,2})-(\d{1,3}\.\d{1,2})(?=[，。、；！？）)]|\s*$)`, (match, text) =>
    /[\w.=＝+*/×÷<>-]/.test(charBefore(match, text)) || Number(match[1]) >= Number(match[2])
      ? undefined
      : `${readDecimal(match[1]!)}到${readDecimal(match[2]!)}`,
  ),
  rule('(?=[~～])(?<=[一二三四五六七八九十])[~～](?=[一二三四五六七八九十])', () => '到'),
  // Years that are counted.
  rule(`2(?=年(?:${YEARS}))`, (match, text) =>
    /[\d.第民治光绪国]/.test(charBefore(match, text)) ? undefined : '两',
  ),
  rule(
    '(?=2)(?<=(?:刑|役|约|满|近|已|了|过|整整|不到|超过|长达|缓刑|为期|至少|最多|大概|差不多))2(?=年(?![级底初末]))',
    () => '两',
  ),
  rule('2(?=梯\\d户)', (match, text) => (inNumber(match, text) ? undefined : '两')),
  rule(
    '(?=\\d)(?<=[朝代国王帝宗祖周秦汉晋隋唐宋元明清][（(])([1-9]\\d{2,3})\\s?[-~～—]\\s?([1-9]\\d{2,3})(?=年?[）)])',
    ([, from, to]) => (Number(from) < Number(to) ? `${readDigits(from!)}到${readDigits(to!)}` : undefined),
  ),
  // Lives and reigns; days by their digits; what wages are counted by.
  rule(
    '(?=[12])(?<=[（(](?:约|大约|公元|生卒|在位)?)([12]\\d{3})\\s?[-~～—]\\s?([12]\\d{3})(?=年?[）)])',
    ([, from, to]) => (from! < to! ? `${readDigits(from!)}到${readDigits(to!)}` : undefined),
  ),
  rule('(?<=[“"])(?:618|520|521|1314|996|007|315)(?=[”"])', ([day]) => readTelephone(day)),
  rule('(\\d{1,3})[kK]\\s?[*×xX]\\s?(1[2-9])(?![\\d.])薪?', (match, text) =>
    inNumber(match, text) ? undefined : `${readThousands(match[1]!)}，${readCardinal(match[2]!)}薪`,
  ),
  rule('\\d(?:\\.\\d)?(?:\\/\\d(?:\\.\\d)?){2,4}(?=倍)', (match, text) =>
    inNumber(match, text) ? undefined : match[0].split('/').map(readDecimal).join('、'),
  ),
  // Verses.
  rule(
    `(?=\\d)(?<=(?:${BOOKS})[》〉”]?\\s?|[（(；;](?:${SHORT_BOOKS})\\s?)(\\d{1,3})[:：](\\d{1,3})(?:\\s?[-~～—]\\s?(\\d{1,3}))?(?![\\d:：])`,
    (match, text) => {
      const [, chapter, verse, last] = match
      return `${readCardinal(chapter!)}${/诗篇?[》〉”]?\s?$/.test(ahead(match, text, 5)) ? '篇' : '章'}${readCardinal(verse!)}${last === undefined ? '' : `到${readCardinal(last)}`}节`
    },
  ),
  rule(
    '第[（(](\\d{1,3}|[一二三四五六七八九十]{1,3})[)）](?=[款项条章节点题])',
    ([, number]) => `第${/\d/.test(number!) ? readCardinal(number!) : number}`,
  ),
  // Marks and the best there is; places; floors.
  rule(
    String.raw`(?=\d)(?<=(?:成绩|得分|(?<![成带真假为约])分数|总分|评分|考了|得了|卷面|打分|综合|豆瓣|IMDb|好评|口碑)(?:[：:是为]|\s)?\s?)(\d{1,3}(?:\.\d{1,2})?)\s?[/／]\s?(\d{1,3})(?:\.0)?(?![\d/.])(?!分之)`,
    ([, mark, best]) => `${readDecimal(mark!)}，满分${readCardinal(best!)}`,
  ),
  rule(
    String.raw`第(\d{1,5})\s?[/／]\s?(\d{1,6})(?=[名位])`,
    ([, place, all]) => `第${readCardinal(place!)}名，共${readCardinal(all!)}`,
  ),
  rule(String.raw`(\d{1,3})\s?[/／]\s?(\d{1,3})(?=层)`, (match, text) =>
    inNumber(match, text) || Number(match[1]) > Number(match[2])
      ? undefined
      : `${readCardinal(match[1]!)}层，共${readCardinal(match[2]!)}`,
  ),
  rule(
    String.raw`(?=\d)(?<=(?:血压|BP|bp)(?:是|为|：|:|测得|控制在|低于|高于|不超过|达到?|[升降][至到])?\s?)(\d{2,3})\s?[/／]\s?(\d{2,3})(?![\d/])(?!\s?mmHg)`,
    ([, high, low]) => `${readCardinal(high!)}比${readCardinal(low!)}`,
  ),
  rule(String.raw`(?=[+＋-])(?<=血型(?:是|为|：|:)?\s?(?:AB|[ABO])型?\s?(?:Rh)?)([+＋-])`, ([, sign]) =>
    sign === '-' ? '阴性' : '阳性',
  ),
  // Medals; used things; courses.
  rule('(\\d{1,4})(?=[金银铜](?:[\\d，、。；\\s）)]|$))', (match, text) =>
    inNumber(match, text) || match[1] === '2' ? undefined : readCardinal(match[1]!),
  ),
  rule(
    '([89]\\d)(?=新(?:[，。、；！？\\sA-Za-z\\d]|$|机|二手|成色|的?(?:手机|电脑|平板|相机)))',
    (match, text) => (inNumber(match, text) ? undefined : readDigits(match[1]!)),
  ),
  rule(
    '(?=[6-9])(?<=^|[，。、：:；\\s])([6-9][059])(?=新(?![增建生开人兵店车房城年学品高低加设冠股闻])[\\u4e00-\\u9fff])',
    ([, kept]) => readDigits(kept!),
  ),
  rule('(?=\\s?\\d)(?<=考研)\\s?(\\d{3})(?![\\d+分多])', ([, course]) => readDigits(course!)),
  rule('第(\\d{1,4})-(\\d{1,2})(?=条)', ([, article, part]) =>
    Number(part) < Number(article) ? `第${readCardinal(article!)}杠${readCardinal(part!)}` : undefined,
  ),
  rule(
    '(?=[2346])(?<=1\\s?[=＝]\\s?[#b♭♯]?[A-G]\\s{0,2})([2346])\\/([48])(?!\\d)',
    ([, beats, note]) => `，${readCardinal(note!)}${readCardinal(beats!)}拍`,
  ),
  rule('(\\d{1,2})\\/([248])(?=拍)', (match, text) =>
    inNumber(match, text) ? undefined : readCardinal(match[2]!) + readCardinal(match[1]!),
  ),
  // So much of one thing in another; what a month costs.
  rule(
    '(?=[/／])(?<=微克|毫克|[^千]克|千克|公斤|吨|毫升|升|千焦|千瓦|人|元|立方米)[/／](?=立方[米分厘]|平方[公千]?[米里]|公顷|毫?升|千克|公斤|小时|秒)',
    () => '每',
  ),
  rule(
    '(?=\\s?[/／])(?<=\\d)\\s?[/／](?=(?:月|年|天|周|季|小时|晚|人|平|张|个|位|间|份|套|件|瓶|斤|次|节|课时|只|台|盒|箱|袋|杯|碗|条|股|桶|支|棵|颗|片|场)(?![\\u4e00-\\u9fff]))',
    () => '每',
  ),
  // Whatever money buys; one figure beside the other.
  rule(
    '(?=[/／])(?<=(?:元|块|角)\\s?|[¥￥$€£]\\s?\\d[\\d,.]{0,12}[万千]?\\s?)[/／](?=[盎桶吨股碗斤支根颗片粒箱包袋瓶杯份张套双件把条台部辆间晚位课节篇字题次克](?![\\u4e00-\\u9fff]{0,3}[/／]))',
    () => '每',
  ),
  rule(
    '(?=[/／])(?<=[万千元块\\d])[/／]平(?:方?米)?(?=[，。、；！？）)\\s涨跌左右起的以上下降到]|$)',
    () => '每平方米',
  ),
  rule(
    '(?=\\s?[/／])(?<=(?:已用|用了|剩余|占用)(?:流量|内存|空间|存储)?\\s?[\\d.]{1,8}\\s?[KMGT]B?)\\s?[/／]\\s?(?=\\d)',
    () => '，共',
  ),
  rule(
    '(?=\\s?[/／])(?<=\\d\\s?(?:cm|kg|mm|m|g|km|岁|斤|克|毫升|次|%))\\s?[/／]\\s?(?=(?![秒分时天日周月年])[\\u4e00-\\u9fff]{2,4}\\s?\\d)',
    () => '，',
  ),
  rule(
    '(1[4-9]\\d|20\\d)\\/(\\d{2,3})([A-CY])(?![A-Za-z\\d])',
    ([, height, chest, cut]) => `${readCardinal(height!)}，${readCardinal(chest!)}${cut}`,
  ),
  rule('×(?=\\s?[¥￥$€£]\\s?\\d)', () => '乘'),
  rule(
    '(?=[×xX*])(?<=(?:次|服|qd|bid|tid|qid|qn)\\s?)[×xX*]\\s?(\\d{1,3})\\s?(天|日|周|d)(?![A-Za-z])',
    ([, count, span]) => `，共${count === '2' ? '两' : readCardinal(count!)}${span === 'd' ? '天' : span}`,
  ),
  // Bus lines, rooms, shops, days of a story, numbers of orders.
  rule('(\\d{3})(?=路(?:[、，。；和与及,]|\\s|$))', (match, text) =>
    inNumber(match, text) || match[1]!.endsWith('00') ? undefined : readDigits(match[1]!),
  ),
  rule(
    '(?=7)(?<=(?:去|到|在|从|逛|楼下的?|门口的?|附近的?|那家|这家)\\s?)7-11(?![\\d-]|[天日点号岁人月个元])',
    () => '七幺幺',
  ),
  rule('(?=#)(?<=[單单號号]\\s?)#\\s?(\\d{4,20})(?!\\d)', ([, number]) => readDigits(number!)),
  rule('(?=\\d)(?<=(?:分機|轉)\\s?)(\\d{2,5})(?!\\d)', ([, number]) => readTelephone(number!)),
  rule('(?=\\d)(?<=语音[\\]】]?\\s?)(\\d{1,2})["″]', ([, seconds]) => `${readCardinal(seconds!)}秒`),
  // Faces by their names.
  rule(`\\[(?:${FACES})\\]`, () => ''),
  // Sounds that are written down: characters that are read so.
  rule(
    '(?=[a-züA-ZÜ]{0,5}[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ])[a-zāáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜ]{2,6}(?![\\p{L}\\d-])'.replace(
      '\\p{L}',
      'A-Za-zÀ-ɏ',
    ),
    (match, text) => {
      if (/[A-Za-zÀ-ɏ\d-]/.test(charBefore(match, text))) return undefined
      return /[\u4e00-\u9fff]/.test(ahead(match, text, 24) + behind(match, text, 24))
        ? charactersOf(match[0])
        : undefined
    },
  ),
]
