/**
 * Whether a bare 2 is 二 or 两 in Chinese where the table of units does not tell, as rules: 第1、2名, 2线城市, 2起事故.
 */
import { ahead, charBefore, type Rule, rule } from './rules.ts'

/** What is a name with 2 in front, no count: 2线城市, 2元函数. */
const NAMED =
  '线(?=城市|城|品牌|队伍|明星|厂商|流量|[小大]?城)|元(?=函数|方程|[一二三四1-4]次|论|对立|运算|关系|结构|化|醛|酸|醇)|把手(?![枪刀])|分(?=之)|度(?=烧伤|烫伤|冻伤|房室|人生|污染)'
/** Last signs of what emperors called their years, and classes of schools. */
const ERA =
  /[大小高初研第民国國治绪緒统統和成昭康熙隆庆慶光丰豐正乐樂靖历歷启啟祯禎武德贞貞观觀元化祐熹宝寶泰初平安]/
/** What is counted. */
const COUNTED =
  '遍(?![及布地野体])|剂(?![量型子])|宗(?![教旨师法])|群(?![岛众体主聊])|伙(?![伴食计])|堵(?![塞车])|丈(?![夫量母人])|端(?![午口点])|侧|尾(?![号数声款部])|任(?![务何性意教])|帮(?![助忙派])|味(?![道精觉])|美[元金分]|[欧歐韩韓澳加][元圓]|日[元圓](?![宵旦])|港[元币幣]|英[镑鎊尺寸里亩]|卢布|泰铢|瑞郎|磅(?!礴)|盎司|加仑|海里|公[顷分](?!钟)|胜(?=\\d)|连[胜败冠]|[平负](?<=\\d[胜平]2[平负])|星期|礼拜|平米|局(?![长長部域座势勢面限])|课时|学时|学分|小時|點(?!\\d(?!\\d))|筆(?![記者])|栋(?=楼(?![\\d一二三四五六七八九十])|别墅|房子|大楼|住宅|建筑)|行(?=代码|字|诗|文字|小字|泪|脚印|树)|死(?=\\d)|[死伤傷](?=[，。、；！]|$)|贴(?=膏药|药|面膜)|起(?=[\\u4e00-\\u9fff]{0,6}(?:案|事故|事件|火灾|诉讼|并购|纠纷|投诉|车祸|地震))'

export const ZH_TWO_RULES: readonly Rule[] = [
  // One of those that 第 began: 第1、2名.
  rule('2(?!\\d|\\.\\d)(?<=第\\d{1,3}(?:[、，,和与及或/]\\d{1,3}){0,8}[、，,和与及或/]2)', () => '二'),
  rule(`2(?=${NAMED})`, (match, text) => (/[\d.,]/.test(charBefore(match, text)) ? undefined : '二')),
  rule(
    '2(?=世纪|世紀)(?<![\\d.近过過隔跨越经經长長达達了约約的时時]2)|2(?=[层層])(?<=[负負下在到于於元座栋]2)',
    () => '二',
  ),
  // The second of a month, where nothing says how long it lasts.
  rule('2(?=日(?![游內内后後龄間间]|[元圓](?![宵旦])|之[内后前]|的?(?:行程|旅行|时间)))', (match, text) =>
    /[\d.]/.test(charBefore(match, text)) ||
    /[期时续共近这每了约满隔有历第]$|[一二三四五六七八九十]$/.test(ahead(match, text, 1))
      ? undefined
      : '二',
  ),
  rule('2(?=年(?![级級底初末代度\\d]|[一二三四五六七八九十]))', (match, text) =>
    /[\d.,零一二三四五六七八九十]/.test(charBefore(match, text)) || ERA.test(ahead(match, text, 1))
      ? undefined
      : '两',
  ),
  rule(`2(?=${COUNTED})`, (match, text) =>
    /[\d.,第/／:：\-—~～A-Za-z零一二三四五六七八九十百千万亿]/.test(charBefore(match, text))
      ? undefined
      : '两',
  ),
]
