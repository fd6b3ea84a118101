/**
 * Whether a prompt's text is what its recording says: by the rate it would be spoken at, then by the model's own ear.
 *
 * In LightTTS `prompt_text` is the recording's transcript; in the API document it "describes the style". A text that
 * the recording does not say, taken for its transcript, costs words: in doubt, style.
 */
import type { PromptMode } from '../core/speech-port.ts'

/** How a voice uses its text; `undecided` until the model has been asked. */
export type DecidedMode = 'transcript' | 'style' | 'undecided'

/**
 * Spoken units per second of sound that no speech leaves: slow and clear dictation has about 3, hurried speech 9. A unit is a
 * Han character, or a syllable.
 */
const MIN_RATE = 2.5
const MAX_RATE = 10

/**
 * Nats per speech token by which the order of a text must matter to its recording.
 * `node dist/bench/prompts/main.js` shows where right transcripts and other texts lie.
 */
const SURE_GAIN = 1.1

/** Spoken units of a text: Han characters, and of other words syllables, at least one a word. */
export function spokenUnits(text: string): number {
  let units = 0
  for (const [word] of text.matchAll(/\p{Script=Han}|[\p{L}\p{N}'’]+/gu)) {
    if (/\p{Script=Han}/u.test(word)) units++
    else units += syllables(word)
  }
  return units
}

/** Groups of vowels, without an e that English does not say at a word's end; each digit is one. */
function syllables(word: string): number {
  const said = word.replace(/(?<=[a-z]{2}[^aeiouyl\W])(?:e|es|ed)$/iu, '')
  return Math.max(1, said.match(/[aeiouyáéíóúàèìòùäëïöüâêîôû]+|\d/giu)?.length ?? 1)
}

/** How the text is used, as far as that can be told without the model: as asked, or by its rate over `soundSeconds`. */
export function modeByRate(asked: PromptMode, text: string, soundSeconds: number): DecidedMode {
  if (text.trim() === '') return 'style'
  if (asked !== 'auto') return asked
  const rate = spokenUnits(text) / soundSeconds
  return rate >= MIN_RATE && rate <= MAX_RATE ? 'undecided' : 'style'
}

/** Whether speech of that length says more than a text, however slow it is. */
export function isTooShort(text: string, seconds: number): boolean {
  return spokenUnits(text) < MIN_RATE * seconds
}

/** How the text is used, by `orderGain`; undefined where it cannot tell. In doubt `style`. */
export function modeByGain(gain: number | undefined): 'transcript' | 'style' {
  return gain !== undefined && gain >= SURE_GAIN ? 'transcript' : 'style'
}
