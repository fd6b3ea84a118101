/**
 * Markdown and stray HTML → the words, and where phrases end.
 *
 * Parsing is the library's (CommonMark with tables and strike-through); what is said of it stands here.
 */
import MarkdownIt, { type Token } from 'markdown-it'
import { HtmlWords, knowsTag } from './html.ts'
import { plainFormulas } from './latex.ts'
import type { Piece } from './pieces.ts'

const parser = new MarkdownIt({ html: true, linkify: false, typographer: false, maxNesting: 40 }).disable([
  'code',
  'lheading',
])

/** Signs that Markdown, HTML or a list could have put there. A text without any is left to the stages behind. */
const MARKS = /[*_`#<>&[\]~|\\$=•◦‣▪●○]|^[ \t]*(?:[-+]|\d{1,9}[.)])\s|\+\+\S|(?:^|\s):[a-z+]/m

export function hasMarkup(text: string): boolean {
  return MARKS.test(text)
}

export interface CodeRules {
  /** Whether a fenced block is named or passed over in silence. Its lines are never read out. */
  readonly announce: boolean
}

/** Pieces of a text with marks, in order. */
export function readMarkdown(text: string, code: CodeRules): Piece[] {
  const html = new HtmlWords()
  for (const token of parser.parse(guarded(plainFormulas(text)), {})) readBlock(token, html, code)
  return html.end()
}

function readBlock(token: Token, html: HtmlWords, code: CodeRules): void {
  switch (token.type) {
    case 'inline':
      for (const child of token.children ?? []) readInline(child, html)
      return
    case 'list_item_open':
      // A number in front is what the writer counts by, so it is said; the point ends it.
      if (token.info !== '') html.words(`${token.info}${token.markup === ')' ? '.' : token.markup} `)
      return
    case 'fence':
      html.ends('paragraph')
      html.piece({ kind: 'code', announce: code.announce })
      html.ends('paragraph')
      return
    case 'html_block':
      html.markup(token.content)
      html.ends('line')
      return
    case 'td_close':
    case 'th_close':
      html.ends('cell')
      return
    case 'heading_close':
    case 'tr_close':
      html.ends('line')
      return
    case 'paragraph_close':
      html.ends(token.hidden === true ? 'line' : 'paragraph')
      return
    case 'list_item_close':
      html.ends('line')
  }
}

function readInline(token: Token, html: HtmlWords): void {
  switch (token.type) {
    case 'text':
    case 'code_inline':
    case 'text_special':
      html.words(token.content)
      return
    case 'softbreak':
    case 'hardbreak':
      html.words('\n')
      return
    case 'image':
      html.words(token.content)
      return
    case 'html_inline':
      html.markup(token.content)
  }
}

/** What may be a tag: a name and all up to its bracket, with values in quotation marks. */
const TAG_LIKE =
  /<(?!!--)(?:(\/?)([A-Za-z][\w:-]{0,30})((?:[^<>"'\n]|"[^"<]{0,500}"|'[^'<]{0,500}'){0,100}>)?)?/g
/** Attributes that have values, or none at all; `<b and c>` is a comparison. */
const ATTRIBUTES = /^(?:\s+[\w:@.-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))*\s*\/?>$/
/** Their attributes may stand without a value. */
const FLAGGED =
  /^(?:input|script|video|audio|option|button|select|textarea|ol|details|iframe|form|img|table|td|th)$/i

function isTag(name: string, closing: boolean, rest: string): boolean {
  if (rest === '' || !(knowsTag(name) || closing)) return false
  return ATTRIBUTES.test(rest) || FLAGGED.test(name) || /^(?:https?|mailto)$/i.test(name)
}

/** Signs that only look like marks are put out of the parser's reach. */
function guarded(text: string): string {
  return (
    text
      .replace(/^([ \t]*)[•◦‣▪●○][ \t]*/gm, '$1- ')
      .replace(/^([ \t]*(?:[-*+] )?)\[[ xX]\] /gm, '$1')
      // Lines that only rule off, marks of footnotes, marked and raised words, pictures by name.
      .replace(/^[ \t]*(?:={3,}|-{3,}|\*{3,}|_{3,}|~{4,})[ \t]*$/gm, '')
      .replace(/^[ \t]*(={2,6}) ?(?=[^=\s])([^=\n]{1,200}?) ?\1[ \t]*$/gm, '# $2')
      .replace(/^(#{2,6})(?=[^#\s])/gm, '$1 ')
      .replace(/(?<=[A-Za-z\d)])~(\d{1,3})~/g, '$1')
      .replace(/\[\^[^\]\s]{1,40}\]:?/g, ' ')
      .replace(/(?<![A-Za-z\d+=])(==|\+\+)(?=\S)([^=+\n]{1,200}?)(?<=\S)\1(?![=+])/g, '$2')
      .replace(/(?<=^|\s):[a-z][a-z\d_+-]{1,30}:(?=$|[\s.,!?:])|(?<=^|\s):[+-]1:(?=$|[\s.,!?:])/gm, ' ')
      // A definition of a link has an address; anything else behind a colon is a sentence.
      .replace(/^([ \t]{0,3})\[([^\]\n]{1,200})\]:(?!\s*<?(?:https?:|mailto:|\/|#))/gm, '$1\\[$2]:')
      // A product or a power, not emphasis; a comparison, not a quotation or a tag.
      .replace(/(?<=[\w)])\*{1,2}(?=\d)/g, (stars) => (stars === '*' ? '\\*' : '^'))
      .replace(/(?<=\d|\)|(?<![A-Za-z\d])[A-Za-z])\*(?=\d|\(|[A-Za-z](?![A-Za-z\d]))/g, '\\*')
      .replace(/(?<=\d[\u4e00-\u9fff]{1,2})\*(?=\d)|(?<=[长宽高厚深])\*(?=[长宽高厚深])/g, '\\*')
      .replace(/^([ \t]*)>(?=[=\s]?\s?\d|[$€£¥]\d)/gm, '$1\\>')
      // A place to fill in, such as <your name>, is no tag.
      .replace(
        /(?<=^|[\s("'])<([A-Za-z][A-Za-z ]{0,40}[A-Za-z])>(?=$|[\s.,;:!?)"'])/gm,
        (whole, name: string) => (knowsTag(name) || FLAGGED.test(name.split(' ')[0]!) ? whole : ` ${name} `),
      )
      .replace(/<([A-Za-z\d._%+-]{1,64}@[A-Za-z\d.-]{1,128})>/g, ' $1 ')
      .replace(/[ \t]\{#[\w-]{1,64}\}[ \t]*$/gm, '')
      .replace(/<!doctype[^<>]{0,500}>|<\?[a-z][^<>]{0,500}\?>/gi, ' ')
      .replace(
        TAG_LIKE,
        (whole, slash: string | undefined, name: string | undefined, rest: string | undefined) =>
          name !== undefined && isTag(name, slash === '/', rest ?? '') ? whole : `\\${whole}`,
      )
      .replace(/\\<(?=!--|https?:|mailto:)/g, '<')
      .replace(/\\(?=[A-Za-z\d])/g, '\\\\')
  )
}
