/**
 * The words of a text as its writer wrote them, with their places: what a page highlights.
 *
 * A word is what stands between blanks, its marks included. In Chinese it is a word of Unicode's dictionary with the
 * marks around it. Marks of Markdown, tags, links' addresses and an instruction are no words.
 */
import { endsSentence } from '../core/sentence-end.ts'
import { splitInstruction } from './instruction.ts'
import { isSsml } from './ssml.ts'
import { withoutCues } from './subtitles.ts'

export interface WrittenWord {
  readonly text: string
  /** UTF-16 places in the text: `text.slice(from, to)` is the word. */
  readonly from: number
  readonly to: number
  /** A sentence ends with it. */
  readonly ends: boolean
}

export interface WrittenOptions {
  readonly textFormat?: 'auto' | 'plain' | undefined
  readonly codeBlocks?: 'announce' | 'skip' | undefined
  /** The text is a part of one: it brings no instruction. */
  readonly fragment?: boolean | undefined
}

const SEGMENTER = new Intl.Segmenter('zh', { granularity: 'word' })
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u
/** Characters that are segmented in one go: the segmenter's work grows faster than a text. */
const STRETCH = 400
/** Marks of Markdown around words; what ends a sentence behind them is left out with them. */
const OUTER_MARKS = /^[*_~`#>|[\]{}]+|[*_~`#|[\]{}]+[.,;:!?]*$/g
/** What goes on behind such a mark: 5! = 120. */
const GOES_ON = /^\s*[=+*/<>×÷]\s/
/** In order, none empty, none over another. Linear in the text. */
export function writtenWords(text: string, options: WrittenOptions = {}): WrittenWord[] {
  const said = withoutMarkup(text, options)
  const words: { from: number; to: number }[] = []
  for (const { 0: chunk, index } of said.matchAll(/\S+/g)) {
    if (WIDE.test(chunk)) words.push(...wideWords(chunk, index))
    else
      for (const part of chunk.matchAll(/.+?(?:[—–…]+|-{2,}|\.{3,})(?=[\p{L}\p{N}])|.+$/gu))
        words.push({ from: index + part.index, to: index + part.index + part[0].length })
  }
  return words
    .map((word, i) => {
      const ends = sentenceEnds(text, word, words[i + 1]?.from)
      const { from, to } = options.textFormat === 'plain' ? word : withoutOuterMarks(text, word)
      return { text: text.slice(from, to), from, to, ends }
    })
    .filter(({ from, to }) => to > from)
}

function sentenceEnds(text: string, { from, to }: { from: number; to: number }, next = text.length): boolean {
  const word = text.slice(from, to)
  if (/\n\s*\n/.test(text.slice(to, next))) return true
  return endsSentence(word) && !GOES_ON.test(text.slice(to, to + 8))
}

/** The same length, with blanks where nothing is that is said. */
function withoutMarkup(text: string, { textFormat, codeBlocks, fragment }: WrittenOptions): string {
  const blank = (whole: string) => ' '.repeat(whole.length)
  let said = text
  if (fragment !== true) {
    const { text: own } = splitInstruction(text)
    const at = own === text ? 0 : text.lastIndexOf(own)
    if (at > 0) said = ' '.repeat(at) + text.slice(at)
  }
  if (textFormat === 'plain') return said
  if (fragment !== true && isSsml(said))
    return said.replace(
      /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(desc|metadata|meta|lexicon|title)\b[^>]*>[\s\S]*?<\/\1>|<[^>]*>/g,
      blank,
    )
  return withoutCues(said, blank)
    .replace(/^(?:```|~~~)[\s\S]*?^(?:```|~~~)[ \t]*$/gm, (block) =>
      codeBlocks === 'skip' ? blank(block) : block.replace(/\S/g, ' '),
    )
    .replace(/<[/!]?[A-Za-z][^<>\n]{0,200}>|<!--[\s\S]{0,2000}?-->/g, blank)
    .replace(/(?<=\])\([^()\s]*(?:\s"[^"\n]*")?\)|(?<=\])\[[^\]\n]*\]/g, blank)
}

/** Words of a chunk with Chinese in it; a mark goes with the word before it, an opening one with the word behind it. */
function wideWords(chunk: string, offset: number): { from: number; to: number }[] {
  const words: { from: number; to: number }[] = []
  let opened: number | undefined
  for (let start = 0; start < chunk.length; start += STRETCH) {
    for (const { segment, index, isWordLike } of SEGMENTER.segment(chunk.slice(start, start + STRETCH))) {
      const from = offset + start + index
      const to = from + segment.length
      const last = words.at(-1)
      if (isWordLike === true || /[\p{L}\p{N}]/u.test(segment)) {
        words.push({ from: opened ?? from, to })
        opened = undefined
      } else if (/^[\p{Ps}\p{Pi}"'$€£¥￥#@+-]/u.test(segment) || last === undefined) opened ??= from
      else if (opened === undefined) last.to = to
    }
  }
  return words
}

function withoutOuterMarks(
  text: string,
  { from, to }: { from: number; to: number },
): {
  from: number
  to: number
} {
  const word = text.slice(from, to)
  const kept = word.replace(OUTER_MARKS, '')
  const lead = word.indexOf(kept)
  return { from: from + lead, to: from + lead + kept.length }
}
