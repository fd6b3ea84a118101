/** The instruction that version-3 clients write before a text, ended by a mark: `You are a helpful assistant.<|endofprompt|>`. */
import { END_OF_PROMPT, MAX_INSTRUCTION, STANDARD_INSTRUCTION as STANDARD } from '../core/speech-style.ts'

/** What a mark follows that ends an instruction. */
const ENDS_WORDS = /(?:^|[\p{L}\p{N}.。!！?？…"”)）])$/u

export interface Instructed {
  /** For a model that takes instructions; empty where there is none. */
  readonly instruction: string
  readonly text: string
}

/**
 * The first mark ends an instruction of bounded length where it follows a word or a stop directly; any other is a stray
 * one, and all words are text.
 */
export function splitInstruction(text: string): Instructed {
  const at = text.indexOf(END_OF_PROMPT)
  const before = text.slice(0, Math.max(0, at)).trimStart()
  if (at < 0 || before.length > MAX_INSTRUCTION || !ENDS_WORDS.test(before)) return { instruction: '', text }
  return { instruction: before, text: text.slice(at + END_OF_PROMPT.length) }
}

/**
 * The instruction of a text that arrives in pieces. A beginning that may be the standard instruction waits for its mark;
 * another instruction is known only where its mark comes in the first piece.
 */
export class LiveInstruction {
  #held: string | undefined = ''
  #instruction = ''

  /** The last that came; empty where none did. */
  get instruction(): string {
    return this.#instruction
  }

  /** The text of a piece and of what was held before it; empty while an instruction may be arriving. */
  append(piece: string): string {
    if (this.#held === undefined) return isStandard(piece) ? this.#split(piece) : piece
    const all = this.#held + piece
    this.#held = mayGoOn(all) ? all : undefined
    return this.#held === undefined ? this.#split(all) : ''
  }

  #split(all: string): string {
    const { instruction, text } = splitInstruction(all)
    if (text !== all) this.#instruction = instruction
    return text
  }

  /** What was held, as text: no mark came. */
  flush(): string {
    const held = this.#held ?? ''
    if (held.trim() !== '') this.#held = undefined
    return held
  }
}

const isStandard = (text: string) => text.trimStart().startsWith(STANDARD)

/** Whether text without a mark is the standard instruction's beginning, or that and more behind it. */
function mayGoOn(text: string): boolean {
  const begun = text.trimStart()
  if (text.includes(END_OF_PROMPT) || begun.length > MAX_INSTRUCTION) return false
  return STANDARD.startsWith(begun) || begun.startsWith(STANDARD)
}
