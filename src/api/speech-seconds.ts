/**
 * About how long a text takes to say, from its characters alone: cheap enough to ask at the door.
 *
 * Characters do not tell: `1.` five hundred times is five minutes of speech, as many letters are one.
 */
import { TtsError } from '../core/errors.ts'

/** Seconds of one character of each kind; a digit of a number read out is a word or more. */
const SECONDS = { han: 0.22, digit: 0.5, letter: 1 / 15, stop: 0.3, sign: 0.3, relation: 1.2 } as const

const KINDS: readonly (readonly [RegExp, number])[] = [
  [/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu, SECONDS.han],
  [/\p{N}|[$€£¥%°+=<>]/gu, SECONDS.digit],
  [/[\p{L}\p{M}]/gu, SECONDS.letter],
  [/[.!?;:。！？；：…]/gu, SECONDS.stop],
  [/[-@#&*/^_\\|~]/gu, SECONDS.sign],
  // Those beyond ASCII: said as words, `≈` as "about", `≥` as "is greater than or equal to".
  [/(?![+<=>|~^])\p{Sm}/gu, SECONDS.relation],
]

export function estimateSpeechSeconds(text: string): number {
  const han = countOf(text, KINDS[0]![0])
  let seconds = 0
  for (const [kind, each] of KINDS) seconds += countOf(text, kind) * each
  // Those are letters too.
  return seconds - han * SECONDS.letter
}

/** Throws TEXT_TOO_LONG where a text within the limit of characters would still be said for too long. */
export function checkSpeechSeconds(text: string, maxSeconds: number): void {
  const seconds = estimateSpeechSeconds(text)
  if (seconds <= maxSeconds) return
  const detail = `expected a text of at most ${maxSeconds} s of speech, got one of about ${Math.round(seconds)} s`
  throw new TtsError('TEXT_TOO_LONG', 'Text too long', detail)
}

function countOf(text: string, kind: RegExp): number {
  return text.match(kind)?.length ?? 0
}
