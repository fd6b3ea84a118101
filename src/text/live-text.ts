/**
 * Text that arrives in pieces → what the LLM can take now: whole sentences, or an unfinished one's plain words.
 *
 * Plain words are those that later text cannot change: letters and commas. Digits, signs and abbreviations wait for
 * their sentence, since their reading depends on it. A caller that has waited long enough calls `flush`.
 *
 * However a text is cut, the words of a sentence are its normalised text, in order, nothing twice.
 */
import { BARE_WORDS } from './en-bare-abbreviations.ts'
import { CHAT_WORDS } from './en-chat.ts'
import { LiveInstruction } from './instruction.ts'
import { hasChinese } from './language.ts'
import { SentenceStream } from './sentence-stream.ts'

/** `whole`: sentences nothing of which was given. Otherwise one utterance: `begin`, `more` …, `end`. */
export type LiveStep = {
  readonly text: string
  /** The stretch of the text, as it was written, that this says. */
  readonly written: string
} & ({ readonly step: 'whole' } | { readonly step: 'begin' | 'more' | 'end' })

export interface LiveTextRules {
  /** Normalised text of a sentence as it is spoken, in one piece; empty where nothing is. */
  readonly spoken: (sentence: string) => string
  readonly countTokens: (text: string) => number
  /** Tokens of an unfinished sentence that are worth beginning with. */
  readonly beginTokens: number
  /** Tokens of one utterance at most; a longer sentence goes on in another. */
  readonly maxTokens: number
}

/** Words that stay as they are whatever surrounds them: in small letters, with a capital at most in front. */
const PLAIN_LATIN = /^(?:(?:[A-Z]?[a-z]+(?:'[a-z]+)?|[AI])(?![A-Za-z'])(?:, |[ \t]|(?=,$)|$))*/
/** Short forms without a mark, which rules change by what follows: nothing from there on is plain. */
const SHORTENED = new RegExp(
  `(?<![A-Za-z'])(?:${[...BARE_WORDS, ...CHAT_WORDS, 'Mon', 'Tue', 'Wed', 'Weds', 'Thu', 'Fri', 'Sat', 'Sun', 'vs', 'aka', 'edn', 'max', 'avg'].join('|')})(?![A-Za-z'])`,
)
const PLAIN_CHINESE = /^[\u4e00-\u9fff，、]*/u
/** The last character given must not be the first of a number's words, such as 第 or 约. */
const CHINESE_LOOKAHEAD = 2
/**
 * A Chinese sentence begins early when this many times more of it is there. Most are short and come at once, and begun
 * early they are more often misread. Embedded voice: 35 of 40 sentences found again, against 40 said whole.
 */
const CHINESE_BEGIN = 4

export class LiveText {
  readonly #rules: LiveTextRules
  readonly #instruction = new LiveInstruction()
  readonly #sentences = new SentenceStream()
  /** What was given of the unfinished sentence, from its beginning, and whether an utterance is open for it. */
  #given = ''
  #inUtterance = 0
  #begun = false
  /** Characters of a beginning below which it is known to be too short: each is counted a few times at most. */
  #tooShort = 0

  constructor(rules: LiveTextRules) {
    this.#rules = rules
  }

  /** What was asked for before the text; empty where nothing was. */
  get instruction(): string {
    return this.#instruction.instruction
  }

  /** Characters that wait for the end of their sentence. */
  get waiting(): number {
    return this.#sentences.rest.length
  }

  /** More text. */
  append(text: string): LiveStep[] {
    return this.#take(this.#instruction.append(text))
  }

  /** No text has come for a while: what ends like a sentence is one; words and numbers that may go on are waited for. */
  settle(): LiveStep[] {
    return this.#sentences.settled ? this.flush() : []
  }

  /** No more text is waited for: what is there is said as a sentence of its own. */
  flush(): LiveStep[] {
    const steps = this.#take(this.#instruction.flush())
    const rest = this.#sentences.flush()
    if (rest !== undefined) return [...steps, ...this.#complete(rest)]
    return this.#begun ? [...steps, ...this.#end('', '')] : steps
  }

  #take(text: string): LiveStep[] {
    const steps = this.#sentences.append(text).flatMap((sentence) => this.#complete(sentence))
    return [...steps, ...this.#growing()]
  }

  #complete(sentence: string): LiveStep[] {
    this.#tooShort = 0
    if (this.#given === '') return [{ step: 'whole', text: sentence, written: sentence }]
    const spoken = this.#rules.spoken(sentence)
    const written = sentence.trimStart().slice(this.#given.length)
    // The words that were given are a beginning of the whole; where a rule reaches back further, the rest speaks for itself.
    const rest = spoken.startsWith(this.#given)
      ? spoken.slice(this.#given.length)
      : this.#rules.spoken(written)
    if (this.#begun) return this.#end(rest, written)
    this.#given = ''
    return rest.trim() === '' ? [] : [{ step: 'whole', text: rest, written }]
  }

  /** The plain words that have come of the unfinished sentence. */
  #growing(): LiveStep[] {
    const { countTokens, beginTokens, maxTokens } = this.#rules
    const plain = plainBeginning(this.#sentences.rest.trimStart())
    if (!plain.startsWith(this.#given)) return []
    const fresh = plain.slice(this.#given.length)
    if (fresh.trim() === '') return []
    if (!this.#begun && fresh.length <= this.#tooShort) return []
    const tokens = countTokens(fresh)
    const enough = hasChinese(fresh) ? CHINESE_BEGIN * beginTokens : beginTokens
    if (!this.#begun && tokens < enough) {
      this.#tooShort = fresh.length + Math.floor(fresh.length / 8)
      return []
    }
    this.#tooShort = 0
    const step = this.#begun ? 'more' : 'begin'
    this.#given = plain
    this.#begun = true
    this.#inUtterance += tokens
    const steps: LiveStep[] = [{ step, text: fresh, written: fresh }]
    if (this.#inUtterance < maxTokens) return steps
    this.#begun = false
    this.#inUtterance = 0
    return [...steps, { step: 'end', text: '', written: '' }]
  }

  #end(text: string, written: string): LiveStep[] {
    this.#given = ''
    this.#begun = false
    this.#inUtterance = 0
    return [{ step: 'end', text, written }]
  }
}

/** The words at the beginning of a text that no text behind them can change. */
function plainBeginning(text: string): string {
  if (hasChinese(text)) {
    const [run] = PLAIN_CHINESE.exec(text)!
    return run.slice(0, Math.max(0, run.length - CHINESE_LOOKAHEAD))
  }
  const [words] = PLAIN_LATIN.exec(text)!
  const shortened = words.search(SHORTENED)
  const run = shortened < 0 ? words : words.slice(0, shortened)
  // Up to the blank before the last whole word: a number behind it may belong to it, as in "May 5".
  const lastBlank = run.lastIndexOf(' ')
  return lastBlank <= 0 ? '' : run.slice(0, Math.max(0, run.lastIndexOf(' ', lastBlank - 1)))
}
