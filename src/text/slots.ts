/**
 * Words that no rule may change, each held in the text by one character of the private plane.
 */
import { readEnglish } from './en-codes.ts'
import type { Piece, ReadAs } from './pieces.ts'
import type { Language } from './runs.ts'
import { type Marks, replaceMarks } from './sounds.ts'
import { readChinese } from './zh-codes.ts'

const FIRST = 0xf0000
/** As many as the plane has; what comes later is said as it is written. */
const MOST = 0xfff0
const SLOT = /[\u{f0000}-\u{ffffd}]/gu
const CODE: Readonly<Record<Language, string>> = { en: 'code block', zh: '代码块' }

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)

type Words = string | ((language: Language) => string)

export class Slots {
  readonly #words: Words[] = []

  /** The character that stands for words. */
  put(words: Words): string {
    if (this.#words.length >= MOST) return typeof words === 'string' ? words : ''
    this.#words.push(words)
    return String.fromCodePoint(FIRST + this.#words.length - 1)
  }

  /** Marks of the model; of sounds where it names none. */
  keepMarks(text: string, marks: Marks | undefined): string {
    return replaceMarks(text, marks, (mark) => this.put(mark))
  }

  /** The character for a piece that is not read by rules. */
  putPiece(piece: Extract<Piece, { kind: 'said' | 'read' | 'code' }>): string {
    if (piece.kind === 'said') return this.put(piece.text)
    if (piece.kind === 'code') return piece.announce ? this.put((language) => CODE[language]) : ''
    return piece.as === 'date'
      ? plainDate(piece.text, piece.format ?? '')
      : this.put((language) => read(piece.text, piece.as as Exclude<ReadAs, 'date'>, language))
  }

  /** Text with the words in their places. */
  fill(text: string, language: Language): string {
    if (this.#words.length === 0) return text
    return text.replace(SLOT, (slot) => {
      const words = this.#words[slot.codePointAt(0)! - FIRST] ?? ''
      return typeof words === 'string' ? words : words(language)
    })
  }
}

/** A date whose format is told, as the rules of both languages know dates: year, month, day. */
function plainDate(text: string, format: string): string {
  const numbers = text.split(/\D+/).filter((number) => number !== '')
  const order = [...format.toLowerCase()].filter((letter) => 'ymd'.includes(letter))
  if (numbers.length !== order.length || order.length < 2) return text
  const of = (letter: string) => numbers[order.indexOf(letter)]
  const [year, month = '1', day] = [of('y'), of('m'), of('d')]
  const two = (number: string) => number.padStart(2, '0')
  if (year !== undefined) {
    const full = year.length === 2 ? `20${year}` : year
    return day === undefined ? `${full}-${two(month)}` : `${full}-${two(month)}-${two(day)}`
  }
  return MONTHS[Number(month) - 1] === undefined ? text : `${MONTHS[Number(month) - 1]} ${Number(day)}`
}

function read(text: string, as: Exclude<ReadAs, 'date'>, language: Language): string {
  return language === 'zh' ? readChinese(text, as) : readEnglish(text, as)
}
