/** A plain text as a book: chapters begin at lines that say so. */
import type { Book } from './book.ts'
import type { Chapter } from './book-parts.ts'

const NUMBER =
  '(?:\\d{1,4}|[IVXLC]{1,8}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|the \\w+)'
/** `CHAPTER IV. The Storm`, `Part Two`; what follows the number stands behind a sign, or is a title. */
const NUMBERED = new RegExp(`^(?:chapter|part|book|canto|act)\\s+${NUMBER}\\b(.{0,80})$`, 'iu')
const NAMED =
  /^(?:(?:prologue|epilogue|preface|foreword|introduction)\.?|第[\d零〇一二三四五六七八九十百千两]{1,8}[章回卷部节].{0,40}|[序跋]言?|前言|后记|楔子|尾声)$/i

function isHeading(line: string): boolean {
  if (NAMED.test(line)) return true
  const rest = NUMBERED.exec(line)?.[1]
  if (rest === undefined) return false
  return rest === '' || /^\s*[.:—–-]/u.test(rest) || (/^\s+\p{Lu}/u.test(rest) && !/[.,;!?]$/.test(rest))
}

export function plainBook(source: string, name: string): Book {
  const chapters: Chapter[] = []
  let title = name
  let lines: string[] = []
  const close = () => {
    const text = unwrapped(lines)
    if (/[\p{L}\p{N}]/u.test(text)) chapters.push({ title, text })
  }
  const all = source.replaceAll(/\r\n?/g, '\n').split('\n')
  for (const [index, line] of all.entries()) {
    const trimmed = line.trim()
    const isAlone = (all[index - 1] ?? '').trim() === ''
    if (isAlone && isHeading(trimmed)) {
      close()
      title = trimmed
      lines = [trimmed, '']
    } else lines.push(line)
  }
  close()
  return { title: name, author: undefined, language: undefined, chapters, textFormat: 'plain' }
}

/** Lines that were broken to fit a page become one paragraph; a blank line ends it. */
function unwrapped(lines: readonly string[]): string {
  return lines
    .join('\n')
    .split(/\n[^\S\n]*\n\s*/)
    .map((paragraph) =>
      joinLines(
        paragraph
          .trim()
          .split('\n')
          .map((line) => line.trim()),
      ),
    )
    .filter((paragraph) => paragraph !== '')
    .join('\n\n')
}

/** Where lines are short on purpose, as in verses, the breaks stay. */
function joinLines(lines: readonly string[]): string {
  const full = lines.filter((line) => line.length > 50 || /\p{Script=Han}{15}/u.test(line)).length
  if (full * 2 < lines.length - 1) return lines.join('\n')
  return lines.reduce((text, line) => {
    if (text === '') return line
    const isHan =
      /\p{Script=Han}|[，。！？；：、”」』]$/u.test(text.at(-1)!) && /^[\p{Script=Han}“「『]/u.test(line)
    return text + (isHan ? '' : ' ') + line
  }, '')
}
