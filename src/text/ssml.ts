/**
 * An SSML document → words, pauses and speeds: `break`, `p`, `s`, `sub`, `say-as`, `prosody rate`, `phoneme` in pinyin; of
 * other tags the text is said.
 */
import { SaxesParser } from 'saxes'
import { TtsError } from '../core/errors.ts'
import type { Piece, ReadAs } from './pieces.ts'
import { charactersOf } from './pinyin.ts'
import { pauseOf, rateOf, timeOf } from './ssml-values.ts'

const READINGS: Readonly<Record<string, ReadAs>> = {
  characters: 'characters',
  'spell-out': 'characters',
  digits: 'characters',
  verbatim: 'characters',
  telephone: 'telephone',
  date: 'date',
  cardinal: 'cardinal',
  number: 'cardinal',
  ordinal: 'ordinal',
}
/** Elements inside one another; more is an attack or a mistake. */
const MAX_DEPTH = 64

/** Elements that tell about a document, and whose text is not said. */
const SILENT = new Set(['desc', 'metadata', 'meta', 'lexicon', 'lookup', 'title'])
const PINYIN = new Set(['py', 'pinyin', 'x-pinyin', 'x-amazon-pinyin', 'sapi'])

/** Whether `speak` is the first element; a declaration and comments may stand before it. */
export function isSsml(text: string): boolean {
  return /^\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--[\s\S]{0,2000}?-->\s*)?(?:<!DOCTYPE[\s\S]{0,2000}?\]?>\s*)?<speak[\s>/]/.test(
    text,
  )
}

/** The language that a document says it is in. */
export function ssmlLanguage(text: string): string | undefined {
  return /<speak\b[^>]{0,500}?\sxml:lang\s*=\s*["']([\w-]{2,20})["']/.exec(text.slice(0, 4000))?.[1]
}

interface Opened {
  readonly name: string
  readonly said?: string | undefined
  readonly as?: ReadAs | undefined
  readonly format?: string | undefined
  /** A whole and a part with a plus between them. */
  readonly mixed?: boolean
  /** Nothing inside is said. */
  readonly silent: boolean
  readonly rate: number
}

/** Throws INVALID_PARAMETER for a document that is not well-formed, with the place. */
export function readSsml(text: string, unsaid: (what: string) => void): Piece[] {
  const pieces: Piece[] = []
  const open: Opened[] = []
  const rate = () => open.at(-1)?.rate ?? 1
  const parser = new SaxesParser({ position: true })
  const stray = strayAmpersand(text.trim())
  const refuse = (reason: string): never => {
    throw new TtsError(
      'INVALID_PARAMETER',
      'Invalid SSML',
      `expected well-formed SSML, got ${reason} at line ${parser.line}, column ${parser.column}`,
    )
  }
  parser.on('error', (error) => {
    // The parser looks for the entity's end up to that of the document.
    if (stray !== undefined)
      throw new TtsError(
        'INVALID_PARAMETER',
        'Invalid SSML',
        `expected well-formed SSML, got '&' that begins no entity, instead of '&amp;', at ${stray}`,
      )
    refuse(
      error.message
        .replace(/^\d+:\d+:\s*/, '')
        .replace(/[^\x20-\x7e]/g, '?')
        .slice(0, 200),
    )
  })
  parser.on('doctype', () => refuse('a document type'))
  parser.on('opentag', (tag) => {
    const name = tag.name.replace(/^.*:/, '')
    const attributes = tag.attributes as Readonly<Record<string, string>>
    if (open.length >= MAX_DEPTH) refuse(`more than ${MAX_DEPTH} elements inside one another`)
    const above = open.at(-1)
    // What stands for an element stands for those inside it as well.
    let own: Opened = {
      name,
      as: above?.as,
      format: above?.format,
      rate: rate(),
      silent: above?.silent === true || above?.said !== undefined || SILENT.has(name),
    }
    if (own.silent) own = { ...own, as: undefined }
    else if (name === 'break') {
      const { time, strength } = attributes
      if (time !== undefined && timeOf(time) === undefined) refuse(`time '${time}'`)
      const ms = pauseOf(time, strength)
      pieces.push(ms === 0 ? { kind: 'written', text: ' ' } : { kind: 'pause', ms })
    } else if (name === 'p' || name === 's')
      pieces.push({ kind: 'end', end: name === 'p' ? 'paragraph' : 'line' })
    else if (name === 'audio') pieces.push({ kind: 'written', text: ' ' })
    else if (name === 'sub') own = { ...own, said: attributes['alias'] ?? refuse('<sub> without alias') }
    else if (name === 'say-as') {
      const wanted = attributes['interpret-as']?.toLowerCase() ?? refuse('<say-as> without interpret-as')
      own = { ...own, as: READINGS[wanted], format: attributes['format'], mixed: wanted === 'fraction' }
    } else if (name === 'phoneme') {
      const { alphabet = 'ipa', ph = refuse('<phoneme> without ph') } = attributes
      const said = PINYIN.has(alphabet.toLowerCase()) ? charactersOf(ph) : undefined
      if (said === undefined)
        unsaid(`a <phoneme> in alphabet '${alphabet.replace(/[^\w-]/g, '?').slice(0, 20)}'`)
      else own = { ...own, said }
    } else if (name === 'prosody' && attributes['rate'] !== undefined) {
      const factor = rateOf(attributes['rate']) ?? refuse(`rate '${attributes['rate']}'`)
      own = { ...own, rate: Math.min(2, Math.max(0.5, rate() * factor)) }
      pieces.push({ kind: 'rate', factor: own.rate })
    }
    open.push(own)
  })
  const words = (text: string) => {
    const { said, as, format, silent: hushed, mixed } = open.at(-1) ?? {}
    if (said !== undefined || hushed === true) return
    if (as === undefined || text.trim() === '')
      pieces.push({
        kind: 'written',
        text: (mixed === true ? text.replace('+', ' ') : text).replace(/\s+/g, ' '),
      })
    else pieces.push({ kind: 'read', text: text.trim(), as, ...(format === undefined ? {} : { format }) })
  }
  parser.on('text', words)
  parser.on('cdata', words)
  parser.on('closetag', () => {
    const { name, said, rate: was } = open.pop()!
    if (said !== undefined) pieces.push({ kind: name === 'phoneme' ? 'said' : 'written', text: said })
    if (name === 'p' || name === 's') pieces.push({ kind: 'end', end: name === 'p' ? 'paragraph' : 'line' })
    if (was !== rate()) pieces.push({ kind: 'rate', factor: rate() })
  })
  parser.write(text.trim()).close()
  return pieces
}

/** Place of the first `&` that no entity follows; undefined where there is none, or where it may stand. */
function strayAmpersand(text: string): string | undefined {
  if (text.includes('<![CDATA[') || text.includes('<!--')) return undefined
  const at = text.search(/&(?!#?[A-Za-z\d]{1,31};)/)
  if (at < 0) return undefined
  const before = text.slice(0, at).split('\n')
  return `line ${before.length}, column ${before.at(-1)!.length}`
}
