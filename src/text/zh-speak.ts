/**
 * A Chinese run as it is said: our rules first, then the reference's, then its punctuation.
 */
import { rewrite, ruleSet } from './rules.ts'
import { pausedAtBlanks } from './zh-blanks.ts'
import { ZH_CALLED_RULES } from './zh-called.ts'
import { ZH_CODE_RULES } from './zh-codes.ts'
import { ZH_COUNT_RULES } from './zh-counts.ts'
import { ZH_DESK_RULES } from './zh-desk.ts'
import { ZH_DEVICE_RULES } from './zh-devices.ts'
import { ZH_DOTTED_DAY_RULES } from './zh-dotted-days.ts'
import { ZH_FOREIGN_DATE_RULES } from './zh-foreign-dates.ts'
import { ZH_FORMULA_RULES } from './zh-formulas.ts'
import { ZH_GOODS_RULES } from './zh-goods.ts'
import { ZH_GREEK_RULES } from './zh-greek.ts'
import { ZH_MODEL_RULES } from './zh-models.ts'
import { ZH_MONEY_RULES } from './zh-money.ts'
import { ZH_NAME_RULES } from './zh-names.ts'
import { ZH_NET_RULES } from './zh-net.ts'
import { canStartChinese, REFERENCE_RULES } from './zh-normalise.ts'
import { ZH_NOTICE_RULES } from './zh-notices.ts'
import { ZH_PAPER_RULES } from './zh-papers.ts'
import { ZH_PER_RULES } from './zh-per.ts'
import { ZH_PROSE_RULES } from './zh-prose.ts'
import { keepBlanksBetweenLatin } from './zh-punctuation.ts'
import { ZH_RECKONING_RULES } from './zh-reckoning.ts'
import { ZH_SCORE_RULES } from './zh-scores.ts'
import { ZH_SIGN_RULES } from './zh-signs.ts'
import { ZH_SPAN_RULES } from './zh-spans.ts'
import { ZH_TWO_RULES } from './zh-twos.ts'

const RULES = ruleSet([
  ...ZH_FOREIGN_DATE_RULES,
  ...ZH_DOTTED_DAY_RULES,
  ...ZH_SPAN_RULES,
  ...ZH_CALLED_RULES,
  ...ZH_PROSE_RULES,
  ...ZH_PAPER_RULES,
  ...ZH_TWO_RULES,
  ...ZH_GOODS_RULES,
  ...ZH_MODEL_RULES,
  ...ZH_RECKONING_RULES,
  ...ZH_DESK_RULES,
  ...ZH_FORMULA_RULES,
  ...ZH_NOTICE_RULES,
  ...ZH_NET_RULES,
  ...ZH_PER_RULES,
  ...ZH_SCORE_RULES,
  ...ZH_COUNT_RULES,
  ...ZH_DEVICE_RULES,
  ...ZH_CODE_RULES,
  ...ZH_MONEY_RULES,
  ...ZH_NAME_RULES,
  ...ZH_SIGN_RULES,
  ...ZH_GREEK_RULES,
  ...REFERENCE_RULES,
])
/** First letters of what our rules begin with, beside the reference's. */
const STARTS =
  /[α-ωΔΣΦΩµ京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼SA-Za-z₹₩₽฿₫万亿≈≠~～√∞&<>=＝!+第比电手热传座联客拨致QＱ微单编账帐卡验密身车学工邮订快序房航代口流型票门端会准合发税今明去前后建生成截自从年始/／.@*#_'~.NVM他她它您你尾群Q波∪∩∈∉⊂⊆⊥∥≌≅∽∼∝−∠△∵∴∀∃∅∑∏∫∛⊙|l第元块電傳熱∂§半刻整户缴箱证取提校动邀激兑券保备群抖病挂识信交凭批货款档驗編學訂號号發帳賬帐账©条·[{⁺⁻排车转滴下圈式图表例题空诺锐酷骁麒天小标雷'CFcfLIEe✕—\-()（）〔[:：\s]/

export function sayChinese(text: string): string {
  const said = rewrite(
    pausedAtBlanks(text.replace(/[\u00a0\u3000]/g, ' '))
      .replaceAll('｜', '|')
      .replace(/(?<=[\u4e00-\u9fff])[~～]+(?: +|(?=[A-Z][:：]))/g, '，')
      .replace(/(?<![A-Za-z])(?:[TQOo]_+[TQOo]|T\^T|>_+<|-_+-|=_+=)(?![A-Za-z])/g, '')
      // What a pupil fills in between brackets.
      .replace(/(?<=[\u4e00-\u9fff])[（(][\s_]{0,8}[)）](?=\S)/g, '，')
      // Verses and options side by side, with nothing but a blank between them.
      .replace(
        /(?<=[\dA-Za-z]) +(?=[A-H][.．]\s?[\d\u4e00-\u9fff])|(?<=\d[A-Z]?) +(?=[A-Z]{1,3}\d{0,2}：)|(?<=\d[元分块岁份杯碗斤克]|[元块][/／][\u4e00-\u9fff]) +(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff]) +(?=[A-H][、.．)）]|[A-Z]{1,3}\d{0,2}[:：]|[一二三四五六七八九十]{1,2}、|\d{1,2}、[\u4e00-\u9fff]|[\u4e00-\u9fff]{2,4}(?:[：:]|[/／][\u4e00-\u9fff]{2,4}(?:[\s，。]|$)))/g,
        '，',
      )
      // Blanks that set numbers apart for the eye: 在 2024 年.
      .replace(
        /(?<=[\u4e00-\u9fff]) +(?=[$￥¥€£]?\d)|(?<=\d) +(?=[-~～—] +\d)|(?<=\d +[-~～—]) +(?=\d)|(?<=[\d%℃°]) +(?=[\u4e00-\u9fff])/g,
        '',
      )
      // What ends with a number is no part of the one behind it: 周五19:00, 张三25岁.
      .replace(
        /(?<=(?:周|週|星期|礼拜|禮拜)[一二三四五六])(?=\d)|(?<=[一二三四五六七八九十])(?=\d{1,2}[:：]\d\d(?!\d))|(?<=[一二三四五六七八九])(?=\d{1,3}岁)/g,
        '，',
      )
      .replace(/(?<=[/／\d][kcdm]?m)\^([23])(?!\d)/g, (_, power: string) => (power === '2' ? '²' : '³')),
    RULES,
    (whole, at) => (canStartChinese(whole, at) || STARTS.test(whole[at]!)) && !insideWord(whole, at),
  )
  return punctuated(said)
}

