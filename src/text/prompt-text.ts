/** What the language model reads before a text: instruction, mark and transcript, by the rules of its bundle. */
import { promptTranscript } from './front-end.ts'
import type { TextTokenizer } from './tokenizer.ts'

/** `prompt` of the manifest. */
export interface PromptRules {
  readonly mark: string
  readonly lead: string
  readonly required: boolean
}

/** How the voice's recording and an instruction are used. */
export type SpeechMode = 'auto' | 'zero_shot' | 'instruct' | 'cross_lingual'

interface PromptAsk {
  readonly mode: SpeechMode
  /** Of how to speak; none where empty. */
  readonly instruction: string
  /** What the recording says; undefined where only its sound is known. */
  readonly transcript: string | undefined
}

interface TextPrompt {
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
  const { instruction, said } = partsOf(rules, ask)
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
  { mark, lead }: PromptRules,
  { instruction, transcript = '' }: PromptAsk,
): { instruction: string; said: string } {
  const at = transcript.lastIndexOf(mark)
  if (at < 0) return { instruction, said: promptTranscript(transcript) }
  const own = transcript.slice(0, at)
  const without = own.startsWith(lead) ? own.slice(lead.length).trim() : own
  return { instruction: instruction === '' ? without : instruction, said: transcript.slice(at + mark.length) }
}

/** The instruction behind the lead, and the mark; no control token but that can come of it. */
function instructionIds(
  tokenizer: TextTokenizer,
  { mark, lead }: PromptRules,
  instruction: string,
): Int32Array {
  const text = [lead, instruction].filter((part) => part !== '').join(' ')
  return Int32Array.of(...tokenizer.encodeUser(text), tokenizer.specialIds[mark]!)
}
