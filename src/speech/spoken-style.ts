/** What a request, its text and its prompt say of how to speak → what the LLM reads before the text. */
import { TtsError } from '../core/errors.ts'
import type { PromptMode, SpeechOptions } from '../core/speech-port.ts'
import {
  asksForStyle,
  checkStyle,
  MAX_INSTRUCTION,
  type ModelAbilities,
  plainInstruction,
} from '../core/speech-style.ts'
import type { Voice } from '../core/voice.ts'
import { languageOf } from '../core/voice-language.ts'
import { splitInstruction } from '../text/instruction.ts'
import { type PromptRules, type TextPrompt, textPrompt } from '../text/prompt-text.ts'
import type { TextTokenizer } from '../text/tokenizer.ts'
import { type DecidedMode, isTooShort } from '../voice/prompt-mode.ts'
import type { PromptRoom } from './prompt-room.ts'

type AskedSpeech = Pick<SpeechOptions, 'instruct' | 'mode' | 'promptInstruction'>

interface StyleParts {
  readonly tokenizer: TextTokenizer
  readonly rules: PromptRules
  readonly abilities: Omit<ModelAbilities, 'family' | 'languages'>
  /** Undefined: rows of the language model are as long as need be. */
  readonly promptRoom?: PromptRoom
}

export interface SpokenStyle {
  readonly prompt: TextPrompt
  /** What is read before text of another language than the recording's: its words would mislead there. */
  readonly foreignPrompt: TextPrompt
  /** One line each, of what is asked for in passing and not done. */
  readonly warnings: readonly string[]
}

const UNHEARD = 'the instruction before the text is not followed: this model takes none'

/**
 * The request's own instruction goes before that in front of its text, and both before the prompt's. Throws
 * INVALID_PARAMETER where the model or the voice cannot do it, or the instruction leaves no room for speech.
 */
export function spokenStyle(
  { tokenizer, rules, abilities, promptRoom }: StyleParts,
  { instruct, mode = 'auto', promptInstruction = '' }: AskedSpeech,
  voice: Pick<Voice, 'mode' | 'transcript' | 'speechTokens'>,
  textInstruction: string,
): SpokenStyle {
  checkStyle({ instruct, mode }, abilities)
  const transcript = voice.mode === 'transcript' ? voice.transcript : undefined
  const prompted = splitInstruction(promptInstruction)
  const implied = [textInstruction, prompted.instruction, prompted.text].find(asksForStyle) ?? ''
  const wanted = asksForStyle(instruct)
    ? instruct!
    : implied.length > MAX_INSTRUCTION
      ? ''
      : plainInstruction(implied)
  const instruction =
    !abilities.instructions ||
    mode === 'cross_lingual' ||
    (mode === 'zero_shot' && !abilities.instructsZeroShot)
      ? ''
      : wanted
  if (mode === 'zero_shot' && transcript === undefined)
    throw bad('mode: expected a voice whose recording has a transcript for zero_shot, got one without')
  if (mode === 'instruct' && instruction === '') throw bad('instruct: expected an instruction, got none')
  const prompt = textPrompt(tokenizer, rules, { mode, instruction, transcript })
  const speechTokens = prompt.speech ? voice.speechTokens.length : 0
  promptRoom?.checkTokens(prompt.promptTextIds.length + prompt.frontIds.length, speechTokens)
  // Asked for by name, a transcript is used whatever the text.
  const foreignPrompt =
    mode === 'auto' && prompt.speech
      ? textPrompt(tokenizer, rules, { mode, instruction, transcript: undefined })
      : prompt
  return {
    prompt,
    foreignPrompt,
    warnings: asksForStyle(textInstruction) && instruction === '' ? [UNHEARD] : [],
  }
}

/**
 * What a recording's text asks for: the instruction in front of it. All of it where `auto` was asked for and the
 * recording is too long to say only that: a style.
 */
export function promptedInstruction(
  { promptText, promptMode }: { readonly promptText: string; readonly promptMode: PromptMode },
  { mode, seconds }: { readonly mode: DecidedMode; readonly seconds: number },
): string {
  const { instruction } = splitInstruction(promptText)
  const describes = promptMode === 'auto' && mode === 'style' && isTooShort(promptText, seconds)
  return instruction === '' && describes && promptText.length <= MAX_INSTRUCTION ? promptText : instruction
}

/** What is read before `text`: known words of another language than the recording's are spoken by its sound alone. */
export function promptBefore(
  text: string,
  { prompt, foreignPrompt }: SpokenStyle,
  transcript: string,
): TextPrompt {
  const [own, said] = [languageOf(transcript), languageOf(text)]
  return own === undefined || said === undefined || own === said ? prompt : foreignPrompt
}

/** The style of parts that come now: made again where live text has brought another instruction. */
export function liveStyle(
  instruction: () => string,
  styleFor: (instruction: string) => SpokenStyle,
): () => SpokenStyle {
  let made = { instruction: '', style: styleFor('') }
  return () => {
    const wanted = instruction()
    if (wanted !== made.instruction) made = { instruction: wanted, style: styleFor(wanted) }
    return made.style
  }
}

function bad(detail: string): TtsError {
  return new TtsError('INVALID_PARAMETER', 'Invalid parameter', detail)
}
