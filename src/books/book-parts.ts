/**
 * A long text → parts that are spoken one by one: work can stop and go on between any two.
 *
 * A part is some paragraphs, or some sentences of a long one. Joined, parts hold every word of their chapters, in order.
 */
import { setImmediate as turn } from 'node:timers/promises'
import { SentenceStream } from '../text/sentence-stream.ts'

/** A chapter as its reader gives it; its title is said only where its text says it. */
export interface Chapter {
  readonly title: string
  readonly text: string
}

export interface Part {
  /** Index of its chapter. */
  readonly chapter: number
  readonly text: string
}

/** UTF-16 units of a part: about a minute of speech, which is what a stop costs at most. */
const MAX_LENGTH = 800
/** Of text that is worked through in one turn. */
const TURN_LENGTH = 4000
const BLANK_LINES = /\n[^\S\n]*\n\s*/

/** Other work of this thread gets a turn between two pieces of the text. */
export async function partsOf(chapters: readonly Pick<Chapter, 'text'>[]): Promise<Part[]> {
  const parts: Part[] = []
  for (const [chapter, { text }] of chapters.entries()) {
    const gathered = new PartGatherer()
    for (const paragraph of text.replaceAll(/\r\n?/g, '\n').split(BLANK_LINES)) {
      await gathered.add(paragraph.trim())
      if (gathered.isTurnDue()) await turn()
    }
    for (const part of gathered.end()) parts.push({ chapter, text: part })
  }
  return parts
}

class PartGatherer {
  readonly #parts: string[] = []
  #current = ''
  #sinceTurn = 0

  async add(paragraph: string): Promise<void> {
    this.#sinceTurn += paragraph.length
    if (!hasWords(paragraph)) return
    if (paragraph.length <= MAX_LENGTH) return this.#gather(paragraph, '\n\n')
    this.#close()
    const stream = new SentenceStream()
    for (let at = 0; at < paragraph.length; at += TURN_LENGTH) {
      for (const sentence of stream.append(paragraph.slice(at, at + TURN_LENGTH))) this.#gatherLong(sentence)
      await turn()
    }
    this.#gatherLong(stream.flush() ?? '')
    this.#sinceTurn = 0
  }

  isTurnDue(): boolean {
    if (this.#sinceTurn < TURN_LENGTH) return false
    this.#sinceTurn = 0
    return true
  }

  end(): string[] {
    this.#close()
    return this.#parts.map((part) => part.trim()).filter(hasWords)
  }

  #gatherLong(sentence: string): void {
    for (const piece of hardCut(sentence)) this.#gather(piece, '')
  }

  #gather(piece: string, separator: string): void {
    if (this.#current.length + separator.length + piece.length > MAX_LENGTH) this.#close()
    this.#current += this.#current === '' ? piece : separator + piece
  }

  #close(): void {
    if (this.#current !== '') this.#parts.push(this.#current)
    this.#current = ''
  }
}

/** A sentence without any place to cut is cut between characters. */
function hardCut(text: string): string[] {
  if (text.length <= MAX_LENGTH) return [text]
  const characters = [...text]
  const half = Math.ceil(characters.length / 2)
  return [characters.slice(0, half), characters.slice(half)].flatMap((piece) => hardCut(piece.join('')))
}

function hasWords(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text)
}
