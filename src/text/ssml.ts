/**
 * An SSML document → words, pauses and speeds: `break`, `p`, `s`, `sub`, `say-as`, `prosody rate`; other tags are passed
 * through to what they hold.
 */
import { SaxesParser } from 'saxes'
import { TtsError } from '../core/errors.ts'
import type { Piece, ReadAs } from './pieces.ts'
import { pauseOf, rateOf } from './ssml-values.ts'

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

export function isSsml(text: string): boolean {
  return /^\s*(?:<\?xml[^>]*>\s*)?<speak[\s>/]/.test(text)
}

interface Opened {
  readonly name: string
  readonly said?: string | undefined
  readonly as?: ReadAs | undefined
  readonly rate: number
}

/** Throws INVALID_PARAMETER for a document that is not well-formed, with the place. */
export function readSsml(text: string): Piece[] {
  const pieces: Piece[] = []
  const open: Opened[] = []
  const rate = () => open.at(-1)?.rate ?? 1
  const parser = new SaxesParser({ position: true })
  const refuse = (reason: string): never => {
    throw new TtsError(
      'INVALID_PARAMETER',
      'Invalid SSML',
      `expected well-formed SSML, got ${reason} at line ${parser.line}, column ${parser.column}`,
    )
  }
  parser.on('error', (error) =>
    refuse(
      error.message
        .replace(/^\d+:\d+:\s*/, '')
        .replace(/[^\x20-\x7e]/g, '?')
        .slice(0, 200),
    ),
  )
  parser.on('doctype', () => refuse('a document type'))
  parser.on('opentag', (tag) => {
    const name = tag.name.replace(/^.*:/, '')
    const attributes = tag.attributes as Readonly<Record<string, string>>
    if (open.length >= MAX_DEPTH) refuse(`more than ${MAX_DEPTH} elements inside one another`)
    let own: Opened = { name, rate: rate() }
    if (name === 'break')
      pieces.push({ kind: 'pause', ms: pauseOf(attributes['time'], attributes['strength']) })
    else if (name === 'p' || name === 's')
      pieces.push({ kind: 'end', end: name === 'p' ? 'paragraph' : 'line' })
    else if (name === 'sub') own = { ...own, said: attributes['alias'] ?? refuse('<sub> without alias') }
    else if (name === 'say-as') {
      const wanted = attributes['interpret-as'] ?? refuse('<say-as> without interpret-as')
      own = { ...own, as: READINGS[wanted] }
    } else if (name === 'prosody' && attributes['rate'] !== undefined) {
      const factor = rateOf(attributes['rate']) ?? refuse(`rate '${attributes['rate']}'`)
      own = { ...own, rate: Math.min(2, Math.max(0.5, rate() * factor)) }
      pieces.push({ kind: 'rate', factor: own.rate })
    }
    open.push(own)
  })
  parser.on('text', (words) => {
    const { said, as } = open.at(-1) ?? {}
    if (said !== undefined) return
    if (as !== undefined && words.trim() !== '') pieces.push({ kind: 'read', text: words.trim(), as })
    else pieces.push({ kind: 'written', text: words.replace(/\s+/g, ' ') })
  })
  parser.on('closetag', () => {
    const { name, said, rate: was } = open.pop()!
    if (said !== undefined) pieces.push({ kind: 'written', text: said })
    if (name === 'p' || name === 's') pieces.push({ kind: 'end', end: name === 'p' ? 'paragraph' : 'line' })
    if (was !== rate()) pieces.push({ kind: 'rate', factor: rate() })
  })
  parser.write(text.trim()).close()
  return pieces
}
