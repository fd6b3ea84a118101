/**
 * Text as a user writes it → segments as the model takes them.
 *
 * The order is that of the reference's front end (`CosyVoiceFrontEnd.text_normalize`): choose the normaliser; treat
 * blanks, brackets and marks; split; drop what cannot be spoken.
 */
import { withoutPrivate } from './characters.ts'
import { normaliseEnglish } from './en-normalise.ts'
import { hasChinese, isSilent } from './language.ts'
import { type Marks, replaceMarks } from './sounds.ts'
import { splitText } from './split.ts'
import { normaliseChinese } from './zh-normalise.ts'
import { keepBlanksBetweenLatin, withoutLastCommas } from './zh-punctuation.ts'

/**
 * Text with both of these is passed on as it is, in one segment, as in the reference. (The tokens they may spell there
 * are control tokens; from a user they are letters, see `tokenizer.ts`.)
 */
const VERBATIM = ['<|', '|>'] as const

const isVerbatim = (text: string) => VERBATIM.every((mark) => text.includes(mark))

const FIRST_PRIVATE = 0xf0000

/** Text as it is said, in one piece. */
export function normaliseText(text: string): string {
  if (isVerbatim(text)) return text
  const trimmed = text.trim()
  if (hasChinese(trimmed)) return punctuateChinese(normaliseChinese(trimmed))
  // A number without a word around it is read in Chinese, as the reference does.
  return /^\d+$/.test(trimmed) ? normaliseChinese(trimmed) : normaliseEnglish(trimmed)
}

/** Normalised segments of a text, none of them silent; empty where there is nothing to say. */
export function segmentText(text: string, countTokens: (text: string) => number): string[] {
  if (isVerbatim(text)) return [text]
  const normalised = normaliseText(text)
  if (normalised === '') return []
  const language = hasChinese(text.trim()) ? 'zh' : 'en'
  return splitText(normalised, language, countTokens).filter((segment) => !isSilent(segment))
}

/** A segment as it is spoken: the reference leaves escaped quotation marks in, which are not said. */
export function polish(segment: string): string {
  return segment.replaceAll('\\"', '"')
}

function punctuateChinese(text: string): string {
  const said = keepBlanksBetweenLatin(text.replaceAll('\n', ''))
    .replaceAll('²', '平方')
    .replaceAll('³', '立方')
    .replaceAll('.', '。')
    .replaceAll(' - ', '，')
    .replace(/[（）【】`]/g, '')
    .replaceAll('——', ' ')
  return withoutLastCommas(said)
}

/**
 * What a prompt recording says, as the model is given it: normalised but never split. A stored voice's text is
 * normalised already; normalising again changes nothing. Digits of `marks` are no numbers, as they are to the reference.
 */
export function promptTranscript(text: string, marks?: Marks): string {
  const held: string[] = []
  const hide = (digits: string) => String.fromCodePoint(FIRST_PRIVATE + held.push(digits) - 1)
  const hidden = replaceMarks(withoutPrivate(text), marks, (mark) => mark.replace(/\d+/g, hide))
  const said = polish(normaliseText(hidden))
  return held.length === 0
    ? said
    : said.replace(/[\u{f0000}-\u{ffffd}]/gu, (sign) => held[sign.codePointAt(0)! - FIRST_PRIVATE] ?? '')
}
