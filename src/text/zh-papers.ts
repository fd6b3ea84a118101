/**
 * What newspapers, exam papers, theses and programs' texts put between Chinese words, as rules: credits, keys of answers, citations, handles.
 */
import { ahead, charBefore, inNumber, type Rule, rule } from './rules.ts'
import { readCardinal, readDecimal, readDigits } from './zh-numbers.ts'

/** Whose work it was. */
const CREDITS =
  '编辑|通讯员|实习生|審核|编审|审核|审校|作者|记者|摄影|校对|监制|责编|设计|制图|视频|剪辑|撰文|来源|排版|统筹|策划|出品|供图|翻译|文|图|編輯|攝影|作詞|作曲|作词|编曲|演唱'
/** What has a value that may be such a number. */
const MEASURES =
  '语文|数学|英语|外语|物理|化学|生物|政治|历史|地理|[理文]综|总分|成绩|费用|(?<![免话])费|步数|走了|数量|销量|人数|余额|金额|播放量?|阅读量?|粉丝|托福|雅思|分数|得分|身高|体重|心率|脉搏|高压|血糖|考了|得了|扣了|跑了|限速|时速|车速|开到了?|速度|价格|原价|现价|特价|只要|花了|付了|一共|总共|共计|智商|编号第|排名第?|第|[提升涨降跌加减达]到|超过|突破|不足|低于|高于'
/** What is measured with its deviation in brackets. */
const MEASURED = '岁|分|天|年|次|个月|小时|分钟|秒|厘米|毫米|米|千克|公斤|克|例|元|度|周'

/** Numbers that help is called by, and that are values as well. */
const CALLED = '110|112|114|119|120|122|12[13]\\d\\d|100(?:10|86)'

export const ZH_PAPER_RULES: readonly Rule[] = [
  // Credits: 图/文, 编辑/小陈.
  rule('(图|文)[/／](图|文)(?![\\u4e00-\\u9fff])', ([, one, other]) => `${one}、${other}`),
  rule(
    `(?=[/／])(?<=(?:^|[\\s，。；：、（(])[\\u4e00-\\u9fff]{0,2}(?:${CREDITS}))\\s?[/／]\\s?(?=[\\u4e00-\\u9fff]{2,4}(?:[\\s，。、）)]|$))`,
    () => '，',
  ),
  // Answers: what is right and wrong, letters behind their numbers.
  rule('[（(]\\s?([√✓✔×✗✘])\\s?[)）]', ([, mark]) => (/[√✓✔]/.test(mark!) ? '，对，' : '，错，')),
  rule('(\\d{1,3})[.．、]\\s?([A-H]{1,6})(?=[\\s，。；、]|$)\\s?', (match, text) =>
    inNumber(match, text)
      ? undefined
      : `${readCardinal(match[1]!)}，${match[2]}${/\s$/.test(match[0]) ? '，' : ''}`,
  ),
  rule('(\\d{1,3})[.．](?=\\s?[（(]\\d{1,3}(?:\\.5)?分)', (match, text) =>
    inNumber(match, text) ? undefined : `${readCardinal(match[1]!)}、`,
  ),
  rule('(?=-)(?<=\\d)-(?=_{2})', () => '减'),
  // Where it was read: [12], [1-3,5].
  rule(
    '(?=\\d)(?<=\\[(?:\\d{1,3}(?:[-–]\\d{1,3})?[,，]\\s?){0,6})(\\d{1,3})[-–](\\d{1,3})(?=[,，\\]])',
    ([, from, to]) => `${readCardinal(from!)}到${readCardinal(to!)}`,
  ),
  rule('\\[(\\d{1,3})\\](?=[\\u4e00-\\u9fff])', (match, text) =>
    /[\u4e00-\u9fff]/.test(charBefore(match, text)) && !/[见献考和与及第在由]$/.test(ahead(match, text, 1))
      ? `，${readCardinal(match[1]!)}，`
      : undefined,
  ),
  rule(
    `[（(](\\d{1,6}(?:\\.\\d{1,4})?)\\s?±\\s?(\\d{1,6}(?:\\.\\d{1,4})?)[)）](?=${MEASURED})`,
    ([, value, error]) => `${readDecimal(value!)}正负${readDecimal(error!)}`,
  ),
  rule(
    String.raw`(?=\d)(?<=(?:[给打评]了?|满分)\s?)(\d{1,3}(?:\.\d)?)\/(5|10|100)(?![\d/.])`,
    ([, mark, best]) => `${readDecimal(mark!)}，满分${readCardinal(best!)}`,
  ),
  // A mark out of so many; memory that is in use.
  rule(String.raw`(\d{1,2}(?:\.\d)?)\/(10|5|100)(?=分(?!之))`, (match, text) =>
    inNumber(match, text) || Number(match[1]) > Number(match[2])
      ? undefined
      : `${readDecimal(match[1]!)}，满分${readCardinal(match[2]!)}`,
  ),
  rule(String.raw`(\d{1,4}\.\d{1,2})\/(\d{1,4}(?:\.\d)?)(?=\s?[KMGT]B?(?![A-Za-z]))`, (match, text) =>
    inNumber(match, text) || Number(match[1]) > Number(match[2])
      ? undefined
      : `${readDecimal(match[1]!)}，共${readDecimal(match[2]!)}`,
  ),
  // Handles, ports, members of a row, two conditions, everything of a table.
  rule('(?=_)(?<=[A-Za-z\\d]{2})_(?=[A-Za-z\\d])', () => '下划线'),
  rule('(?=[:：])(?<=localhost)[:：](\\d{2,5})(?!\\d)', ([, port]) => `端口${readDigits(port!)}`),
  rule('(?=\\[)(?<=[A-Za-z])\\[(?=[a-zA-Z])', () => ' '),
  rule('\\s?&&\\s?(?=[\\w!(])', () => '且'),
  rule('(?= )(?<=[A-Za-z]) \\* (?=[A-Za-z])', () => ' '),
  // Islands' telephones.
  rule(String.raw`0\d{3}-\d{3}-\d{3}(?![\d-])`, (match, text) =>
    inNumber(match, text) ? undefined : match[0].split('-').map(readDigits).join('，'),
  ),
  // A number that help is called by, where something is measured or marked.
  rule(
    `(?=1[012]\\d)(?<=(?:${MEASURES})(?:大约|大概|约|只有|有|是|为|到|[:：])?\\s?)(?:${CALLED})(?![\\d.]|\\s?[A-Za-zμ%％‰℃°㎡]|[-~～–—/:：]\\d)`,
    ([value]) => readCardinal(value),
  ),
  rule(`(?=1[12]\\d)(?<=[A-Z]{3,6}\\s)(?:${CALLED})(?![\\d.])`, ([value]) => readCardinal(value)),
  rule(`(?:${CALLED})(?=[MBKGT](?![A-Za-z]))`, (match, text) =>
    inNumber(match, text) ? undefined : readCardinal(match[0]),
  ),
]
