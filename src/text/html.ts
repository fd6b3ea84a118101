/**
 * Tags and entities among words → words, pauses and ends of phrases.
 */
import { Parser } from 'htmlparser2'
import type { End, Piece } from './pieces.ts'
import { pauseOf } from './ssml-values.ts'

const INLINE =
  'a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q rp rt ruby s samp small span strike strong sub sup time tt u var wbr'
const BLOCKS =
  'address article aside blockquote body button caption center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header html legend li main nav ol p section summary table tbody td tfoot th thead tr ul'
const VOID = 'br hr img input source col embed area base link meta param track'
const SILENT =
  'script style head title template iframe object svg math noscript audio video canvas textarea select option'
/** SSML's, in text that is no SSML document. */
const SPEECH = 'speak break prosody say-as phoneme emphasis voice lang mark desc lexicon metadata'

const words = (names: string) => names.split(' ')
const KNOWN = new Set([INLINE, BLOCKS, VOID, SILENT, SPEECH].flatMap(words))
const BLOCK = new Set(words(BLOCKS))
const HUSHED = new Set(words(SILENT))

/** Whether a name is a tag's: anything else between angle brackets is text. */
export function knowsTag(name: string): boolean {
  return KNOWN.has(name.toLowerCase()) || name.includes('-')
}

/** Collects pieces from text that holds tags here and there. */
export class HtmlWords {
  readonly #pieces: Piece[] = []
  #text = ''
  #hushed = 0
  #raised = false
  readonly #parser: Parser

  constructor() {
    this.#parser = new Parser(
      {
        ontext: (text) => this.words(text),
        onopentag: (name, attributes) => this.#open(name, attributes),
        onclosetag: (name) => this.#close(name),
      },
      { decodeEntities: true, lowerCaseTags: true },
    )
  }

  /** Plain words. */
  words(text: string): void {
    if (this.#hushed > 0) return
    // A raised number behind a letter or digit is a power; anything else that is raised is text.
    const power = this.#raised && /^[-+]?\d{1,4}$/.test(text.trim()) && /[\w)]$/.test(this.#text)
    this.#text += power ? `^${text.trim()}` : text
  }

  /** Source with tags. */
  markup(source: string): void {
    this.#parser.write(source)
  }

  /** The end of a phrase, a line or a paragraph. */
  ends(end: End): void {
    if (this.#hushed > 0) return
    this.#flush()
    this.#pieces.push({ kind: 'end', end })
  }

  piece(piece: Piece): void {
    this.#flush()
    this.#pieces.push(piece)
  }

  end(): Piece[] {
    this.#parser.end()
    this.#flush()
    return this.#pieces
  }

  #open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (HUSHED.has(name)) this.#hushed++
    else if (name === 'sup') this.#raised = true
    else if (name === 'br') this.ends('line')
    else if (name === 'hr') this.ends('paragraph')
    else if (name === 'img' && attributes['alt'] !== undefined) this.words(` ${attributes['alt']} `)
    else if (name === 'break')
      this.piece({ kind: 'pause', ms: pauseOf(attributes['time'], attributes['strength']) })
    else if (BLOCK.has(name)) this.ends(name === 'td' || name === 'th' ? 'cell' : 'line')
  }

  #close(name: string): void {
    if (HUSHED.has(name)) this.#hushed = Math.max(0, this.#hushed - 1)
    else if (name === 'sup') this.#raised = false
    else if (name === 'td' || name === 'th') this.ends('cell')
    else if (BLOCK.has(name)) this.ends(name === 'p' ? 'paragraph' : 'line')
  }

  #flush(): void {
    if (this.#text !== '') this.#pieces.push({ kind: 'written', text: this.#text })
    this.#text = ''
  }
}
