/**
 * Scores, spans and lists of numbers that a dash or a slash joins in Chinese, as rules.
 */
import { ahead, behind, charBefore, type Rule, rule } from './rules.ts'
import { readCardinal, readDecimal, readDigits, readTelephone, readThousands } from './zh-numbers.ts'
import { CLASSIFIER_PATTERN } from './zh-units.ts'

const inNumber = (match: RegExpExecArray, text: string) =>
  /[\w.]$|\d[:：-]$/.test(text.slice(Math.max(0, match.index - 2), match.index))
/** Words of games about a score. */
const GAMES =
  /国乒|国羽|女排|男排|女足|角球|射门|犯规|黄牌|控球|斯诺克|羽毛球|乒乓|网球|台球|欧冠|英超|西甲|意甲|德甲|法甲|中超|NBA|CBA|队(?![列伍])|赛(?!道|车手)|胜|负(?!责|担|面)|点球|回合|盘(?=\d)|平(?![均时方米台常安]|底锅)|险胜|惊险|横扫|击败|战胜|不敌|逆转|取[胜得下]|[上下半全]半?场|言和|赢|输(?![入出液送血])|(?<![当邮书警布格结])局(?![部地长面势])|夺|晋级|淘汰|绝杀|领先|落后|比分|勇士|湖人|火箭|凯尔特人|国足|中国|日本|韩国|巴西|德国|阿根廷|曼联|曼城|皇马|巴萨|利物浦/
const REACH = 12
/** What a set is won with: tennis, table tennis, badminton, volleyball. */
const SET_POINTS = /^(?:[67]|1[1-5]|2[1-9])$/
/** What is counted from one number to a greater one is no score, in games as well. */
const COUNTED = new RegExp(
  `^\\s?(?:[%％‰℃℉°]|[A-Za-zμ]{1,4}(?![A-Za-z])(?<![A-Z]{2})|[折名级月汤茶小大勺种倍瓶杯袋盒组枚架门成排户幢栋份滴卷行点号]|日(?!本)|里(?!昂|尔|斯)|(?!日|里)(?:${CLASSIFIER_PATTERN}))`,
)

