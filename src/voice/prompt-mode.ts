/**
 * Whether a prompt's text can be what its recording says, by the rate at which it would have to be spoken.
 *
 * In LightTTS `prompt_text` is the recording's transcript; in the API document it "describes the style". A description
 * taken for a transcript makes the model speak the rest of the recording and drop the text: in doubt, style.
 */
import type { PromptMode } from '../core/speech-port.ts'

/** Slowest and fastest speech, spoken units per second of sound. A unit is a Han character, or a syllable. */
const MIN_RATE = 3.3
const MAX_RATE = 9

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

/** How the text is used: as asked, or for `auto` by whether it can be said in `soundSeconds` of speech. */
export function resolvePromptMode(
  asked: PromptMode,
  text: string,
  soundSeconds: number,
): 'transcript' | 'style' {
  if (text.trim() === '') return 'style'
  if (asked !== 'auto') return asked
  const rate = spokenUnits(text) / soundSeconds
  return rate >= MIN_RATE && rate <= MAX_RATE ? 'transcript' : 'style'
}
