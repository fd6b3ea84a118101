/** Comments of a source file, and the sentences of their prose. */

export interface Comment {
  /** Number of its first line. */
  readonly line: number
  /** Its lines, markers taken off. */
  readonly lines: readonly string[]
}

/** Block comments in JSDoc form, and line comments; neighbouring line comments are one. */
export function commentsOf(text: string): Comment[] {
  const found = text.matchAll(/\/\*\*[\s\S]*?\*\/|^[^\S\n]*\/\/[^\n]*(?:\n[^\S\n]*\/\/[^\n]*)*/gm)
  return [...found].map(({ 0: comment, index }) => ({
    line: text.slice(0, index).split('\n').length,
    lines: comment.split('\n').map((line) => line.replace(/^\s*(?:\/\*\*|\*\/|\*|\/\/) ?|\s*\*\/$/g, '')),
  }))
}

/**
 * Sentences of a comment. Left out: lines that are indented, which draw a layout, a state diagram or a formula, tables,
 * and directives of tools. A blank line ends a sentence, and so does an item of a list.
 */
export function sentencesOf({ lines }: Comment): string[] {
  const prose = lines.map((line) =>
    /^\s{2,}|^\s*\||^\s*(?:biome-ignore|v8 ignore|c8 ignore|@ts-)/.test(line) ? '' : line,
  )
  return prose
    .join('\n')
    .split(/\n\s*\n|\n(?=\s*- )|(?<=(?<!\b(?:e\.g|i\.e|etc|cf|vs))[.!?][)”"'`]*)\s+(?=\S)/)
    .map((sentence) => sentence.replaceAll(/\s+/g, ' ').trim())
    .filter((sentence) => sentence !== '')
}

/** A sentence at its colons and semicolons: each part states something of its own. */
export function statementsOf(sentence: string): string[] {
  return sentence.split(/[;:](?=\s)/)
}

/** Words of a sentence. What stands in backquotes is one, and a sign without letters or digits is none. */
export function countWords(sentence: string): number {
  const words = sentence.replaceAll(/`[^`]*`/g, 'code').split(/\s+/)
  return words.filter((word) => /[\p{L}\p{N}]/u.test(word)).length
}