/** A rule that begins with letters begins where the word does. */
function insideWord(text: string, at: number): boolean {
  return /[A-Za-z]/.test(text[at]!) && /[A-Za-z\d]/.test(text[at - 1] ?? ' ') && !/[a-z]/.test(text[at - 1]!)
}

/** Chinese marks for Latin ones, blanks only between Latin words, brackets and signs that nothing says away. */
function punctuated(text: string): string {
  return keepBlanksBetweenLatin(
    text
      // Numbers side by side are not one.
      .replace(
        /(?<=[零一二三四五六七八九十百千万亿幺两]{2}) +(?=[零一二三四五六七八九十百千万亿幺两])|(?<=[零一二三四五六七八九十百千万亿幺两]) +(?=[零一二三四五六七八九十百千万亿幺两]{2}|百分之)/g,
        '，',
      )
      .replace(/\s+-\s+|--+|—+/g, '，')
      .replace(/(?<=[\u4e00-\u9fff”’]) *, */g, '，')
      .replace(/, *(?=[\u4e00-\u9fff“‘])/g, '，')
      .replace(
        /(?<=[\u4e00-\u9fff]) *([?!;:]) */g,
        (_, mark: string) => ({ '?': '？', '!': '！', ';': '；', ':': '：' })[mark]!,
      )
      .replace(
        /(?<![A-Za-z\d\uac00-\ud7af])\.(?![A-Za-z\d])|(?<=[A-Za-z\d\u4e00-\u9fff])\.(?![A-Za-z\d.]|(?<=[a-z]{2}\.)[”"])|(?<=[\u4e00-\u9fff])\.|\.(?=[\u4e00-\u9fff])/g,
        '。',
      )
      // What is in brackets is said between pauses.
      .replace(/(?<=[\p{L}\p{N}”’》])\s*[（(【〔]\s*(?=[\p{L}\p{N}“‘《])/gu, '，')
      .replace(/(?<=[\p{L}\p{N}”’》])\s*[）)】〕]\s*(?=[\p{L}\p{N}“‘《（(【〔])/gu, '，')
      .replace(/(?<=[A-Za-z\d])\|(?=[A-Za-z\d])/g, ' ')
      .replace(/(?<=[\p{L}\p{N}]) ?\| ?(?=\p{Script=Han})|(?<=\p{Script=Han}) ?\| ?(?=[\p{L}\p{N}])/gu, '，')
      .replace(/^\s*\/{2,}\s?/, '')
      .replace(/(?<=[\p{L}\p{N}])\s?\/{2,}\s?/gu, '，')
      .replace(/[※§†‡]/g, '')
      .replace(/(?<=[^\s•]) ?• ?(?=[^\s•])/g, '，')
      .replace(/[（）【】〔〕〈〉()`*_~～|\\^<>{}=#•]/g, '')
      .replace(/[[\]]/g, '')
      .replace(/[「『]/g, '“')
      .replace(/[」』]/g, '”')
      .replace(/(?<=[\u4e00-\u9fffKkwW])·(?=[零一二三四五六七八九十百千万两])/g, '，')
      // Whatever no rule joined.
      .replace(/(?<=[\p{L}\p{N}])[/／](?=[\p{L}\p{N}-])/gu, '，')
      .replace(/(?<=[\p{L}\p{N}”）])\s?\+\s?(?=[\p{L}\p{N}“（√])/gu, '加')
      .replace(/(?<=[A-Za-z\u4e00-\u9fff])\+{1,4}(?![\p{L}\p{N}+])/gu, '加')
      .replace(/([，、])(?: *[，、,])+/g, '$1')
      .replace(/([。！？；：]) *，/g, '$1')
      .replaceAll('〇', '零')
      .replaceAll('²', '平方')
      .replaceAll('³', '立方')
      .replaceAll('\n', ''),
  )
}