export const ZH_SCORE_RULES: readonly Rule[] = [
  // Sets side by side.
  rule(String.raw`\d{1,2}[-:：]\d{1,2}(?:[/／]\d{1,2}[-:：]\d{1,2}){1,4}(?![\d/:：-])`, (match, text) =>
    inNumber(match, text)
      ? undefined
      : match[0]
          .split(/[/／]/)
          .map((set) =>
            set
              .split(/[-:：]/)
              .map(readCardinal)
              .join('比'),
          )
          .join('，'),
  ),
  rule(
    String.raw`\d{1,2}-\d{1,2}(?:[(（]\d{1,2}[)）])?(?:[、，,\s]\s?\d{1,2}-\d{1,2}(?:[(（]\d{1,2}[)）])?){1,4}(?![\d-]|\.\d|\s?[=＝])`,
    (match, text) => {
      const sets = match[0].split(/[、，,\s]+/).map((set) => set.match(/\d+/g)!)
      const best = sets.map(([one, other]) => Math.max(Number(one), Number(other)))
      const isWon = sets.some(([one, other]) => Number(one) > Number(other))
      return inNumber(match, text) || !isWon || !best.every((points) => SET_POINTS.test(String(points)))
        ? undefined
        : sets
            .map(
              ([one, other, last]) =>
                `${readCardinal(one!)}比${readCardinal(other!)}${last === undefined ? '' : `，${readCardinal(last)}`}`,
            )
            .join(match[0].includes('、') ? '、' : '，')
    },
  ),
  // Sets of a match, each two numbers; a score between two names or beside a word of games.
  rule(
    String.raw`(\d{1,3})[-:：](\d{1,3})(?:[、，,]\s?(?=\d{1,3}[-:：]\d{1,3}(?![\d-]))|(?![\d-]|[.:：%]\d|\s?[=＝]))`,
    (match, text) => {
      const [whole, one, other] = match
      const isClock = /^\d{1,2}[:：][0-5]\d(?!\d)/.test(whole)
      if (
        inNumber(match, text) ||
        (isClock &&
          !/[局比分]|\d{1,2}[:：]\d[、，]/.test(
            text.slice(Math.max(0, match.index - 3 * REACH), match.index),
          ))
      )
        return undefined
      const before = ahead(match, text, REACH)
      const after = behind(match, text, REACH)
      const listed = /(?:^|\D)\d{1,3}[-:：]\d{1,3}[、，,/]\s?$/.test(before)
      const beside =
        /[\u4e00-\u9fff（()）]$/.test(before.trimEnd()) &&
        (GAMES.test(before + after) ||
          (/[（(]$/.test(before) &&
            GAMES.test(text.slice(Math.max(0, match.index - 3 * REACH), match.index))) ||
          /^[（(]\d{1,3}[-:：]\d/.test(after)) &&
        !/^(?:[年月号点级]|日(?!本))/.test(after) &&
        !(Number(one) < Number(other) && COUNTED.test(after))
      const leading = /[、，,]\s?$/.test(whole) && GAMES.test(before)
      if (!(listed || leading || (whole.includes('-') && beside && Number(one) < 200 && Number(other) < 200)))
        return undefined
      return `${readCardinal(one!)}比${readCardinal(other!)}${/[、，,]/.exec(whole)?.[0].replace(',', '，') ?? ''}`
    },
  ),
  // Between two names in letters.
  rule(String.raw`(?=\d)(?<=[A-Za-z\d] )(\d{1,3})[-:：](\d{1,3})(?= [A-Z])`, (match, text) =>
    GAMES.test(ahead(match, text, 2 * REACH) + behind(match, text, 2 * REACH))
      ? `，${readCardinal(match[1]!)}比${readCardinal(match[2]!)}，`
      : undefined,
  ),
  // Laps and finishes; draws of a lottery; kinds of petrol; shares of a rule.
  rule(String.raw`(\d{1,2})[:：]([0-5]\d)\.(\d{2,3})(?![\d.])`, (match, text) =>
    inNumber(match, text)
      ? undefined
      : `${readCardinal(match[1]!)}分${readDecimal(`${Number(match[2])}.${match[3]}`)}秒`,
  ),
  rule(
    String.raw`(?<=(?:马拉松|用时|成绩|时长|耗时|历时)[为是:：]?\s?)(\d{1,2})[:：]([0-5]\d)[:：]([0-5]\d)(?!\d)`,
    ([, hours, minutes, seconds]) =>
      `${hours === '2' ? '两' : readCardinal(String(Number(hours)))}小时${minutes!.startsWith('0') ? '零' : ''}${readCardinal(String(Number(minutes)))}分${readCardinal(String(Number(seconds)))}秒`,
  ),
  rule(
    String.raw`(?=\d)(?<=(?:时长|片长|全长|总长|录音|语音)[为是:：]?\s?)(\d{1,3})[:：]([0-5]\d)(?![\d:：])`,
    ([, minutes, seconds]) =>
      `${readCardinal(String(Number(minutes)))}分${seconds!.startsWith('0') ? '零' : ''}${readCardinal(String(Number(seconds)))}秒`,
  ),
  rule(String.raw`(?<=第)(\d{5,12})(?=期)`, ([, draw]) => readDigits(draw!)),
  rule('(\\d{1,3})#(\\d{3,4})(?![\\d.])', (match, text) =>
    inNumber(match, text) ? undefined : `${readCardinal(match[1]!)}号${readDigits(match[2]!)}`,
  ),
  rule('(9[258]|0)#(?=\\d)', (match, text) =>
    inNumber(match, text) ? undefined : `${readCardinal(match[1]!)}号，`,
  ),
  rule('([1-9]0)\\/([1-9]0)(?=法则|定律|原则)', (match, text) =>
    inNumber(match, text) ? undefined : `${readCardinal(match[1]!)}${readCardinal(match[2]!)}`,
  ),
  rule('211\\/985|985\\/211', ([both]) => both.split('/').map(readTelephone).join('、')),
  rule('([TD])-(\\d{1,2})(?=[日天])', ([, day, number]) => `${day}减${readCardinal(number!)}`),
  // Seats and cars of trains.
  rule(
    '(?<=座位号?[是为:：]?\\s?|[排车])(\\d{1,2})([A-F])(?![A-Za-z\\d])',
    ([, row, seat]) => `${readCardinal(row!)}${seat}`,
  ),
  rule('0([1-9])(?=[车排])', (match, text) => (inNumber(match, text) ? undefined : readCardinal(match[1]!))),
  rule(
    String.raw`(?<=[次转滴下圈])\s?[/／](min|h|s|d)(?![A-Za-z])`,
    ([, by]) => ({ min: '每分钟', h: '每小时', s: '每秒', d: '每天' })[by!],
  ),
  rule(
    String.raw`\[(\d{1,3})[-–](\d{1,3})\]`,
    ([, from, to]) => `${readCardinal(from!)}到${readCardinal(to!)}`,
  ),
  rule(String.raw`(?<=[式图表例题])[（(](\d{1,3})[)）]`, ([, number]) => readCardinal(number!)),
  rule(`(\\d{1,4}(?:\\.\\d{1,2})?)[wW]\\+(?![\\w])`, (match, text) =>
    inNumber(match, text) ? undefined : `${readDecimal(match[1]!)}万多`,
  ),
  rule(String.raw`(\d{1,3}(?:\.\d)?)[kK](?=多|左右|以[上下])`, (match, text) =>
    inNumber(match, text) ? undefined : readThousands(match[1]!),
  ),
  rule('(?<=\\d[\\u4e00-\\u9fff]{1,6})\\+(?=\\d)(?!\\d{1,4}(?:\\.\\d{1,3})?[%％])', (match, text) =>
    /[到为是温变约得]/.test(charBefore(match, text)) ? undefined : '加',
  ),
  // Months of years: 2024.1-2024.6.
  rule(
    String.raw`((?:19|20)\d\d)[./](0?[1-9]|1[0-2])\s?[-~～—至到]\s?((?:19|20)\d\d)[./](0?[1-9]|1[0-2])(?![\d./])`,
    (match, text) =>
      inNumber(match, text)
        ? undefined
        : `${readDigits(match[1]!)}年${readCardinal(String(Number(match[2])))}月到${readDigits(match[3]!)}年${readCardinal(String(Number(match[4])))}月`,
  ),
  // Several of a series side by side are no fractions: 1/2/8号线.
  rule(String.raw`\d{1,3}(?:\/\d{1,3}){2,8}(?=号|路|年级|班|栋|单元|层|楼)`, (match, text) =>
    inNumber(match, text) ? undefined : match[0].split('/').map(readCardinal).join('、'),
  ),
  rule(String.raw`(\d{1,3})\/(\d{1,3})(?=号线|路公交|号楼|号桌|号门|号机|年级|单元|栋|班)`, (match, text) =>
    inNumber(match, text) ? undefined : `${readCardinal(match[1]!)}、${readCardinal(match[2]!)}`,
  ),
  rule(String.raw`(?<=[￥¥]\d{1,6}(?:\.\d{1,2})?)\s?[/／]\s?(?=\d)`, () => '每'),
  rule(String.raw`(\d{1,3}(?:,\d{3}){1,3}|\d{1,5})\/(\d{1,5})(?=元|块钱|[GT]B(?![A-Za-z]))`, (match, text) =>
    inNumber(match, text)
      ? undefined
      : `${readCardinal(match[1]!.replaceAll(',', ''))}或${readCardinal(match[2]!)}`,
  ),
  rule('(8|16|32|64)\\/(16|32|64|128)(?=位)', (match, text) =>
    inNumber(match, text) ? undefined : `${readCardinal(match[1]!)}或${readCardinal(match[2]!)}`,
  ),
  rule(String.raw`(?<=[元块])\s?[/／]\s?(?=\d)`, () => ''),
  rule('(?<=[岁年级])\\+(?!\\d)', () => '以上'),
  rule(String.raw`(1[2468])\+(?![\d+])`, (match, text) =>
    inNumber(match, text) ? undefined : `${readCardinal(match[1]!)}加`,
  ),
  // Books that are called by a year; numbers with a zero in front; doors of buildings.
  rule(
    String.raw`(?<=《[\u4e00-\u9fffA-Za-z]{0,12})(\d{4})(?=[\u4e00-\u9fff]{0,12}》)(?!个|年|人|次|米|天|日)`,
    ([, digits]) => (/\d000$/.test(digits!) ? undefined : readDigits(digits!)),
  ),
  rule(
    String.raw`(?<=《[\u4e00-\u9fffA-Za-z]{0,12})((?:19|20)\d\d)(?=[\u4e00-\u9fff]{0,12}》)`,
    ([, digits]) => readDigits(digits!),
  ),
  rule(String.raw`0\d{2,9}(?![\d.:：A-Za-z]|-\d)`, (match, text) =>
    inNumber(match, text) ? undefined : readDigits(match[0]),
  ),
  rule(
    String.raw`(?<=(?:号楼|[栋幢座])\s?)(\d{1,2})-(\d{3,4})(?![\d-])`,
    ([, stair, door]) => `${readCardinal(stair!)}杠${readDigits(door!)}`,
  ),
  rule(String.raw`(\d{1,4}(?:\.\d)?)[kK]?\s?[-~～]\s?(\d{1,4}(?:\.\d)?)[kK](?![A-Za-z\d])`, (match, text) =>
    inNumber(match, text) ? undefined : `${readThousands(match[1]!)}到${readThousands(match[2]!)}`,
  ),
  rule('(?<=[\\dwW万千百])\\s?[/／]\\s?(?:m²|m2(?![A-Za-z\\d])|平(?![\\u4e00-\\u9fff]))', () => '每平方米'),
  // The minute of a game; inches of a screen.
  rule(String.raw`(?<=第)(\d{1,3})(?:['’]|\+(\d{1,2})['’])(?:分钟)?`, ([whole, minute, added]) =>
    added === undefined && !whole.includes("'") && !whole.includes('’')
      ? undefined
      : `${readCardinal(minute!)}${added === undefined ? '' : `加${readCardinal(added)}`}分钟`,
  ),
  rule(
    String.raw`(\d{1,3}(?:\.\d{1,2})?)\s?["″](?=\s?(?:屏|显示|电视|平板|笔记本|液晶|[（(，。、；]|$))`,
    (match, text) => {
      if (/[\w.'′]/.test(charBefore(match, text))) return undefined
      const quoted =
        (text.slice(Math.max(0, match.index - 200), match.index).match(/(?<!\d)"/g)?.length ?? 0) % 2 === 1
      return quoted ? undefined : `${readDecimal(match[1]!)}英寸`
    },
  ),
  // Short years: 98年, 24年3月.
  rule(
    String.raw`([6-9]\d)年(?![前后来间历以之内多老代]|经验|级|的(?:历史|经验|时间|老|陈|友|感情|婚|努力|积累|发展))`,
    (match, text) =>
      inNumber(match, text) ||
      /[第近约有达过共满长熙隆国和成治正绪历庆丰光靖贞观德化前]/.test(charBefore(match, text))
        ? undefined
        : `${readDigits(match[1]!)}年`,
  ),
  rule(String.raw`([0-3]\d)年(?=\d{1,2}月|[春夏秋冬]|[上下]半年|Q[1-4]|[初底末])`, (match, text) =>
    inNumber(match, text) ||
    /[第近约有达过共满长熙隆国和成治正绪历庆丰光靖贞观德化]/.test(charBefore(match, text))
      ? undefined
      : `${readDigits(match[1]!)}年`,
  ),
  rule(String.raw`([5-9]0)(?=、(?:[0-9]0后|[0-9]5后|[0-9]0、))`, (match, text) =>
    inNumber(match, text) ? undefined : readDigits(match[1]!),
  ),
  // What the net counts in digits: 666, 2333, 5201314.
  rule(
    String.raw`6{3,12}(?![\d.%\w]|\s?[元块个人米公克名只件万千百亿年号路岁分点])|2333{1,20}(?![\d.%]|\s?[元块个人米公克名只件万千百亿年号])|(?:5201314|1314520|1314|88886|7456|9494)(?![\d.%]|\s?[元块个人米公克名只件万千百亿年号])`,
    (match, text) => (inNumber(match, text) ? undefined : readDigits(match[0])),
  ),
]
