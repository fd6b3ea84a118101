/** A Markdown text as a book: chapters begin at headings of the highest level that stands more than once. */
import MarkdownIt, { type Token } from 'markdown-it'
import type { Book } from './book.ts'
import type { Chapter } from './book-parts.ts'

const parser = new MarkdownIt({ html: true })

interface Heading {
  readonly level: number
  readonly title: string
  /** Index of its first line. */
  readonly line: number
}

/** Chapters keep their Markdown, which the text rules understand. */
export function markdownBook(source: string, name: string): Book {
  const { facts, body } = withoutFrontMatter(source.replaceAll(/\r\n?/g, '\n').replace(/^\ufeff/, ''))
  const text = shortFences(body)
  const headings = headingsOf(parser.parse(text, {}))
  const level = chapterLevel(headings)
  const first = headings[0]
  const title = facts.title ?? (first !== undefined && first.level < level ? first.title : undefined) ?? name
  const starts = headings.filter((heading) => heading.level <= level)
  const lines = text.split('\n')
  const chapters: Chapter[] = []
  const add = (chapter: string, from: number, to: number | undefined) => {
    const part = lines.slice(from, to).join('\n').trim()
    if (/[\p{L}\p{N}]/u.test(part)) chapters.push({ title: chapter, text: part })
  }
  add(title, 0, starts[0]?.line ?? lines.length)
  for (const [index, heading] of starts.entries()) add(heading.title, heading.line, starts[index + 1]?.line)
  return { title, author: facts.author, language: facts.lang ?? facts.language, chapters, textFormat: 'auto' }
}

function headingsOf(tokens: readonly Token[]): Heading[] {
  return tokens.flatMap((token, index) => {
    // Those in lists and quotations are no chapters.
    if (token.type !== 'heading_open' || token.level > 0 || token.map === null) return []
    const words = tokens[index + 1]?.children ?? []
    const title = words
      .map(({ type, content }) =>
        type === 'softbreak' ? ' ' : /^(text|code_inline)$/.test(type) ? content : '',
      )
      .join('')
    return [{ level: Number(token.tag.slice(1)), title: title.trim(), line: token.map[0] }]
  })
}

function chapterLevel(headings: readonly Heading[]): number {
  for (let level = 1; level <= 3; level++)
    if (headings.filter((heading) => heading.level === level).length > 1) return level
  return Math.min(...headings.map((heading) => heading.level), 6)
}

/** A block of code is named and not read out: without its lines no part ends within one. */
function shortFences(text: string): string {
  return text.replaceAll(/^([ \t]*)(`{3,}|~{3,})[^\n]*\n[\s\S]*?^[ \t]*\2[`~]*[ \t]*$/gm, '$1```\n$1```')
}

/** What stands between two lines of `---` at the very beginning; of it, simple `name: value` lines. */
function withoutFrontMatter(text: string): { readonly facts: Record<string, string>; readonly body: string } {
  const found = /^---\n([\s\S]*?)\n(?:---|\.\.\.)(?:\n|$)/.exec(text)
  if (found === null) return { facts: {}, body: text }
  const facts: Record<string, string> = {}
  for (const [, key, value] of found[1]!.matchAll(
    /^(title|author|lang|language):[ \t]*(?!\[|\{|[|>])(.+?)[ \t]*$/gm,
  ))
    facts[key!] = value!.replace(/^(["'])(.*)\1$/, '$2')
  return { facts, body: text.slice(found[0].length) }
}
