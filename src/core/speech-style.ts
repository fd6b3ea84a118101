/** How a speech is asked to be spoken: instruction and mode, and what a model can take of both. */
import { TtsError } from './errors.ts'

/** How the voice's recording and an instruction are used; `auto`: whatever is there. */
export type SpeechMode = 'auto' | 'zero_shot' | 'instruct' | 'cross_lingual'

export const SPEECH_MODES = ['auto', 'zero_shot', 'instruct', 'cross_lingual'] as const

/** What requests and texts may carry: the mark behind an instruction, and the words that ask for nothing in particular. */
export const END_OF_PROMPT = '<|endofprompt|>'
export const STANDARD_INSTRUCTION = 'You are a helpful assistant.'
/** Characters of an instruction at most. */
export const MAX_INSTRUCTION = 500

/** What one model can do, for people and for checks. */
export interface ModelAbilities {
  readonly family: string
  /** Whether it follows instructions, and whether beside a transcript's voice (`zero_shot`) or only instead of it. */
  readonly instructions: boolean
  readonly instructsZeroShot: boolean
  readonly modes: readonly Exclude<SpeechMode, 'auto'>[]
  /** Marks that its texts may hold, such as `[breath]`. */
  readonly marks: readonly string[]
  /** Language tags. */
  readonly languages: readonly string[]
}

export interface AskedStyle {
  /** As asked for; with or without the mark behind it. */
  readonly instruct?: string | undefined
  readonly mode?: SpeechMode | undefined
}

/** An instruction without the mark and the standard words; empty where it asks for nothing. */
export function plainInstruction(instruction: string): string {
  const words = instruction.split(END_OF_PROMPT)[0]!.trim()
  return words.startsWith(STANDARD_INSTRUCTION) ? words.slice(STANDARD_INSTRUCTION.length).trim() : words
}

/** Whether an instruction asks for anything: the standard words alone do not. */
export function asksForStyle(instruction: string | undefined): boolean {
  return plainInstruction(instruction ?? '') !== ''
}

/** Throws INVALID_PARAMETER (422) where the model cannot do what is asked for, naming `field`. */
export function checkStyle(
  { instruct, mode = 'auto' }: AskedStyle,
  abilities: Pick<ModelAbilities, 'instructions' | 'instructsZeroShot' | 'modes'>,
  field = 'instruct',
): void {
  const modes = ['auto', ...abilities.modes]
  if (!modes.includes(mode)) {
    const why = mode === 'instruct' ? ': this model takes no instructions' : ''
    throw bad(`mode: expected one of ${modes.join(', ')}, got ${mode}${why}`)
  }
  if (instruct === undefined) return
  if (instruct.length > MAX_INSTRUCTION)
    throw bad(`${field}: expected at most ${MAX_INSTRUCTION} characters, got ${instruct.length}`)
  const [, behind = ''] = instruct.split(END_OF_PROMPT)
  if (behind.trim() !== '' || instruct.split(END_OF_PROMPT).length > 2)
    throw bad(`${field}: expected nothing behind ${END_OF_PROMPT}, got text`)
  if (!asksForStyle(instruct)) return
  if (!abilities.instructions)
    throw bad(`${field}: expected none, since this model takes no instructions, got one`)
  if (mode === 'cross_lingual') throw bad(`${field}: expected none with mode cross_lingual, got one`)
  if (mode === 'zero_shot' && !abilities.instructsZeroShot)
    throw bad(
      `${field}: expected mode auto or instruct with it, since this model takes no instruction beside a transcript, got zero_shot`,
    )
}

function bad(detail: string): TtsError {
  return new TtsError('INVALID_PARAMETER', 'Invalid parameter', detail)
}
