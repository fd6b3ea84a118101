/**
 * Words that no rule may change, each held in the text by one character of the private plane.
 */
import { readEnglish } from './en-codes.ts'
import { sayEnglish } from './en-speak.ts'
import type { Piece, ReadAs } from './pieces.ts'
import type { Language } from './runs.ts'
import { type Marks, replaceMarks } from './sounds.ts'
import { readChinese } from './zh-codes.ts'
import { sayChinese } from './zh-speak.ts'

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
    if (piece.as !== 'date') {
      const { as, text } = piece
      return this.put((language) => read(text, as, language))
    }
    const month = monthOfYear(piece.text, piece.format ?? '')
    if (month === undefined) {
      const date = plainDate(piece.text, piece.format ?? '')
      return typeof date === 'string'
        ? date
        : this.put((language) =>
            language === 'zh'
              ? sayChinese(`${date.month}月${date.day}日`)
              : sayEnglish(`${MONTHS[date.month - 1]} ${date.day}`),
          )
    }
    return this.put((language) =>
      language === 'zh'
        ? sayChinese(`${month.year}年${month.month}月`)
        : sayEnglish(`${MONTHS[month.month - 1]} ${month.year}`),
    )
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

/** Month and year, where the format asks for no more. */
function monthOfYear(text: string, format: string): { year: string; month: number } | undefined {
  if (!/^(?:my|ym)$/i.test(format)) return undefined
  const numbers = text.split(/\D+/).filter((number) => number !== '')
  const [year = '', month = ''] = /^m/i.test(format) ? numbers.reverse() : numbers
  return /^\d{4}$/.test(year) && MONTHS[Number(month) - 1] !== undefined
    ? { year, month: Number(month) }
    : undefined
}

/** A date whose format is told, as the rules of both languages know dates: year, month, day; without a year in its parts. */
function plainDate(text: string, format: string): string | { month: number; day: number } {
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
  return MONTHS[Number(month) - 1] === undefined ? text : { month: Number(month), day: Number(day) }
}

function read(text: string, as: Exclude<ReadAs, 'date'>, language: Language): string {
  const said = language === 'zh' ? readChinese(text, as) : readEnglish(text, as)
  // What is not of that kind is read as everywhere.
  return said ?? (language === 'zh' ? sayChinese(text) : sayEnglish(text))
}
