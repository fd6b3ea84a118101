/**
 * Line ends → marks, so that a list is not one sentence; paragraphs stay apart.
 */

/** Between two lines of the text. */
export const LINE = '\n'
/** Behind a list's item, a heading or a table's row. */
export const ITEM = '\ue001'
/** Between paragraphs. */
export const PARAGRAPH = '\ue000'

const ENDED = /[.!?;:,，。！？；：、…—-]["”’')）\]」』]*$/
/** Lines of this length that go on in small letters were broken to fit a page. */
const WRAPPED = 40
/** Words that end no line but a broken one. */
const LEADING =
  / (?:the|an?|of|to|in|on|at|and|or|with|for|by|from|is|are|was|were|that|as|be|which|this|his|her|its|their|our|my|your|not|than|very)$/

/** A point of theirs ends no line. A day or year may follow a month. */
const SHORTENED =
  /(?:^|[\s(,])(?:Corp|Co|Inc|Ltd|Dept|Jr|Sr|Esq|Ph\.D|M\.D|Bros|Assn|Univ|(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec))\.$/

/** Bullets that no parser took, as inside a block of HTML. */
const BULLETS = /^(?:[-*+•] )+(?!\d)/

/** One text in which the ends of lines are marks, and paragraphs are apart by `PARAGRAPH`. */
export function markLines(text: string): string {
  return text
    .replace(/\n[ \t]*\n\s*/g, PARAGRAPH)
    .split(PARAGRAPH)
    .map(markParagraph)
    .filter((paragraph) => paragraph !== '')
    .join(PARAGRAPH)
}

function markParagraph(paragraph: string): string {
  const parts = paragraph.split(/([\n\ue001]+)/)
  let out = ''
  for (let i = 0; i < parts.length; i += 2) {
    const line = parts[i]!.trim().replace(BULLETS, '')
    if (line === '') continue
    const next = followingLine(parts, i)
    if (next === '') {
      out += line
      continue
    }
    const item = (parts[i + 1] ?? '').includes(ITEM)
    // A word that was broken to fit a page.
    const broken = !item && /\p{Ll}{2}-$/u.test(line) && /^\p{Ll}{2}/u.test(next)
    out += broken ? line.slice(0, -1) : line + markBetween(line, next, item)
  }
  return out
}

function followingLine(parts: readonly string[], at: number): string {
  for (let i = at + 2; i < parts.length; i += 2) if (parts[i]!.trim() !== '') return parts[i]!.trim()
  return ''
}

/** Words that go on: behind a line of four words or more with a capital, or up to the end of a sentence. */
const isSentence = (line: string, next: string) =>
  /^\p{Lu}\S*(?: \S+){3}/u.test(line) || /^\S+ [^.!?]*[.!?](?:\s|$)/.test(next)

function markBetween(line: string, next: string, item: boolean): string {
  const chinese = /[\u4e00-\u9fff]/.test(line)
  const blank = chinese && /^[\u4e00-\u9fff]/.test(next) ? '' : ' '
  const short = SHORTENED.exec(line.slice(-8))
  if (short !== null && (short[1] === undefined ? /^[\p{Lu}\d]/u : /^\p{Lu}/u).test(next)) return '; '
  if (ENDED.test(line) || !/[\p{L}\p{N}\u{f0000}-\u{ffffd}]/u.test(line)) return blank
  if (chinese) return item ? '。' : '，'
  // A letter and a point would be an initial.
  if (/(?:^|[^A-Za-z])[A-Z]$/.test(line) && /^[A-Z]/.test(next)) return '; '
  const goesOn = /^\p{Ll}/u.test(next)
  if (!item && goesOn && (line.length >= WRAPPED || LEADING.test(line) || isSentence(line, next))) return ' '
  return !item && goesOn ? ', ' : '. '
}
