/** A chapter's XHTML → its words in paragraphs, and its first heading. */
import { Parser } from 'htmlparser2'

const BLOCKS = new Set(
  'address article aside blockquote body caption center dd details div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr legend li main ol p pre section summary table tbody tfoot thead tr ul'.split(
    ' ',
  ),
)
/** What is no text of the book: readings above characters, notes, pictures, code of the page. */
const SILENT = new Set(
  'audio canvas head iframe math nav noscript object rp rt script style svg template title video'.split(' '),
)
const NOTE = /(^|\s)(footnotes?|endnotes?|rearnotes?|noteref|pagebreak|toc|index)(\s|$)/

export interface ChapterText {
  readonly heading: string | undefined
  /** Paragraphs with blank lines between. */
  readonly text: string
}

export function xhtmlText(source: string): ChapterText {
  const paragraphs: string[] = []
  let words = ''
  let heading: string | undefined
  let headingFrom: number | undefined
  let silentDepth = 0
  const stack: { readonly name: string; readonly isSilent: boolean }[] = []
  const end = () => {
    const paragraph = words
      .replaceAll(/[^\S\n]+/g, ' ')
      .replaceAll(/ ?\n ?/g, '\n')
      .trim()
    if (paragraph !== '') paragraphs.push(paragraph)
    words = ''
  }
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        const kind = `${attributes['epub:type'] ?? ''} ${attributes.role?.replaceAll('doc-', '') ?? ''}`
        const isSilent = SILENT.has(name) || NOTE.test(kind) || attributes['aria-hidden'] === 'true'
        stack.push({ name, isSilent })
        if (isSilent) silentDepth++
        if (BLOCKS.has(name)) end()
        else if (name === 'br') words += '\n'
        else if ((name === 'td' || name === 'th') && words.trim() !== '') words += ', '
        if (/^h[1-3]$/.test(name) && silentDepth === 0) headingFrom ??= paragraphs.length
      },
      ontext: (text) => {
        // Line ends of the source are blanks; those of `br` stay.
        if (silentDepth === 0) words += text.replaceAll('\n', ' ')
      },
      onclosetag: (name) => {
        if (BLOCKS.has(name)) end()
        if (/^h[1-3]$/.test(name) && headingFrom !== undefined) {
          heading ??= paragraphs.slice(headingFrom).join(' ').replaceAll(/\s+/g, ' ') || undefined
          if (heading === undefined) headingFrom = undefined
        }
        if (stack.at(-1)?.name !== name) return
        if (stack.pop()!.isSilent) silentDepth--
      },
    },
    { xmlMode: false, decodeEntities: true, lowerCaseTags: true, recognizeSelfClosing: true },
  )
  parser.end(source)
  end()
  return { heading, text: paragraphs.join('\n\n') }
}
