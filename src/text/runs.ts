/**
 * Which language reads each stretch of a text: by its script, then by what stands around it, then by request and voice.
 */
import { primaryTag } from '../core/voice-language.ts'
import { ANY_UNIT } from './en-quantities.ts'
import { STREET_KIND } from './en-streets.ts'

export type Language = 'en' | 'zh'

export interface Run {
  readonly text: string
  /** Undefined where nothing tells: digits and signs alone, of a voice whose language is unknown. */
  readonly language: Language | undefined
}

/** Sentences, each with the marks and blanks behind it. */
const SENTENCE =
  /(?:[^。！？!?；;\n]|(?<=[\w/=&])[?;](?=[\w=&/#%])|!(?==))*?(?:(?!!=|(?<=[\w/=&])[?;](?=[\w=&/#%]))[。！？!?；;\n]+["”’」』）)]*\s*|(?<!\.|\b(?:No|Mr|Mrs|Ms|Dr|Prof|P\.O))\.+["”’)]{0,3}\s+(?=[^a-z\s])|$)/y
const HAN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu
/** Marks that only Chinese writes. */
const CHINESE_MARKS = /[、。]/
const WIDE_MARKS = /[、。，：；！？（）]/
/** An address counts as one word. */
const LATIN_WORD = /[\p{Script=Latin}][\p{Script=Latin}\p{M}\d'’./:@_-]+/gu
/** A Chinese sentence has this many Latin words to a character at most; with more it is an English one with a name in it. */
const LATIN_TO_HAN = 2
/** Signs of quantities: letters in them tell no language. */
const QUANTITY = new RegExp(
  `(?<![A-Za-z])(?:[A-Z]{1,3}(?=[$€£¥])|[vVQ](?=\\d)|No\\. ?(?=\\d))|(?<=\\d\\s?)(?:${ANY_UNIT}|[GDKkMBAw])(?:/(?:${ANY_UNIT}))?(?![A-Za-z])`,
  'g',
)
/** Functions with the variable that they stand before: in formulas they tell no language. */
const FUNCTION =
  /(?<![A-Za-z])(?:lim|sin|cos|tan|cot|log|ln|lg|max|min)(?=[a-zA-Z]?\d?(?![A-Za-z]))|(?<![A-Za-z])d[a-z](?![a-z])/g

/** Words that hold English sentences together. One that has some, and half as many words as characters, is English. */
const ENGLISH_FRAME = new RegExp(
  `(?<![\\p{L}'’])(?:${'the an and or is are was were in on at to of for with from my your his her our their this that it he she we they you means please not does did has have had will can'
    .split(' ')
    .map((word) => `[${word[0]}${word[0]!.toUpperCase()}]${word.slice(1)}`)
    .join('|')}|I(?= [a-z]))(?![\\p{L}'’])`,
  'gu',
)
/** Words that hold Chinese sentences together. */
const CHINESE_FRAME = /[有是的了在和吗呢吧不也都就要会能跟与或把被给到从比用]/
/** A capital at the beginning, a letter or number and a narrow mark at the end. */
const ENGLISH_ENDS = /^["'(]?[A-Z][\s\S]*[A-Za-z\d]["')]?[.!?]["')]?\s*$/
const CHINESE_ENDS = /^[\p{P}\s]*\p{Script=Han}[\s\S]*\p{Script=Han}[\p{P}\s]*$/u
/** English words in a row that are read as English inside a Chinese sentence. */
const QUOTED_WORDS = 3

/** Language of a tag such as `zh-CN` or `en_US`; undefined for those that have no rules here. */
export function languageOf(tag: string | undefined): Language | undefined {
  const primary = primaryTag(tag)
  if (primary === 'en' || primary === 'eng' || primary === 'english') return 'en'
  if (primary === 'zh' || primary === 'cmn' || primary === 'yue' || primary === 'chinese') return 'zh'
  return undefined
}

/** Runs in order; joined they are the text, with amounts in yuan said to be so. */
export function languageRuns(text: string, fallback: Language | undefined): Run[] {
  const sentences = sentencesOf(text)
  const own = sentences.map(scriptLanguage)
  // A sentence of digits goes with the one before it, or with the first that tells.
  const first = own.find((language) => language !== undefined)
  const runs: Run[] = []
  let last = first
  for (const [i, sentence] of sentences.entries()) {
    const told = own[i]
    last = told ?? last
    const language = told ?? last ?? fallback
    if (language === 'zh' && told === 'zh') runs.push(...quotedEnglish(sentence))
    else if (language === 'en' && told === 'en') runs.push(...chineseNames(sentence))
    else runs.push({ text: sentence, language })
  }
  return joined(runs)
}

function sentencesOf(text: string): string[] {
  const sentences: string[] = []
  SENTENCE.lastIndex = 0
  for (let at = 0; at < text.length; at = SENTENCE.lastIndex) {
    const found = SENTENCE.exec(text)
    if (found === null || found[0] === '') break
    sentences.push(found[0])
  }
  return sentences
}

/** Language that the letters and marks of a sentence tell; undefined where they do not. */
export function scriptLanguage(sentence: string): Language | undefined {
  const han = sentence.match(HAN)?.length ?? 0
  const marks = CHINESE_MARKS.test(sentence) || (han > 0 && sentence.includes('，'))
  // Letters and digits between Chinese marks, and no word among them, are read as what stands around them.
  if (han === 0) {
    const named = /\d/.test(sentence) ? sentence.replace(QUANTITY, '') : sentence
    const words = /[=＝<>≤≥≈]/.test(named) ? named.replace(FUNCTION, '') : named
    if (
      !/\p{Script=Latin}/u.test(words) ||
      (words !== named && !/[\p{Script=Latin}]{2}/u.test(words)) ||
      (/\d/.test(words) && isCodes(words)) ||
      /^\P{L}*[A-Z][.)]\s*$/u.test(words)
    )
      return undefined
    if (isReaction(words)) return undefined
    if (marks && !/[a-z]{2}/.test(sentence)) return 'zh'
    return WIDE_MARKS.test(sentence) &&
      (words.match(/(?!(?:sin|cos|tan|log|ln|lim|max|min|lg)(?![a-z]))(?<![a-z])[a-z]{2,}/g)?.length ?? 0) <
        QUOTED_WORDS
      ? undefined
      : 'en'
  }
  if (marks) return 'zh'
  const words = sentence.match(LATIN_WORD)?.length ?? 0
  const frames = sentence.match(ENGLISH_FRAME)?.length ?? 0
  const chinese = CHINESE_FRAME.test(sentence)
  // Names may be longer than the sentence that they stand in.
  const framed =
    frames > 0 && (2 * words >= han || (frames >= 2 && !chinese) || (frames >= 3 && 3 * words >= han))
  // One word that holds Chinese sentences together among names: iPhone 15 Pro Max有256GB.
  if (!chinese && words >= 2 && ENGLISH_ENDS.test(sentence)) return 'en'
  // A Chinese sentence that quotes English ones ends in Chinese.
  if (frames < 2 && CHINESE_ENDS.test(sentence)) return 'zh'
  if (!framed && chinese && frames === 0) return 'zh'
  return words > LATIN_TO_HAN * han || framed ? 'en' : 'zh'
}

/** A4, CO2, PM2.5, USB 3.0: letters that are no words tell no language; of capitals by themselves one at most. */
function isCodes(sentence: string): boolean {
  const clockless = sentence.replace(/(?<=\d\s?)[ap]\.?m(?![A-Za-z])/gi, '')
  const tokens = clockless.match(/[\p{L}\d][\p{L}\p{M}\d]*/gu) ?? []
  // Letters of what there is to choose from count as none.
  const named = tokens.filter((token) => !/\d/.test(token) && !/^[A-H]$/.test(token))
  return (
    !/[a-z\u00df-\u024f]{2}/.test(clockless) &&
    named.length <= 1 &&
    named.every((one) => /^[A-Z]{1,4}$/.test(one))
  )
}

/** NaOH+HCl=NaCl+H2O: substances and signs between them. */
function isReaction(sentence: string): boolean {
  const tokens = sentence.match(/[\p{L}\d]+/gu) ?? []
  return (
    /\d/.test(sentence) &&
    /[=＝→⇌]/.test(sentence) &&
    tokens.length < 32 &&
    tokens.every((token) => /^\d{0,2}(?:[A-Z][a-z]?\d{0,3}){0,12}$/.test(token))
  )
}

/** An address of a street, as it is written in English. */
const ADDRESS = String.raw`\d{1,5}[A-Z]?(?:[-/]\d{1,4})? (?:[NSEW]{1,2}\.? )?(?:[A-Z][A-Za-z'.-]{0,20} |\d{1,3}(?:st|nd|rd|th) ){1,4}${STREET_KIND}\b\.?(?:,? [A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|,? [A-Z][A-Za-z.'-]{0,20}| \d{4,5}(?:-\d{4})?|,? ?#\d{1,5}|(?<=(?:Apt|Unit|Suite|Floor)\.?) \d{1,5}[A-Z]?){0,12}`
const HAS_ADDRESS = new RegExp(ADDRESS)
const POST_BOX = String.raw`P\.?O\.? Box \d{1,6}(?:, [A-Z][A-Za-z.]{1,20}(?: [A-Z][A-Za-z.]{1,20})?){0,3}(?: \d{5}(?!\d))?`
const ENGLISH = new RegExp(`(${ADDRESS}|${POST_BOX})|[A-Za-z][\\x20-\\x7e‘’“”]*`, 'g')

/** A Chinese sentence, apart from addresses and whole English sentences that it quotes. */
function quotedEnglish(sentence: string): Run[] {
  const runs: Run[] = []
  let from = 0
  for (const found of sentence.matchAll(ENGLISH)) {
    const words = found[0].match(/[A-Za-z]{2,}|(?<![A-Za-z])I(?= [a-z])/g)?.length ?? 0
    if (
      found[1] === undefined &&
      !HAS_ADDRESS.test(found[0]) &&
      (words < QUOTED_WORDS || !/[a-z]+ (?:[a-z]+|\d+) [a-z]/.test(found[0]) || !/\d/.test(found[0]))
    )
      continue
    runs.push({ text: sentence.slice(from, found.index), language: 'zh' }, { text: found[0], language: 'en' })
    from = found.index + found[0].length
  }
  runs.push({ text: sentence.slice(from), language: 'zh' })
  return runs
}

/** Beside Chinese names the sign that yen and yuan share is that of the yuan. */
const yuan = (text: string) => text.replace(/(?<![A-Za-z])[¥￥](?=\s?\d)/g, 'CN¥')

/** An English sentence, apart from the Chinese names in it with the digits between their characters. */
function chineseNames(sentence: string): Run[] {
  const runs: Run[] = []
  let from = 0
  for (const found of sentence.matchAll(
    /(?:(?<![\w.,$€£¥])(?:\d{1,3}(?:,\d{3}){1,3}|\d{1,12})(?:\.\d{1,6})?(?: (?=[份个個只隻张張本瓶杯碗盒包袋斤件条條位台块塊盘盤][\s,.!?\p{Script=Han}]))?)?\p{Script=Han}+(?:\d{1,12}\p{Script=Han}+)*(?:\d{1,4}(?=[)）\s,.!?]|$))?/gu,
  )) {
    runs.push(
      { text: yuan(sentence.slice(from, found.index)), language: 'en' },
      { text: found[0], language: 'zh' },
    )
    from = found.index + found[0].length
  }
  runs.push({ text: from === 0 ? sentence : yuan(sentence.slice(from)), language: 'en' })
  return runs
}

function joined(runs: readonly Run[]): Run[] {
  const out: Run[] = []
  for (const run of runs) {
    const last = out.at(-1)
    if (run.text === '') continue
    if (last !== undefined && last.language === run.language)
      out[out.length - 1] = { ...last, text: last.text + run.text }
    else out.push(run)
  }
  return out
}
