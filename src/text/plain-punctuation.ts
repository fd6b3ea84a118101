/**
 * Punctuation as written → full stops, commas and marks of calls and questions, for models whose texts held no other.
 *
 * What is said stays as it is; only the model is given other marks for it. Plain words with commas stay as they are, to
 * the last blank: a text in pieces is given as the whole is (`live-text.ts`).
 */

const OTHERS = /["'“”‘’「」『』《》〈〉()（）;:；：…—-]|\.{3}/
/** Marks around words. Apostrophes inside words are not among them. */
const AROUND = /["“”「」『』《》〈〉]|(?<![\p{L}\p{N}])['‘’]|['‘’](?![\p{L}\p{N}])/gu
const HYPHENS = /(?<=\p{L})-(?=\p{L})/gu
/** Marks of a pause side by side. */
const PAUSES = /(?: ?(?:[,，;:()—；：（）…]|-(?= )|\.{3}))+ ?/gu
const COMMA = /^ ?[,，] ?$/
const WIDE = /[，；：（）]/
const STOP = /[.!?。！？]/

/** `text` as a model is given it that knows no other marks than `. , ! ?` and the same of Chinese. */
export function withPlainPunctuation(text: string): string {
  if (!OTHERS.test(text)) return text
  return text.replace(AROUND, '').replace(HYPHENS, ' ').replace(PAUSES, onePause).replace(/ {2,}/g, ' ')
}

function onePause(marks: string, at: number, whole: string): string {
  if (COMMA.test(marks)) return marks
  // A bracket that begins a text is no pause.
  if (at === 0 && !/^[ ,，]/.test(marks)) return ''
  const before = whole[at - 1] ?? ''
  const behind = whole[at + marks.length] ?? ''
  const isWide = WIDE.test(marks) || /\p{Script=Han}/u.test(before + behind)
  if (STOP.test(before)) return isWide || behind === '' ? '' : ' '
  if (STOP.test(behind)) return ''
  if (behind === '') return isWide ? '。' : '.'
  return isWide ? '，' : ', '
}
