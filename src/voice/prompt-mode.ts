/**
 * Whether a prompt's text can be what its recording says. Pure arithmetic on lengths.
 *
 * In LightTTS `prompt_text` is the recording's transcript; in the API document it "describes the style", and its
 * samples send a few words with any recording. A description taken for a transcript makes the model speak the rest of
 * the recording first, so a text is taken for one only where its length fits the duration.
 */
import type { PromptMode } from '../core/speech-port.ts'

/** Slowest and fastest speech, in spoken units a second. A unit is a Han character, or a syllable of other scripts. */
const MIN_RATE = 1.6
const MAX_RATE = 9

/** Spoken units of a text: Han characters, and for other words one for each group of vowels, at least one a word. */
export function spokenUnits(text: string): number {
  let units = 0
  for (const [word] of text.matchAll(/\p{Script=Han}|[\p{L}\p{N}'’]+/gu)) {
    if (/\p{Script=Han}/u.test(word)) units++
    else units += Math.max(1, word.match(/[aeiouyáéíóúàèìòùäëïöüâêîôû]+|\d/giu)?.length ?? 1)
  }
  return units
}

/** How the text is used: as asked, or for `auto` by whether it can be said in `seconds`. */
export function resolvePromptMode(asked: PromptMode, text: string, seconds: number): 'transcript' | 'style' {
  if (text.trim() === '') return 'style'
  if (asked !== 'auto') return asked
  const rate = spokenUnits(text) / seconds
  return rate >= MIN_RATE && rate <= MAX_RATE ? 'transcript' : 'style'
}
