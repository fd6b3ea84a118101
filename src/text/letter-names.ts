/**
 * Letters by themselves → their names as words, for models that were never taught to spell: USB is you ess bee.
 *
 * What is said stays as it is; only the model is given other words for it.
 */
import { SAID_AS_WORDS } from './capitals.ts'

const NAMES: Readonly<Record<string, string>> = {
  A: 'ay',
  B: 'bee',
  C: 'see',
  D: 'dee',
  E: 'ee',
  F: 'eff',
  G: 'jee',
  H: 'aitch',
  I: 'eye',
  J: 'jay',
  K: 'kay',
  L: 'ell',
  M: 'em',
  N: 'en',
  O: 'oh',
  P: 'pee',
  Q: 'cue',
  R: 'ar',
  S: 'ess',
  T: 'tee',
  U: 'you',
  V: 'vee',
  W: 'double you',
  X: 'ex',
  Y: 'why',
  Z: 'zee',
}
/** Longer runs are words that are shouted. */
const SPELLED = /(?<![\p{L}'’[<])([A-Z]{2,6})(s?)(?![\p{L}'’])/gu
/** One letter; `A` and `I` only beside another one, where they are no words. */
const SINGLE =
  /(?<![\p{L}'’.[<])(?:[B-HJ-Z]|(?<=(?<![\p{L}'’])[A-Z] )[AI]|[AI](?= [A-Z](?![\p{L}'’])))(?![\p{L}'’])/gu

const named = (letters: string) => [...letters].map((letter) => NAMES[letter]!).join(' ')

/** `text` as a model is given it that knows no letters; text with Chinese in it stays. */
export function withLetterNames(text: string): string {
  if (!/[A-Z]/.test(text) || /\p{Script=Han}/u.test(text)) return text
  return text
    .replace(SPELLED, (_, letters: string, plural: string) =>
      letters === 'OK'
        ? `okay${plural}`
        : SAID_AS_WORDS.has(letters)
          ? letters[0]! + letters.slice(1).toLowerCase() + plural
          : named(letters) + plural,
    )
    .replace(SINGLE, (letter) => NAMES[letter]!)
}
