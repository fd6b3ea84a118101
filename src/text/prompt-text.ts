/** What the language model reads before a text: instruction, mark and transcript, by the rules of its bundle. */
import type { ModelAbilities, SpeechMode } from '../core/speech-style.ts'
import { promptTranscript } from './front-end.ts'
import type { TextTokenizer } from './tokenizer.ts'

/** `prompt` of the manifest. */
export interface PromptRules {
  readonly mark: string
  readonly lead: string
  readonly required: boolean
  readonly instructions: boolean
}

/** What can be asked of a model with these rules, whose tokenizer is `tokenizer`. */
export function abilitiesOf(
  { mark, required, instructions }: PromptRules,
  tokenizer: Pick<TextTokenizer, 'specialIds' | 'marks'>,
): Omit<ModelAbilities, 'family' | 'languages'> {
  const instructed = instructions && tokenizer.specialIds[mark] !== undefined
  return {
    instructions: instructed,
    instructsZeroShot: instructed && required,
    modes: instructed ? ['zero_shot', 'instruct', 'cross_lingual'] : ['zero_shot', 'cross_lingual'],
    marks: [...tokenizer.marks],
  }
}

interface PromptAsk {
  readonly mode: SpeechMode
  /** Of how to speak; none where empty. */
  readonly instruction: string
  /** What the recording says; undefined where only its sound is known. */
  readonly transcript: string | undefined
}

export interface TextPrompt {
  /** Ids before the text. */
  readonly promptTextIds: Int32Array
  /** Ids that a text known whole begins with; a live one has them as its prompt's text. */
  readonly frontIds: Int32Array
  /** Whether the recording's speech tokens go before the speech. */
  readonly speech: boolean
}

/**
 * `auto` takes the transcript where there is one. A model without a standing mark then takes no instruction, so an
 * instruction comes first there.
 */
export function textPrompt(tokenizer: TextTokenizer, rules: PromptRules, ask: PromptAsk): TextPrompt {
  const none = new Int32Array(0)
  const mode = modeOf(rules, ask)
  if (mode === 'cross_lingual') {
    const frontIds = rules.required ? instructionIds(tokenizer, rules, '') : none
    return { promptTextIds: none, frontIds, speech: false }
  }
  if (mode === 'instruct') {
    const wanted = rules.required || ask.instruction !== ''
    const promptTextIds = wanted ? instructionIds(tokenizer, rules, ask.instruction) : none
    return { promptTextIds, frontIds: none, speech: false }
  }
  const { instruction, said } = partsOf(tokenizer, rules, ask)
  const front = rules.required ? instructionIds(tokenizer, rules, instruction) : none
  return {
    promptTextIds: Int32Array.of(...front, ...tokenizer.encodeUser(said)),
    frontIds: none,
    speech: true,
  }
}

function modeOf({ required }: PromptRules, { mode, instruction, transcript }: PromptAsk): SpeechMode {
  const told = instruction !== ''
  if (mode === 'zero_shot' && transcript === undefined) return told ? 'instruct' : 'cross_lingual'
  if (mode !== 'auto') return mode
  if (told && (transcript === undefined || !required)) return 'instruct'
  return transcript === undefined ? 'cross_lingual' : 'zero_shot'
}

/** A transcript with the mark brings its own instruction, and is taken as it stands behind it. */
function partsOf(
  tokenizer: TextTokenizer,
  { mark, lead }: PromptRules,
  { instruction, transcript = '' }: PromptAsk,
): { instruction: string; said: string } {
  const at = transcript.lastIndexOf(mark)
  if (at < 0) return { instruction, said: promptTranscript(transcript, tokenizer.marks) }
  const own = transcript.slice(0, at)
  const without = own.startsWith(lead) ? own.slice(lead.length).trim() : own
  return { instruction: instruction === '' ? without : instruction, said: transcript.slice(at + mark.length) }
}

/** The instruction behind the lead, and the mark; no control token but that comes of it. */
function instructionIds(
  tokenizer: TextTokenizer,
  { mark, lead }: PromptRules,
  instruction: string,
): Int32Array {
  const own = instruction.split(mark)[0]!
  // With its mark, or the lead in front, an instruction is taken as it is.
  const isWhole = instruction.includes(mark) || (lead !== '' && own.startsWith(lead))
  const text = isWhole ? own : [lead, own].filter((part) => part !== '').join(' ')
  return Int32Array.of(...tokenizer.encodeUser(text), tokenizer.specialIds[mark]!)
}
