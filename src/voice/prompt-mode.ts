/**
 * Whether a prompt's text is what its recording says: by the rate it would be spoken at, then by the model's own ear.
 *
 * In LightTTS `prompt_text` is the recording's transcript; in the API document it "describes the style". A description
 * taken for a transcript makes the model speak the rest of the recording and drop the text: in doubt, style.
 */
import type { PromptMode } from '../core/speech-port.ts'

/** How a voice uses its text; `undecided` until the model has been asked. */
export type DecidedMode = 'transcript' | 'style' | 'undecided'

/**
 * Spoken units per second of sound that no speech leaves: slow and clear dictation has about 2.5, hurried speech 9.
 * A unit is a Han character, or a syllable.
 */
const MIN_RATE = 2
const MAX_RATE = 12

/** Rates of ordinary speech: what a text must have where the model hears too little to tell. */
const ORDINARY_RATE = { min: 3, max: 8 } as const

/**
 * Nats by which the text makes a speech token of the recording likelier, in the mean: for certain, and rather than not.
 * `node dist/bench/prompts/main.js` shows where right transcripts and other texts lie.
 */
const SURE_GAIN = 1
const MIN_GAIN = 0

/** Words that describe a voice or ask for a manner; a transcript may hold them, a description has one. */
const DESCRIBES =
  /\b(?:voices?|speakers?|narrat\w+|tone|accent|pitch|timbre|intonation|sounds?|sounding|speaks?|speaking|whispers?|whispering|pauses?|style|announcer|male|female|read (?:this|it)|say (?:this|it))\b|声|语气|语速|语调|音色|嗓|口吻|口音|腔|旁白|主播|朗读|播报|风格|情感|普通话|方言|[川东粤]话|说这/iu

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

/** What is known of a recording and its text once the model has been asked. */
export interface TranscriptEvidence {
  readonly text: string
  readonly soundSeconds: number
  /** As `transcriptGain` gives it; undefined where it cannot tell. */
  readonly gain: number | undefined
  /** Noise or a narrow band hides from the model what is said. */
  readonly hardToHear: boolean
}

/** How the text is used, by all that is known. In doubt `style`. */
export function modeByEvidence({
  text,
  soundSeconds,
  gain,
  hardToHear,
}: TranscriptEvidence): 'transcript' | 'style' {
  if (gain === undefined) return 'style'
  if (gain >= SURE_GAIN) return 'transcript'
  if (DESCRIBES.test(text)) return 'style'
  if (gain >= MIN_GAIN) return 'transcript'
  const rate = spokenUnits(text) / soundSeconds
  return hardToHear && rate >= ORDINARY_RATE.min && rate <= ORDINARY_RATE.max ? 'transcript' : 'style'
}
