/** Whether a voice's transcript and tokens leave room for speech in a row of the LLM. Pure. */
import { TtsError } from '../core/errors.ts'

/** Positions that one segment's text and speech take at most in ordinary texts: 80 of text, 600 of speech. */
const SEGMENT_POSITIONS = 680
/** Never more of a row than this, however short it is. */
const SEGMENT_SHARE = 2 / 3

/** Throws INVALID_PARAMETER where a prompt of so many tokens would leave no room in a row of `positions`. */
export function checkPromptRoom(textTokens: number, speechTokens: number, positions: number): void {
  const most = positions - Math.min(SEGMENT_POSITIONS, Math.floor(SEGMENT_SHARE * positions))
  if (textTokens + speechTokens <= most) return
  throw new TtsError(
    'INVALID_PARAMETER',
    'Prompt too long',
    `expected a transcript and a recording of at most ${most} tokens together, got ${textTokens} of text and ${speechTokens} of speech: send a shorter recording with what it says, or mode=cross_lingual`,
  )
}
